// All that a journal and the one before it tell of a network, for whoever looks back. Must not lock or change anything.

import { readFileSync } from "node:fs";
import { fold, type Network, type NetworkEvent, NoRouterError, type Snapshot } from "../../core/mod.ts";
import { whyUnreadable } from "../support/files.ts";
import { type JournalContents, readContents } from "./read.ts";
import { previousPath } from "./rotation.ts";

/** What is known of a network's past. */
export interface History {
  readonly path: string;
  /** Name of the network. */
  readonly network: string;
  /** The state before the first event that is left. */
  readonly snapshot: Snapshot;
  /** In order; some of class recent are missing. */
  readonly events: readonly NetworkEvent[];
  /** Number of the last event. */
  readonly seq: number;
  /** Sentences about what could not be read. */
  readonly notes: readonly string[];
}

/**
 * Reads a journal, also one that is being written, and the one before it.
 * @throws NoRouterError `journal-missing`; `journal-invalid` for what is no journal, and for one of a later norouter
 */
export function readHistory(path: string): History {
  const now = contentsOf(path);
  const { network } = now;
  if (network === undefined) throw new NoRouterError("journal-missing", `Journal ${path} is empty`);
  const notes =
    now.rest === "damaged" ? [`Journal ${path} is damaged in line ${now.line}: ${now.why}; what comes after is not shown`] : [];
  const before = previousOf(path, now);
  if (!before) return { path, network, snapshot: now.snapshot, events: now.events, seq: now.seq, notes };
  const events = [...before.events, ...now.events.filter(({ seq }) => seq > before.seq)];
  return { path, network, snapshot: before.snapshot, events, seq: Math.max(before.seq, now.seq), notes };
}

/** The state after the event of a number, from the one of the history's snapshot on. */
export function networkAt({ snapshot, events }: History, seq: number): Network {
  return fold(
    events.filter((event) => event.seq <= seq),
    snapshot.network,
  );
}

function contentsOf(path: string): JournalContents {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (thrown) {
    throw new NoRouterError("journal-missing", `Journal ${path} cannot be read: ${whyUnreadable(thrown)}`);
  }
  return readContents(path, bytes);
}

/** The journal before this one, if the two are of one log and leave nothing out between them. */
function previousOf(path: string, now: JournalContents): JournalContents | undefined {
  let before: JournalContents;
  try {
    before = contentsOf(previousPath(path));
  } catch {
    return undefined;
  }
  const meets = before.snapshot.seq <= now.snapshot.seq && before.seq >= now.snapshot.seq && before.rest !== "damaged";
  if (before.network !== now.network || !meets) return undefined;
  const both = now.events.find(({ seq }) => seq <= before.seq);
  const same = both && before.events.find(({ seq }) => seq === both.seq);
  return both === undefined || (same?.at === both.at && same.type === both.type) ? before : undefined;
}
