// Reaches a machine on which 'norouter serve' listens: TLS 1.3, by a secret that both sides have or by given certificates.

import { randomUUID } from "node:crypto";
import { PLUGIN_API, type Plugin, type StarterRequest, type TransportRequest } from "../../core/mod.ts";
import { socketCarrier } from "../support/socket_carrier.ts";
import { ask } from "./connect.ts";
import { resultOverTls, runOverTls } from "./run_command.ts";
import { TLS, TLS_SCHEMA, tlsOf } from "./settings.ts";
import { lostConnection, takeOver } from "./take_over.ts";

export { resultOverTls, runOverTls } from "./run_command.ts";

/** Claims hosts with `tls`. */
export const tlsTransport: Plugin = {
  name: TLS,
  api: PLUGIN_API,
  setup(context) {
    /** Of this network: a connection that comes anew takes the place of the one before. */
    const network = randomUUID();
    context.hostKey({
      name: TLS,
      description: "Machine on which `norouter serve` listens.",
      schema: TLS_SCHEMA,
      way: true,
    });
    context.transport({
      name: TLS,
      key: TLS,
      claims: (settings) => settings[TLS] !== undefined,
      describe: (settings) => `tls ${tlsOf(settings).address}`,
      open: (request) => opened(request, network),
    });
    context.starter({
      name: TLS,
      // Its commands run where the host is, unless they are to run here.
      claims: (settings, demand) =>
        settings[TLS] !== undefined && specOf(demand).start !== undefined && specOf(demand).on !== "manager",
      async start(request) {
        const { start = "", running } = specOf(request.demand);
        if (running !== undefined && (await result(request, running)).exitCode === 0) return "running";
        await run(request, start);
        return "started";
      },
      async stop(request) {
        const { stop } = specOf(request.demand);
        if (stop !== undefined) await run(request, stop);
      },
    });
  },
};

async function opened({ name, settings, limits, signal, chosen, progress }: TransportRequest, network: string) {
  const { address } = tlsOf(settings);
  const patience = { withinMs: limits.helloMs, answerMs: limits.helloMs, signal };
  progress({ what: "connecting", done: 0, total: 0 });
  const { socket, answer, early } = await ask(tlsOf(settings), { want: "agent", session: `${network} ${name}` }, patience);
  chosen(`that of 'norouter serve', which lets ${answer.allows ?? "nothing"} be reached`);
  return socketCarrier(await takeOver(socket, early), { limits, broken: (error) => lostConnection(address, error) });
}

type Command = string | readonly string[];

/** What the key that says when a host runs may have of commands. */
interface Commands {
  readonly start?: Command;
  readonly stop?: Command;
  /** Ends with 0 when the host runs already. */
  readonly running?: Command;
  readonly on?: unknown;
}

function specOf(demand: unknown): Commands {
  return (demand ?? {}) as Commands;
}

/** How long a command that starts or stops a host may take. */
const COMMAND_MS = 120_000;

function result({ settings, limits, signal }: StarterRequest, command: Command) {
  return resultOverTls(tlsOf(settings), command, { connectMs: limits.helloMs, timeoutMs: COMMAND_MS, signal });
}

async function run({ settings, limits, signal, debug }: StarterRequest, command: Command): Promise<void> {
  const output = await runOverTls(tlsOf(settings), command, { connectMs: limits.helloMs, timeoutMs: COMMAND_MS, signal });
  for (const line of output.split("\n").filter((one) => one.trim() !== "")) debug(line);
}
