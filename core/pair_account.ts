// What one host may still send another through the manager: an upper bound, from the credit that passes by. Tells a
// sender that breaks the rules from a host that merely answers: whatever a frame makes an honest host send counts against neither.
// Keeps nothing about single streams. Pure.

import { Bucket } from "./bucket.ts";
import { LIMIT_ROWS } from "./limits.ts";
import { costOf, MAX_CREDIT } from "./mux/credit.ts";
import { type Frame, type HostId, KIND, type Kind, pairKey, pairOf } from "./wire/frame.ts";

/** A credit frame returns at least this much on average; ours return half a window, 8 KiB, at least. SPEC.md section 8. */
const LEAST_GRANT = 4096;
/** Frames that need no stream or data to answer for: those on their way when the other host's link began anew. */
const FREE_FRAMES = 16_384;
/** A stream of either side ends with at most this many accepts, ends and resets of one host. */
const ANSWERS = 4;
/** Round trips under way from one host to another; ours sends one ping a second, also to who does not answer. */
const PINGS = 16;
/** Pings beyond those that are dropped in a second before they are a flood. */
const SURPLUS_PINGS = 100;
/** Opens that may wait for an answer: as many as a host may be set to have streams. */
const UNANSWERED = LIMIT_ROWS.streams.max;

const GIVING: ReadonlySet<Kind> = new Set([KIND.open, KIND.accept, KIND.credit]);

/** Why a frame is not passed on: its sender broke a rule, or it is one too many and nobody misses it. */
export type Objection = { readonly violation: string } | "surplus";

/** What went from one host to another. */
class Direction {
  /** Data that may still come, at its cost. Begins with each open, grows with credit, and is never taken back. */
  credit = 0;
  /** Data so far, at its cost. */
  spent = 0;
  grants = 0;
  opens = 0;
  /** Accepts, ends and resets. */
  answers = 0;
  /** The accepts among them: one of a stream that is over is answered with a reset. */
  accepts = 0;
  /** Opens that the other side has neither answered nor been relieved of. */
  unanswered = 0;
  pings = 0;
  /** For pings beyond those. */
  surplus: Bucket | undefined;
}

/** What went each way between the hosts of a link and its relay. */
export class PairAccounts {
  readonly #minWindowBytes: number;
  readonly #now: () => number;
  readonly #directions = new Map<number, Direction>();

  /** @param now Milliseconds by a steady clock. */
  constructor({ minWindowBytes }: { readonly minWindowBytes: number }, now: () => number) {
    this.#minWindowBytes = minWindowBytes;
    this.#now = now;
  }

  /** Takes a frame into account that is about to be passed on; says why when it must not be. */
  enter(frame: Frame): Objection | undefined {
    const there = this.#direction(frame.source, frame.destination);
    if (frame.kind === KIND.data) return spend(there, costOf(frame.length));
    const back = this.#direction(frame.destination, frame.source);
    switch (frame.kind) {
      case KIND.open:
        return this.#open(there, back, frame);
      case KIND.credit:
        return grant(there, back, creditOf(frame));
      case KIND.ping:
        if (there.pings >= PINGS) return surplus(there, this.#now());
        there.pings += 1;
        return undefined;
      case KIND.pong:
        if (back.pings === 0) return "surplus";
        back.pings -= 1;
        return undefined;
      default:
        return answer(there, back, frame);
    }
  }

  /** Streams that one host has opened to another, over since or not. */
  opens(source: HostId, destination: HostId): number {
    return this.#directions.get(pairKey(source, destination))?.opens ?? 0;
  }

  /** How many are kept. */
  get size(): number {
    return this.#directions.size;
  }

  /** An open was answered in the place of the host that it was for. */
  answered({ source, destination }: Frame): void {
    const direction = this.#direction(source, destination);
    direction.unanswered = Math.max(0, direction.unanswered - 1);
  }

  /** A host's link is over: what it did is forgotten, and what others may still send it stays allowed. */
  forget(host: number): void {
    for (const [key, { credit }] of this.#directions) {
      const [source, destination] = pairOf(key);
      if (source === host) this.#directions.delete(key);
      else if (destination !== host) continue;
      else if (credit === 0) this.#directions.delete(key);
      else this.#directions.set(key, Object.assign(new Direction(), { credit }));
    }
  }

  /** A host has left the network, and its id is not used again. */
  leave(host: number): void {
    for (const key of this.#directions.keys()) {
      if (pairOf(key).includes(host)) this.#directions.delete(key);
    }
  }

  #open(there: Direction, back: Direction, frame: Frame): Objection | undefined {
    if (there.unanswered >= UNANSWERED) return { violation: "More streams were opened than a host may have" };
    there.opens += 1;
    there.unanswered += 1;
    there.credit += this.#minWindowBytes;
    back.credit += creditOf(frame);
    return undefined;
  }

  #direction(source: number, destination: number): Direction {
    const key = pairKey(source, destination);
    let direction = this.#directions.get(key);
    if (!direction) {
      direction = new Direction();
      this.#directions.set(key, direction);
    }
    return direction;
  }
}

function spend(there: Direction, cost: number): Objection | undefined {
  if (cost > there.credit) return { violation: "More data was sent than there was credit for" };
  there.credit -= cost;
  there.spent += cost;
  return undefined;
}

function surplus(there: Direction, now: number): Objection {
  there.surplus ??= new Bucket(SURPLUS_PINGS, FREE_FRAMES);
  return there.surplus.take(now) ? "surplus" : { violation: "More pings were sent than were answered" };
}

/** Frames that the streams of a pair, whoever opened them, explain. */
function explained(there: Direction, back: Direction): number {
  return FREE_FRAMES + ANSWERS * (there.opens + back.opens);
}

function grant(there: Direction, back: Direction, credit: number): Objection | undefined {
  there.grants += 1;
  if (there.grants > explained(there, back) + back.spent / LEAST_GRANT)
    return { violation: "Credit was given in too many small pieces" };
  back.credit += credit;
  return undefined;
}

function answer(there: Direction, back: Direction, frame: Frame): Objection | undefined {
  there.answers += 1;
  if (frame.kind === KIND.accept) there.accepts += 1;
  if (there.answers > explained(there, back) + back.accepts)
    return { violation: "More streams were answered or ended than there were" };
  if (frame.kind === KIND.accept) back.credit += creditOf(frame);
  if (frame.kind === KIND.end) return undefined;
  if (frame.kind === KIND.reset && there.unanswered > 0) there.unanswered -= 1;
  if (back.unanswered > 0) back.unanswered -= 1;
  return undefined;
}

/** Whether a frame gives more credit than any sender counts: nobody means to take so much, and what is sent for it fills others. */
export function isBoundless(frame: Frame): boolean {
  return GIVING.has(frame.kind) && creditOf(frame) > MAX_CREDIT;
}

/** The number that the payloads of open, accept and credit begin with. The frame is to be passed on, so nothing is given back. */
function creditOf(frame: Frame): number {
  let credit = 0;
  let left = 4;
  for (const slice of frame.payload()) {
    for (let at = 0; at < slice.length && left > 0; at += 1, left -= 1) credit = credit * 256 + (slice[at] as number);
  }
  return credit;
}
