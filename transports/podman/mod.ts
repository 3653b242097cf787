// Reaches a container with `podman exec`.

import { settingsOf } from "../../core/manifest/keys/mod.ts";
import type { Plugin } from "../../core/mod.ts";
import { NO_ROOM } from "../support/copies/container_tool.ts";
import { checkEnter, describeWay, ENTER_FIELDS, enteringOf } from "../support/copies/enter.ts";
import { shellTransport } from "../support/shell_transport.ts";
import { containerStarter } from "../support/starters/container_starter.ts";
import { checkMade, containerOf, type MadeSettings, madeFields } from "../support/starters/made.ts";
import { RUN_FAILURES, START_FAILURES } from "../support/starters/start_failures.ts";
import { option } from "../support/words.ts";

/** Where its service is. */
interface Engine extends MadeSettings {
  readonly connection?: string | undefined;
  readonly url?: string | undefined;
}

/** The tool, and where its service is. */
function toolOf({ connection, url }: Engine): string[] {
  return ["podman", ...(url === undefined ? option("--connection", connection) : ["--remote", "--url", url])];
}

/** Claims hosts with `podman`; the agent is sent, or copied where there is no shell. */
export const podmanTransport: Plugin = shellTransport({
  name: "podman",
  description: "Container of podman: its name or id, or a mapping, such as of an image that it is made of.",
  settings: settingsOf({
    shorthand: "container",
    fields: {
      container: { description: "Name or id of a container that is there.", pattern: /\S+/, wanted: "one word" },
      ...madeFields("podman"),
      user: { description: "User that the agent runs as, as in 'podman exec --user'.", type: "name or number" },
      connection: { description: "Connection of the podman tool, as in 'podman --connection'." },
      url: {
        description:
          "Address of a podman service, such as 'ssh://me@build.example.com/run/podman/podman.sock'; goes before 'connection'.",
      },
      ...ENTER_FIELDS,
    },
    oneOf: ["container", "image"],
  }),
  argv: (settings, command, { host }) => [
    ...toolOf(settings),
    ...["exec", "-i", ...option("--user", settings.user), containerOf(settings, host), ...command],
  ],
  check: (settings, host) => [...checkMade(settings), ...checkEnter(settings, host, ["connection", "url"])],
  enters: (settings) => enteringOf(settings, ({ host }) => ({ tool: toolOf(settings), container: containerOf(settings, host) })),
  starter: containerStarter(toolOf),
  copies: (settings, host) => ({
    ...{ tool: toolOf(settings), container: containerOf(settings, host) },
    ...{ user: settings.user, joinedBy: "process" },
  }),
  describe: (settings) => describeWay("podman", settings),
  failures: [
    NO_ROOM,
    ...START_FAILURES,
    { says: /no container with name or ID "(.+?)" found/, code: "container-missing", message: 'There is no container "$1"' },
    { says: /no such container (\S+)/, code: "container-missing", message: 'There is no container "$1"' },
    { says: /can only create exec sessions on running containers/, code: "container-stopped" },
    { says: /exec died event for session/, code: "container-stopped", message: "Container ended", later: true },
    { says: /executable file (?:`sh` )?not found/, code: "no-shell", message: "Container has no 'sh'" },
    { says: /unable to find user (\S+):/, code: "access-denied", message: 'Container has no user "$1"' },
    { says: /(?:connect to|dial) .*permission denied/, code: "access-denied", message: "Not allowed to use the podman service" },
    { says: /connect to Podman socket: .*dial (.+)/, code: "engine-down", message: "No podman service answers: $1" },
    { says: /"(.+?)" service destination not found/, code: "settings-refused", message: 'There is no podman connection "$1"' },
    ...RUN_FAILURES,
  ],
});
