// The bytes of a journal to its state and events: what is whole is read, a torn end is left out, damage before it is named.
// Must change nothing.

import {
  EMPTY_NETWORK,
  EVENT_VERSION,
  messageOf,
  type NetworkEvent,
  NoRouterError,
  type Snapshot,
  snapshotFromJson,
  upcast,
  wrongInEvent,
  wrongInSnapshot,
} from "../../core/mod.ts";
import { BEGINNING, FORMAT, type HeaderLine, type SnapshotLine, STATE } from "./lines.ts";

/** What a journal holds. */
export interface JournalContents {
  /** Name of the network; undefined when not even the first line is whole. */
  readonly network: string | undefined;
  /** The state that the events continue from. */
  readonly snapshot: Snapshot;
  /** In order, in today's version. */
  readonly events: readonly NetworkEvent[];
  /** Number of the last event that was written; 0 before the first. */
  readonly seq: number;
  /** How many bytes the whole lines take, up to the first that is not. */
  readonly bytes: number;
  /** What follows them. `torn`: the end of a file whose writer was stopped; `damaged`: lines that can be read come later. */
  readonly rest: "nothing" | "torn" | "damaged";
  /** Number of the first line that is not whole, from 1; what is wrong with it. */
  readonly line: number;
  readonly why: string;
}

/** Thrown within this file: a line is not what has to stand there. */
class BadLine extends Error {
  /** It was written to its end: it is wrong also where nothing comes after it. */
  readonly isWhole: boolean;

  constructor(message: string, isWhole = false) {
    super(message);
    this.isWhole = isWhole;
  }
}

/**
 * Reads a journal.
 * @param path For messages.
 * @throws NoRouterError `journal-invalid` for what is no journal, and for one of a later version
 */
export function readContents(path: string, bytes: Uint8Array): JournalContents {
  let network: string | undefined;
  let snapshot: Snapshot = { v: EVENT_VERSION, seq: 0, network: EMPTY_NETWORK };
  const events: NetworkEvent[] = [];
  let [seq, last, whole, line, why, isDamaged] = [0, 0, 0, 1, "", false];
  for (const { text, end } of linesOf(bytes)) {
    if (why !== "") {
      isDamaged = isEventAfter(text, seq);
      if (isDamaged) break;
      continue;
    }
    try {
      const value = parsed(text);
      if (line === 1) network = headerOf(path, value);
      else if (line === 2 && value.type === "snapshot") {
        snapshot = snapshotOf(path, value);
        last = (value as unknown as SnapshotLine).last;
        seq = last;
      } else {
        const event = eventOf(path, value);
        follows(event.seq, events.at(-1)?.seq ?? snapshot.seq, last);
        events.push(event);
        seq = Math.max(last, event.seq);
      }
      whole = end;
      line += 1;
    } catch (thrown) {
      if (!(thrown instanceof BadLine)) throw thrown;
      why = thrown.message;
      isDamaged = thrown.isWhole;
      if (isDamaged) break;
    }
  }
  // A file with a state is put in its place only when the disk has the state: no stop of its writer cuts that.
  if (line === 2 && Buffer.from(bytes.buffer, bytes.byteOffset + whole, bytes.length - whole).indexOf(STATE) === 0)
    isDamaged = true;
  const rest = whole === bytes.length ? "nothing" : isDamaged ? "damaged" : "torn";
  if (line === 1 && rest !== "nothing") mayBeTornHeader(path, bytes, rest);
  return { network, snapshot, events, seq, bytes: whole, rest, line, why: why || "It has no end" };
}

/** Whole lines with where they end; what has no newline is none. */
function* linesOf(bytes: Uint8Array): Generator<{ readonly text: string; readonly end: number }> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let start = 0, newline = buffer.indexOf(10); newline >= 0; newline = buffer.indexOf(10, start)) {
    yield { text: buffer.toString("utf8", start, newline), end: newline + 1 };
    start = newline + 1;
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadLine("It is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new BadLine("It is not an object");
  return value as Readonly<Record<string, unknown>>;
}

function headerOf(path: string, value: Readonly<Record<string, unknown>>): string {
  const { type, format, network } = value as unknown as HeaderLine;
  if (type !== "journal" || !Number.isInteger(format) || typeof network !== "string") notAJournal(path);
  if (format > FORMAT) later(path, `format ${format}; at most ${FORMAT} was wanted`);
  return network;
}

function snapshotOf(path: string, value: Readonly<Record<string, unknown>>): Snapshot {
  const { v, seq, last } = value as unknown as SnapshotLine;
  if (![v, seq, last].every((one) => Number.isInteger(one) && one >= 0) || v < 1 || last < seq)
    throw new BadLine("It is no snapshot");
  if (v > EVENT_VERSION) later(path, `snapshots of version ${v}; at most ${EVENT_VERSION} was wanted`);
  const wrong = wrongInSnapshot({ ...value, v });
  if (wrong !== undefined) throw new BadLine(`Its state has a ${wrong}`);
  try {
    return snapshotFromJson(value);
  } catch (thrown) {
    throw new BadLine(`Its state cannot be read: ${messageOf(thrown)}`);
  }
}

function eventOf(path: string, value: Readonly<Record<string, unknown>>): NetworkEvent {
  if (!isEvent(value)) throw new BadLine("It is no event");
  if (value.v > EVENT_VERSION) later(path, `events of version ${value.v}; at most ${EVENT_VERSION} was wanted`);
  if (value.v < 1) throw new BadLine(`It has version ${value.v}; at least 1 was wanted`, true);
  const event = upcast(value);
  const wrong = wrongInEvent(event);
  if (wrong !== undefined) throw new BadLine(`Event "${event.type}" has a ${wrong}`, true);
  return event;
}

function isEvent(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & NetworkEvent {
  const { seq, at, by, v, type } = value;
  return [seq, v].every(Number.isInteger) && typeof at === "number" && typeof by === "string" && typeof type === "string";
}

/** Up to `last` some are left out; after it none. */
function follows(seq: number, before: number, last: number): void {
  const wanted = Math.max(before, last) + 1;
  if (seq > before && (seq <= last || seq === wanted)) return;
  throw new BadLine(`Event ${seq} comes after event ${Math.max(before, seq > last ? last : 0)}`);
}

/** Whether a line after one that is damaged is an event: then the damage is not the end of the file. */
function isEventAfter(text: string, seq: number): boolean {
  try {
    const value = parsed(text);
    return isEvent(value) && value.seq > seq;
  } catch {
    return false;
  }
}

/** The first line was not written to its end, or a loss of power left zeros of it; a file of others stays as it is. */
function mayBeTornHeader(path: string, bytes: Uint8Array, rest: string): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024)).toString("utf8");
  const begins = text.startsWith(BEGINNING) || BEGINNING.startsWith(text) || bytes.every((byte) => byte === 0);
  if (rest !== "torn" || !begins) notAJournal(path);
}

function notAJournal(path: string): never {
  throw new NoRouterError("journal-invalid", `${path} is not a journal`);
}

function later(path: string, what: string): never {
  throw new NoRouterError("journal-invalid", `Journal ${path} is of a later norouter: it has ${what}`);
}
