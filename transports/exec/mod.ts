// Runs a program inside the network, on the manager's machine: the host is the program, and its agent is started beside it.

import {
  type Carrier,
  type HostSettings,
  NoRouterError,
  PLUGIN_API,
  type Plugin,
  type TransportRequest,
} from "../../core/mod.ts";
import { processCarrier, quotedWords } from "../support/process_carrier.ts";
import { checkPrograms, EXEC, EXEC_SCHEMA } from "./settings.ts";

/** Claims hosts with `exec`. */
export const execTransport: Plugin = {
  name: EXEC,
  api: PLUGIN_API,
  setup(context) {
    context.hostKey({
      name: EXEC,
      description: "Program that runs inside the network, on the manager's machine: its words.",
      schema: EXEC_SCHEMA,
      way: true,
      check: checkPrograms,
    });
    context.transport({
      name: EXEC,
      key: EXEC,
      claims: (settings) => settings[EXEC] !== undefined,
      describe: (settings) => quotedWords(wordsOf(settings)),
      open,
    });
  },
};

function wordsOf(settings: HostSettings): readonly string[] {
  return settings[EXEC] as readonly string[];
}

/** @throws NoRouterError `agent-unavailable` */
async function open({ name, vip, settings, limits, agents, debug, chosen }: TransportRequest): Promise<Carrier> {
  const start = await agents?.inside?.();
  if (!start) throw new NoRouterError("agent-unavailable", "This program brought no agent for programs inside");
  chosen("engine: that of programs inside");
  const program = wordsOf(settings);
  const argv = start.begin({ name, vip, program, link: "stdio", holds: true, debug: false });
  // What the start has made goes with the program, which people know by its own words.
  return processCarrier({ argv, limits, debug, shown: quotedWords(program), cleanUp: () => start.remove() });
}
