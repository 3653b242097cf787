// Reaches an instance of LXD with `lxc exec`, or one of Incus with `incus exec`: the same tool under two names.

import { settingsOf } from "../../core/manifest/keys/mod.ts";
import type { Plugin } from "../../core/mod.ts";
import { shellTransport, type ToolFailure } from "../support/shell_transport.ts";
import { option } from "../support/words.ts";
import { instanceStarter } from "./instance_starter.ts";

/** Claims hosts with `lxc`; the agent is sent. */
export const lxcTransport: Plugin = instanceTransport("lxc", "LXD");

/** Claims hosts with `incus`; the agent is sent. */
export const incusTransport: Plugin = instanceTransport("incus", "Incus");

interface Settings {
  readonly instance: string;
  readonly project?: string | undefined;
}

function instanceTransport(tool: string, server: string): Plugin {
  return shellTransport({
    name: tool,
    description: `Instance of ${server}: its name, or a mapping.`,
    settings: settingsOf({
      shorthand: "instance",
      fields: {
        instance: {
          description: "Name of the container or virtual machine, with 'REMOTE:' before it for a remote.",
          required: true,
        },
        user: {
          description: "Number of the user that the agent runs as.",
          type: "name or number",
          pattern: /[0-9]+/,
          wanted: "a number",
        },
        project: { description: `Project of ${server}.` },
      },
    }),
    argv: ({ instance, user, project }, command) => [
      ...[tool, ...option("--project", project), "exec", instance, "--mode=non-interactive"],
      ...[...option("--user", user), "--", ...command],
    ],
    starter: instanceStarter(({ instance: name, project }: Settings) => ({
      name,
      tool: [tool, ...option("--project", project)],
    })),
    describe: ({ instance }) => `${tool} exec ${instance}`,
    failures: failuresOf(server),
  });
}

function failuresOf(server: string): ToolFailure[] {
  return [
    { says: /Instance not found|not found.*instance/i, code: "container-missing", message: "There is no such instance" },
    { says: /Instance is not running/i, code: "container-stopped", message: "Instance is not running" },
    {
      says: /Instance is busy running a "?(\w+)"? operation/,
      code: "container-stopped",
      message: 'Instance is busy: "$1" is under way',
    },
    { says: /Instance is frozen/i, code: "container-stopped", message: "Instance is frozen" },
    { says: /Error: Command not found/, code: "no-shell", message: "Instance has no 'sh'" },
    { says: /remote "(.+?)" doesn't exist/, code: "settings-refused", message: 'There is no remote "$1"' },
    { says: /Project not found/i, code: "settings-refused", message: "There is no such project" },
    {
      says: /Missing TLS client certificate|not authorized/i,
      code: "not-logged-in",
      message: `Not logged in to the ${server} server`,
    },
    { says: /permission denied/i, code: "access-denied", message: `Not allowed to use ${server}` },
    { says: /websocket: close/, code: "engine-down", message: `Connection to the ${server} server was lost`, later: true },
    { says: /dial (\S+) (\S+?): connect: (.+)/, code: "engine-down", message: `No ${server} server answers at $2: $3` },
  ];
}
