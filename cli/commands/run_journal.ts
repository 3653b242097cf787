// The journal of a network that `run` starts: asked for or not, it must not keep the network from running once it runs.

import { type EventStore, type Limits, messageOf } from "../../core/mod.ts";
import { journalPath } from "../../plugins/journal/place.ts";
import { journalStore } from "../../plugins/journal/store.ts";

/** Which journal is wanted. */
export interface JournalWanted {
  /** Its path; undefined for the network's own in the user's state folder, false for none. */
  readonly journal: string | false | undefined;
  /** What the network is called. */
  readonly name: string;
  /** How many events are kept in memory, where the manifest says so. */
  readonly limits?: Partial<Pick<Limits, "recentEvents" | "durableEvents">> | undefined;
  /** Says a line on standard error. */
  readonly note: (line: string) => void;
}

/**
 * Opens the journal. One that nobody asked for is done without where it cannot be had, which is said. What the disk does not take
 * while the network runs is kept in memory: a network whose log takes nothing could not even say that a host has failed.
 * @returns undefined for none
 * @throws NoRouterError as `journalStore`, for a path that was given
 */
export async function openJournal({ journal, name, limits = {}, note }: JournalWanted): Promise<EventStore | undefined> {
  if (journal === false) return undefined;
  try {
    return await journalStore({ path: journal ?? journalPath(name), network: name, limits, note, goesOn: note });
  } catch (thrown) {
    if (journal !== undefined) throw thrown;
    note(`No journal is kept: ${messageOf(thrown)}`);
    return undefined;
  }
}
