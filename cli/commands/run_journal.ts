// The log of a network that `run` starts: asked for or not, it must not keep the network from running once it runs.

import { type EventStore, messageOf, NoRouterError, type StoreKind } from "../../core/mod.ts";

/** Which journal is wanted. */
export interface JournalWanted {
  /** Where the network's plugins keep logs; undefined: nowhere. */
  readonly kind: StoreKind | undefined;
  /** Its path; undefined for the network's own in the user's state folder, false for none. */
  readonly journal: string | false | undefined;
  /** What the network is called. */
  readonly name: string;
  /** Numbers that the manifest sets. */
  readonly limits?: Readonly<Record<string, number>> | undefined;
  /** Says a line on standard error. */
  readonly note: (line: string) => void;
}

/**
 * Opens the journal. One that nobody asked for is done without where it cannot be had, which is said.
 * @returns undefined for none
 * @throws NoRouterError as the store, for a path that was given; `usage` where no plugin keeps logs
 */
export async function openJournal({ kind, journal, name, limits = {}, note }: JournalWanted): Promise<EventStore | undefined> {
  if (journal === false) return undefined;
  if (kind === undefined) {
    if (journal === undefined) return undefined;
    throw new NoRouterError("usage", "'--journal' wants a plugin that keeps a journal; the manifest leaves out 'journal'");
  }
  try {
    return await kind.open({ network: name, path: journal, limits, note });
  } catch (thrown) {
    if (journal !== undefined) throw thrown;
    note(`No journal is kept: ${messageOf(thrown)}`);
    return undefined;
  }
}
