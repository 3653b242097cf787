// `norouter replay`: a network as it was at some moment, by its journal.

import { safeJson } from "../../core/manifest/mod.ts";
import { EVENT_VERSION, snapshotToJson } from "../../core/mod.ts";
import { networkAt } from "../../plugins/journal/history.ts";
import type { Io } from "../load/io.ts";
import { openHistory, seqAt } from "../load/journals.ts";
import { orRefused } from "../load/networks.ts";
import { type Moment, replayLines } from "./replay_lines.ts";

/** What `replay` is asked for. */
export interface ReplayArgs {
  /** Path of a journal, or name of a network. */
  readonly journal: string;
  /** Number of an event, or a time; undefined for the last event. */
  readonly at: string | undefined;
  readonly json: boolean;
}

/**
 * Prints the network as it was and returns the exit code.
 * @throws NoRouterError `usage`, `journal-missing`, `journal-invalid`
 */
export async function replay(args: ReplayArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  return orRefused(args.json, io, () => show(args, io));
}

async function show({ journal, at, json }: ReplayArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  const history = await openHistory(journal, io);
  const seq = seqAt(history, at);
  const moment: Moment = {
    journal: history.path,
    name: history.network,
    seq,
    at: history.events.findLast((event) => event.seq <= seq)?.at,
    first: history.snapshot.seq,
    last: history.seq,
    network: networkAt(history, seq),
  };
  io.stdout(json ? `${safeJson(asJson(moment), 2)}\n` : `${replayLines(moment).join("\n")}\n`);
  return 0;
}

function asJson({ network, seq, ...moment }: Moment): object {
  return { ...moment, ...(snapshotToJson({ v: EVENT_VERSION, seq, network }) as object) };
}
