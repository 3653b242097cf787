// Reaches a host through any command: one that passes standard input and output to `norouter agent` there, or, with
// `install`, one that is the prefix of a shell's.

import { type CarrierEnd, NoRouterError, PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { withAgent } from "../support/install/install.ts";
import { processCarrier, quotedWords } from "../support/process_carrier.ts";
import { RUNTIME_SWITCHES } from "../support/runtime_switches.ts";
import { checkCommands } from "./command_advice.ts";

/** Claims hosts with `cmd`; appends `agent` to the command, or `sh` when the agent is to be sent and it does not end in a shell. */
export const cmdTransport: Plugin = {
  name: "cmd",
  api: PLUGIN_API,
  setup(context) {
    context.check(checkCommands);
    context.transport({
      name: "cmd",
      claims: ({ cmd }) => cmd !== undefined,
      describe: ({ cmd = [], install }) => quotedWords(wordsOf(cmd, install)),
      sends: ({ install }) => (install ? ["shell"] : []),
      open(request) {
        const { settings, limits, debug } = request;
        const { cmd = [], install } = settings;
        const command = { argv: wordsOf(cmd, install), limits, debug, explain: foreignAgent };
        return install ? withAgent(processCarrier(command), request) : processCarrier({ ...command, env: ITS_OWN });
      },
    });
  },
};

/** An agent is a program of its own: what is meant for this one's runtime would keep it from starting, or from being heard. */
const ITS_OWN = Object.fromEntries(RUNTIME_SWITCHES.map((name) => [name, undefined]));

/** The first NoRouter, written in Go, wants an option of its own where ours wants none. */
function foreignAgent({ stderr }: CarrierEnd): NoRouterError | undefined {
  if (!stderr.some((line) => line.includes("do not launch agent manually"))) return undefined;
  return new NoRouterError("foreign-agent", "Host's 'norouter' is the Go program of that name, which speaks another protocol");
}

/** Shells that read their commands from standard input as `sh` does. */
const SHELL = /(?:^|\/)(?:sh|ash|bash|dash|ksh)$/;

/** The whole command. One that ends in a shell gets no other: `sh sh` would look for a script of that name. */
function wordsOf(cmd: readonly string[], install: boolean | undefined): string[] {
  if (!install) return [...cmd, "agent"];
  return SHELL.test(cmd.at(-1) ?? "") ? [...cmd] : [...cmd, "sh"];
}
