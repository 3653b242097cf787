// Reaches a machine on which 'norouter serve' listens: TLS 1.3, by a secret that both sides have or by given certificates.

import { randomUUID } from "node:crypto";
import { PLUGIN_API, type Plugin, type StarterRequest, type TransportRequest } from "../../core/mod.ts";
import { lostConnection, tlsCarrier } from "./carrier.ts";
import { ask } from "./connect.ts";
import { runOverTls } from "./run_command.ts";
import { TLS, TLS_SCHEMA, tlsOf } from "./settings.ts";

export { runOverTls } from "./run_command.ts";

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
      claims: (settings, demand) => settings[TLS] !== undefined && commandOf(demand, "start") !== undefined,
      start: async (request) => {
        await run(request, "start");
        return "started";
      },
      stop: (request) => run(request, "stop"),
    });
  },
};

async function opened({ name, settings, limits, signal, chosen, progress }: TransportRequest, network: string) {
  const { address } = tlsOf(settings);
  const patience = { withinMs: limits.helloMs, answerMs: limits.helloMs, signal };
  progress({ what: "connecting", done: 0, total: 0 });
  const { socket, answer, early } = await ask(tlsOf(settings), { want: "agent", session: `${network} ${name}` }, patience);
  chosen(`that of 'norouter serve', which lets ${answer.allows ?? "nothing"} be reached`);
  return tlsCarrier(socket, { early, limits, broken: (error) => lostConnection(address, error) });
}

/** Runs a command of the key that says when a host runs; without one there is nothing to do. */
async function run({ settings, demand, limits, signal, debug }: StarterRequest, which: "start" | "stop"): Promise<void> {
  const command = commandOf(demand, which);
  if (command === undefined) return;
  const output = await runOverTls(tlsOf(settings), command, { connectMs: limits.helloMs, timeoutMs: COMMAND_MS, signal });
  for (const line of output.split("\n").filter((one) => one.trim() !== "")) debug(line);
}

/** How long a command that starts or stops a host may take. */
const COMMAND_MS = 120_000;

function commandOf(demand: unknown, which: "start" | "stop"): string | readonly string[] | undefined {
  const command =
    typeof demand === "object" && demand !== null ? (demand as { readonly [name: string]: unknown })[which] : undefined;
  if (typeof command === "string" && command !== "") return command;
  const isWords = Array.isArray(command) && command.length > 0 && command.every((word) => typeof word === "string");
  return isWords ? (command as string[]) : undefined;
}
