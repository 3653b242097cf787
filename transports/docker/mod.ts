// Reaches a container of a docker engine with `docker exec`.

import { settingsOf } from "../../core/manifest/keys/mod.ts";
import type { Plugin } from "../../core/mod.ts";
import { NO_ROOM } from "../support/copies/container_tool.ts";
import { checkEnter, describeWay, ENTER_FIELDS, enteringOf } from "../support/copies/enter.ts";
import { shellTransport } from "../support/shell_transport.ts";
import { containerStarter } from "../support/starters/container_starter.ts";
import { checkMade, containerOf, type MadeSettings, madeFields } from "../support/starters/made.ts";
import { RUN_FAILURES, START_FAILURES } from "../support/starters/start_failures.ts";
import { option } from "../support/words.ts";

/** Where its engine is. */
interface Engine extends MadeSettings {
  readonly context?: string | undefined;
  readonly host?: string | undefined;
}

/** The tool, and where its engine is. */
function toolOf({ context, host }: Engine): string[] {
  return ["docker", ...(host === undefined ? option("--context", context) : option("--host", host))];
}

/** Claims hosts with `docker`; the agent is sent, or copied where there is no shell. */
export const dockerTransport: Plugin = shellTransport({
  name: "docker",
  description: "Container of a docker engine: its name or id, or a mapping, such as of an image that it is made of.",
  settings: settingsOf({
    shorthand: "container",
    fields: {
      container: { description: "Name or id of a container that is there.", pattern: /\S+/, wanted: "one word" },
      ...madeFields("docker"),
      user: { description: "User that the agent runs as, as in 'docker exec --user'.", type: "name or number" },
      context: { description: "Context of the docker tool." },
      host: {
        description: "Address of the engine, such as 'ssh://me@build.example.com'; goes before 'context', as DOCKER_HOST does.",
      },
      ...ENTER_FIELDS,
    },
    oneOf: ["container", "image"],
  }),
  argv: (settings, command, { host }) => [
    ...toolOf(settings),
    ...["exec", "-i", ...option("--user", settings.user), containerOf(settings, host), ...command],
  ],
  check: (settings, host) => [...checkMade(settings), ...checkEnter(settings, host, ["context", "host"])],
  enters: (settings) => enteringOf(settings, ({ host }) => ({ tool: toolOf(settings), container: containerOf(settings, host) })),
  starter: containerStarter(toolOf),
  copies: (settings, host) => ({ tool: toolOf(settings), container: containerOf(settings, host), user: settings.user }),
  describe: (settings) => describeWay("docker", settings),
  failures: [
    NO_ROOM,
    ...START_FAILURES,
    { says: /No such container: (\S+)/, code: "container-missing", message: 'There is no container "$1"' },
    { says: /[Cc]ontainer \S+ is not running|non running container/, code: "container-stopped" },
    {
      says: /[Cc]ontainer \S+ is paused/,
      code: "container-stopped",
      message: "Container is paused; 'docker unpause' lets it go on",
    },
    { says: /exec: "sh": executable file not found/, code: "no-shell", message: "Container has no 'sh'" },
    { says: /unable to find user (\S+):/, code: "access-denied", message: 'Container has no user "$1"' },
    { says: /permission denied while trying to connect/, code: "access-denied", message: "Not allowed to use the docker engine" },
    { says: /Cannot connect to the Docker daemon at (\S+)\. /, code: "engine-down", message: "No docker engine answers at $1" },
    {
      says: /context "(.+?)"(?: does not exist|: context not found)/,
      code: "settings-refused",
      message: 'There is no docker context "$1"',
    },
    {
      says: /error during connect: .*write \|1: /, // docker lost the race with its ssh, and does not tell what that one said
      code: "engine-down",
      message: "Docker engine cannot be reached: the ssh that docker starts ended at once; start it by hand to read why",
    },
    { says: /error during connect: .*stderr=(.+)/, code: "engine-down", message: "Docker engine cannot be reached: $1" },
    { says: /error during connect: (.+)/, code: "engine-down", message: "Docker engine cannot be reached: $1" },
    ...RUN_FAILURES,
  ],
});
