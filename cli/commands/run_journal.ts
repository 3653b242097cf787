// The log of a network that `run` starts: asked for or not, it must not keep the network from running once it runs.

import { type EventStore, messageOf, NoRouterError, type StoreKind, settlesWithin } from "../../core/mod.ts";

/** A store that takes longer to be opened is waiting for something that does not come. */
const OPEN_MS = 60_000;

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
  /** Longest time for it to be opened, in milliseconds. Default: 60,000. */
  readonly openMs?: number;
}

/**
 * Opens the journal. One that nobody asked for is done without where it cannot be had, which is said.
 * @returns undefined for none
 * @throws NoRouterError as the store, or `plugin-invalid` when it never opens, for a path that was given; `usage` where no plugin keeps
 *   logs
 */
export async function openJournal({
  kind,
  journal,
  name,
  limits = {},
  note,
  openMs = OPEN_MS,
}: JournalWanted): Promise<EventStore | undefined> {
  if (journal === false) return undefined;
  if (kind === undefined) {
    if (journal === undefined) return undefined;
    throw new NoRouterError("usage", "'--journal' wants a plugin that keeps a journal; the manifest leaves out 'journal'");
  }
  try {
    const opening = Promise.resolve(kind.open({ network: name, path: journal, limits, note }));
    if (await settlesWithin(opening, openMs)) return await opening;
    void opening.then((late) => late.close()).catch(() => undefined);
    throw new NoRouterError("plugin-invalid", `Store "${kind.name}" is not open after ${openMs / 1000} s`);
  } catch (thrown) {
    if (journal !== undefined) throw thrown;
    note(`No journal is kept: ${messageOf(thrown)}`);
    return undefined;
  }
}
