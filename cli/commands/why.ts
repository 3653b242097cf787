// `norouter why`: the chain of events behind how a host, or one of its ports, is.

import { safeJson } from "../../core/manifest/mod.ts";
import { LAST_PORT, NoRouterError } from "../../core/mod.ts";
import { type History, networkAt } from "../../plugins/journal/history.ts";
import type { Io } from "../load/io.ts";
import { openHistory } from "../load/journals.ts";
import { orRefused } from "../load/networks.ts";
import { phaseOf } from "../ui/failure_words.ts";
import { type Chain, chainOf } from "./why_chain.ts";
import { whyLines } from "./why_lines.ts";

/** What `why` is asked for. */
export interface WhyArgs {
  /** `HOST` or `HOST:PORT`: a name, an alias or a VIP. */
  readonly asked: string;
  /** Path of a journal, or name of a network; undefined for that of the network that runs, or the only one. */
  readonly journal: string | undefined;
  readonly json: boolean;
}

/**
 * Prints the chain and returns the exit code.
 * @throws NoRouterError `usage` for a host that the journal does not know; `journal-missing`, `journal-invalid`
 */
export async function why(args: WhyArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  return orRefused(args.json, io, () => show(args, io));
}

async function show({ asked, journal, json }: WhyArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  const [, name = "", digits] = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(asked) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (name === "" || port === 0 || (port ?? 1) > LAST_PORT)
    throw new NoRouterError("usage", `"${asked}" is no host, HOST or HOST:PORT was wanted`);
  const history = await openHistory(journal, io);
  const chain = chainOf(history, name, port) ?? unknown(name, history);
  io.stdout(json ? `${safeJson(asJson(chain, history), 2)}\n` : `${whyLines(chain, history.network).join("\n")}\n`);
  return 0;
}

function unknown(name: string, history: History): never {
  const names = [...networkAt(history, history.seq).hosts.values()].map((host) => host.name).join(", ");
  throw new NoRouterError(
    "usage",
    `Host "${name}" is not in the journal; ${names === "" ? "no host is" : `these are: ${names}`}`,
  );
}

function asJson({ host, isThere, port, links }: Chain, { path, network, snapshot, seq }: History): object {
  const { id, name, vip, session, failure } = host;
  return {
    journal: path,
    network,
    first: snapshot.seq,
    last: seq,
    host: { id, name, vip, phase: isThere ? phaseOf(host) : "left", session, ...(failure ? { failure } : {}) },
    ...(port === undefined ? {} : { port, published: host.ports.some(({ listen }) => listen === port) }),
    events: links.map(({ event, text, advice }) => ({ text, ...(advice ? { advice } : {}), event })),
  };
}
