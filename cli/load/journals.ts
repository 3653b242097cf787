// Which journal a command is about, and which moment of it. Must not change anything.

import { resolve } from "node:path";
import { NoRouterError } from "../../core/mod.ts";
import { runningNetworks } from "../../plugins/api/client.ts";
import { type History, readHistory } from "../../plugins/journal/history.ts";
import { isWritten } from "../../plugins/journal/lock.ts";
import { journalFolder, journalNames, journalPath } from "../../plugins/journal/path.ts";
import { timeOf } from "../ui/wrap.ts";
import type { Io } from "./io.ts";

/**
 * Reads the journal that a word names, and says on standard error what cannot be read of it.
 * @param word A path, or the name of a network whose journal lies in the user's state folder; undefined for the only one that a
 *   running network writes there or, when no network runs, for the only one there.
 * @throws NoRouterError `usage`, `journal-missing`, `journal-invalid`
 */
export async function openHistory(word: string | undefined, io: Pick<Io, "stderr">): Promise<History> {
  const history = readHistory(pathOf(word ?? (await onlyName())));
  for (const note of history.notes) io.stderr(`${note}\n`);
  return history;
}

/** A word with a slash or the ending of a journal is a path. */
function pathOf(word: string): string {
  return word.includes("/") || /\.jsonl(\.1)?$/.test(word) ? resolve(word) : journalPath(word);
}

async function onlyName(): Promise<string> {
  const names = journalNames();
  const written = names.filter((name) => isWritten(journalPath(name)));
  const elsewhere = (await runningNetworks()).find(({ name }) => !written.includes(name));
  if (elsewhere) {
    const what = `Network "${elsewhere.name}" runs with a journal at another path, or without one`;
    throw new NoRouterError("usage", `${what}; name a journal with --journal, or see 'norouter status' and 'norouter logs'`);
  }
  const [name, ...more] = written.length > 0 ? written : names;
  if (name === undefined) throw new NoRouterError("journal-missing", `There is no journal in ${journalFolder()}`);
  if (more.length === 0) return name;
  const what = written.length > 0 ? "Several networks run here" : "There are several journals";
  throw new NoRouterError("usage", `${what}; name one with --journal: ${[name, ...more].join(", ")}`);
}

/** Numbers from here on are milliseconds since 1970. */
const FIRST_MS = 100_000_000_000;

/**
 * The number of the last event at a moment: a number of an event, milliseconds since 1970, a date with or without a time, or a
 * time of the day of the last event.
 * @throws NoRouterError `usage` for what is none, or lies before what the journal has
 */
export function seqAt({ snapshot, events, seq }: History, at: string | undefined): number {
  if (at === undefined) return seq;
  const number = /^\d+$/.test(at) ? Number(at) : undefined;
  if (number !== undefined && number < FIRST_MS) {
    if (number >= snapshot.seq && number <= seq) return number;
    throw new NoRouterError("usage", `Event ${number} is not in the journal, which has those from ${snapshot.seq} to ${seq}`);
  }
  const last = events.at(-1);
  const time = number ?? wholeSecond(at, momentOf(at, last?.at ?? 0));
  const found = events.findLast((event) => event.at <= time);
  if (found) return found === last ? seq : found.seq;
  const begins = events[0] === undefined ? "has no events" : `begins at ${timeOf(events[0].at)}`;
  throw new NoRouterError("usage", `The journal says nothing of ${timeOf(time)}; it ${begins}`);
}

/**
 * What a word means that is a number of an event or of milliseconds since 1970, or a time; for events since then.
 * @param day Some time of the day that a time without a date is of, in milliseconds since 1970.
 * @throws NoRouterError `usage`
 */
export function sinceOf(word: string, day: number): { readonly seq: number } | { readonly at: number } {
  if (!/^\d+$/.test(word)) return { at: momentOf(word, day) };
  return Number(word) < FIRST_MS ? { seq: Number(word) } : { at: Number(word) };
}

/** The milliseconds at which a time begins; `day` are some of the day that a time without a date is of. */
function momentOf(text: string, day: number): number {
  const [, hours, minutes, seconds] = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (hours === undefined) {
    const time = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text.replace(" ", "T"));
    if (!Number.isNaN(time)) return time;
    throw new NoRouterError("usage", `"${text}" is no moment: the number of an event or a time was wanted, such as 14:03:07`);
  }
  const date = new Date(day);
  date.setHours(Number(hours), Number(minutes), Number(seconds ?? 0), 0);
  return date.getTime();
}

/** A time in whole seconds means all of its second. */
function wholeSecond(text: string, time: number): number {
  return /:\d\d:\d\d(?![\d.])/.test(text) ? time + 999 : time;
}
