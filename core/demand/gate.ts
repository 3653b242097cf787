// The streams to one host that the manager answers for, as it is not always there: those that are open, and those that wait for it.
// A stream that waits holds no more than the credit that every opener has before it is accepted.

import { LIMIT_ROWS, type Limits } from "../limits.ts";
import { costOf } from "../mux/credit.ts";
import { Shares } from "../shares.ts";
import { FROM_ACCEPTOR, type Frame, type HostId, KIND, LAST_STREAM } from "../wire/frame.ts";
import { Tally } from "./tally.ts";

/** What a gate tells its owner. */
export interface GateHandlers {
  /** A stream that waited has waited long enough; it is forgotten here. */
  late(open: Frame): void;
  /** More or fewer streams are open or wait than before. */
  changed(): void;
}

/** A stream that is open. */
interface Flow {
  readonly opener: HostId;
  readonly stream: number;
  /** Which ends have sent their end: 1 the opener, 2 the acceptor. */
  ended: number;
}

/** A stream that waits. */
interface Held {
  readonly open: Frame;
  /** The open and what came behind it, in order. */
  readonly frames: Frame[];
  /** Cost of the data so far. */
  cost: number;
  /** When it has waited long enough, by a steady clock, in milliseconds. */
  readonly until: number;
  readonly timer: ReturnType<typeof setTimeout>;
}

const BOTH_ENDS = 3;

/** Frames of one stream that wait: an honest opener sends its open, its first data and its end. */
const MOST_FRAMES = 128;

/** Open streams of one opener that are followed: no honest one has more. */
const MOST_FLOWS = LIMIT_ROWS.streams.max;

/** The streams to one host. */
export class Gate {
  readonly #limits: Limits;
  readonly #handlers: GateHandlers;
  readonly #flows = new Map<number, Flow>();
  readonly #flowsOf = new Tally<HostId>();
  /** In the order of their opens. */
  readonly #held = new Map<number, Held>();
  /** Places for streams that wait, by opener. */
  readonly #places: Shares<HostId>;
  /** Streams of each opener that wait, here and at the gates of others. */
  readonly #waitingOf: Tally<HostId>;
  #open = false;

  constructor(host: HostId, limits: Limits, handlers: GateHandlers, waitingOf: Tally<HostId>) {
    this.#limits = limits;
    this.#handlers = handlers;
    this.#places = new Shares(limits.streams, host);
    this.#waitingOf = waitingOf;
  }

  /** Frames pass; they wait where not. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Streams that are open. */
  get flows(): number {
    return this.#flows.size;
  }

  /** Streams that wait. */
  get waiting(): number {
    return this.#held.size;
  }

  /** When the last of the streams that wait gives up, by a steady clock; undefined when none waits. */
  get until(): number | undefined {
    return this.#held.size === 0 ? undefined : Math.max(...[...this.#held.values()].map(({ until }) => until));
  }

  /**
   * Keeps a frame of an opener: an open, or what comes behind one. What belongs to no stream that waits is dropped.
   * @param until When a stream that begins with this frame has waited long enough.
   * @returns `full` for an open that finds no place, `surplus` for data beyond what was allowed; the frame is the caller's then.
   */
  hold(frame: Frame, until: number): "held" | "dropped" | "full" | "surplus" {
    const key = openerKey(frame.source, frame.stream);
    const held = this.#held.get(key);
    if (frame.kind === KIND.open) {
      if (held || !this.#hasPlace(frame.source)) return "full";
      this.#begin(key, frame.packed(2), until);
      return "held";
    }
    if (!held || frame.kind === KIND.reset) {
      frame.giveBack();
      if (held) this.#forget(key, held);
      return "dropped";
    }
    if (frame.kind === KIND.data) held.cost += costOf(frame.length);
    if (held.cost > this.#limits.minWindowBytes || held.frames.length >= MOST_FRAMES) return "surplus";
    held.frames.push(frame.packed(2));
    return "held";
  }

  /** The host is there: frames pass from now on. Gives what has waited, each stream in order. */
  release(): Frame[] {
    this.#open = true;
    return this.#takeHeld().flatMap(({ frames }) => frames);
  }

  /** The host is on its way out: new streams wait from now on. Those that are open go on. */
  close(): void {
    this.#open = false;
  }

  /** The host's link is lost: gives the streams that went through it, of which nothing will come. */
  lose(): Flow[] {
    this.#open = false;
    const lost = [...this.#flows.values()];
    for (const [key, flow] of this.#flows) this.#over(key, flow);
    if (lost.length > 0) this.#handlers.changed();
    return lost;
  }

  /** Whether a stream of an opener is open, and does not wait. */
  follows(opener: HostId, stream: number): boolean {
    const key = openerKey(opener, stream);
    return this.#flows.has(key) && !this.#held.has(key);
  }

  /** Whether a stream of an opener waits. */
  holds(opener: HostId, stream: number): boolean {
    return this.#held.has(openerKey(opener, stream));
  }

  /** Nobody needs to wait for the host: gives the opens of all that do. */
  giveUp(): Frame[] {
    return this.#takeHeld().map(({ open }) => open);
  }

  /** A frame of a stream to the host, from either end, passes. */
  passed({ kind, flags, source, destination, stream }: Frame): void {
    const isAnswer = (flags & FROM_ACCEPTOR) !== 0;
    const opener = isAnswer ? destination : source;
    const key = openerKey(opener, stream);
    if (kind === KIND.open) {
      if (!this.#flows.has(key)) {
        if (this.#flowsOf.of(opener) >= MOST_FLOWS) return;
        this.#flowsOf.add(opener, 1);
      }
      this.#flows.set(key, { opener, stream, ended: 0 });
      this.#handlers.changed();
      return;
    }
    const flow = this.#flows.get(key);
    if (!flow) return;
    flow.ended = kind === KIND.reset ? BOTH_ENDS : flow.ended | (isAnswer ? 2 : 1);
    if (flow.ended !== BOTH_ENDS) return;
    this.#over(key, flow);
    this.#handlers.changed();
  }

  /** An opener's link is over, and its streams with it. */
  leave(opener: HostId): void {
    const before = this.#flows.size + this.#held.size;
    for (const [key, flow] of this.#flows) if (flow.opener === opener) this.#over(key, flow);
    for (const [key, held] of this.#held) if (held.open.source === opener) this.#drop(key, held);
    if (this.#flows.size + this.#held.size !== before) this.#handlers.changed();
  }

  #over(key: number, { opener }: Flow): void {
    this.#flows.delete(key);
    this.#flowsOf.add(opener, -1);
  }

  #hasPlace(opener: HostId): boolean {
    return this.#places.hasFor(opener) && this.#waitingOf.of(opener) < this.#limits.streams;
  }

  #begin(key: number, open: Frame, until: number): void {
    const timer = setTimeout(() => {
      const held = this.#held.get(key);
      if (!held) return;
      this.#forget(key, held);
      this.#handlers.late(open);
    }, until - performance.now());
    this.#places.take(open.source);
    this.#waitingOf.add(open.source, 1);
    this.#held.set(key, { open, frames: [open], cost: 0, until, timer });
    this.#handlers.changed();
  }

  #takeHeld(): Held[] {
    const all = [...this.#held.values()];
    for (const [key, held] of this.#held) this.#drop(key, held);
    return all;
  }

  #forget(key: number, held: Held): void {
    this.#drop(key, held);
    this.#handlers.changed();
  }

  #drop(key: number, { open, timer }: Held): void {
    clearTimeout(timer);
    this.#held.delete(key);
    this.#places.giveBack(open.source);
    this.#waitingOf.add(open.source, -1);
  }
}

/** An opener and its stream in one exact double. */
function openerKey(opener: HostId, stream: number): number {
  return opener * (LAST_STREAM + 1) + stream;
}
