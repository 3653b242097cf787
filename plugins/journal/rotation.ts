// The next file of a journal that has grown: a snapshot and the newest events, put in the old one's place at once.

import { copyFileSync, linkSync, renameSync, rmSync } from "node:fs";
import { EVENT_VERSION, type EventStore, fold, isKept, type NetworkEvent, type Snapshot } from "../../core/mod.ts";
import { systemCodeOf } from "../support/files.ts";
import { eventLine, headerLine, snapshotLine } from "./lines.ts";

/** The path of the file that the journal was before. */
export function previousPath(journal: string): string {
  return `${journal}.1`;
}

/** The path of a file that is to be the journal. */
export function nextPath(journal: string): string {
  return `${journal}.new`;
}

/**
 * The text of a new file: the state, and the newest events that continue from it, but for those of class recent that it has no use for.
 * @param seq The last event.
 * @param room What the events may take, in bytes; older ones are folded into the state.
 */
export function compacted(network: string, kept: Pick<EventStore, "snapshot" | "read">, seq: number, room: number): string {
  const begin = kept.snapshot();
  const all = [...kept.read(begin.seq)];
  const state = fold(all, begin.network);
  const events = all.filter((event) => isKept(event, state));
  const lines = events.map(eventLine);
  let first = lines.length;
  for (let left = room; first > 0; first -= 1) {
    left -= Buffer.byteLength(lines[first - 1] ?? "");
    if (left < 0) break;
  }
  return headerLine(network) + snapshotLine(continued(begin, events.slice(0, first)), seq) + lines.slice(first).join("");
}

function continued({ v, seq, network }: Snapshot, events: readonly NetworkEvent[]): Snapshot {
  const last = events.at(-1);
  return last === undefined ? { v, seq, network } : { v: EVENT_VERSION, seq: last.seq, network: fold(events, network) };
}

/**
 * Puts the next file in the journal's place; at no moment is there none. The old one is kept as the previous one.
 * @throws the system's error; the journal is then as it was
 */
export function replaceJournal(journal: string): void {
  try {
    keepPrevious(journal);
  } catch (thrown) {
    if (systemCodeOf(thrown) !== "ENOENT") throw thrown; // somebody removed it
  }
  renameSync(nextPath(journal), journal);
}

function keepPrevious(journal: string): void {
  const beside = `${previousPath(journal)}.new`;
  rmSync(beside, { force: true });
  try {
    linkSync(journal, beside);
  } catch {
    copyFileSync(journal, beside); // not every file system has second names
  }
  renameSync(beside, previousPath(journal));
  rmSync(beside, { force: true }); // of two names of one file both stay (rename(2)), as after a kill at this place
}
