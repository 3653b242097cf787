// `norouter streams`: the open connections of a running network.

import type { Io } from "../load/io.ts";
import { type AskingArgs, askNetwork } from "../load/networks.ts";
import { clockOf, dayOf, timeOf, wrapped } from "../ui/wrap.ts";

/** What the network answers. */
interface StreamsAnswer {
  readonly streams: readonly {
    readonly from: string;
    readonly to: string;
    readonly port: number;
    readonly since: number;
    readonly kind: "published" | "routed";
  }[];
  /** Names of hosts of which some streams may be missing, or be over. */
  readonly uncertain: readonly string[];
}

/** Prints the open streams of a network and returns the exit code. */
export function streams(args: AskingArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  return askNetwork<StreamsAnswer>(args, { method: "GET", path: "/v1/streams" }, io, (answer) => streamLines(answer, Date.now()));
}

/** The lines, of at most 80 cells. */
export function streamLines({ streams: open, uncertain }: StreamsAnswer, now: number): string[] {
  const since = (at: number) => (dayOf(at) === dayOf(now) ? clockOf(at) : timeOf(at));
  const lines = open.flatMap(({ from, to, port, since: at, kind }) =>
    wrapped(`${since(at)}  `, kind === "published" ? `${from} to ${to}:${port}` : `${from} through ${to} by a route`),
  );
  const doubts =
    uncertain.length === 0 ? [] : wrapped("", `May be wrong for ${uncertain.join(", ")}: more was reported than is kept`);
  return [...(lines.length === 0 ? ["No connections are open"] : lines), ...doubts];
}
