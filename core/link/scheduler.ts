// What waits for a link, and whose turn it is. Credit, reset, control and ping go ahead of data; streams take
// turns, a frame each; order within a stream is kept. Pure: no clock, no carrier.

import { Fifo } from "../fifo.ts";
import { FROM_ACCEPTOR, type Frame, type HostId, KIND, type Kind } from "../wire/frame.ts";

/** Kinds that wait in their stream's turn; all others go ahead of them. */
const IN_TURN: ReadonlySet<Kind> = new Set([KIND.open, KIND.data, KIND.end]);

/** The frames of one direction of one stream. */
interface Flow {
  readonly key: number;
  readonly frames: Fifo<Frame>;
}

/** A queue of frames with turns. Holds nothing about a stream of which no frame waits. */
export class Scheduler {
  readonly #urgent = new Fifo<Frame>();
  readonly #flows = new Map<number, Flow>();
  /** Flows in the order of their turns. */
  readonly #turns = new Fifo<Flow>();
  readonly #queuedBySource = new Map<HostId, number>();

  /** Nothing waits. */
  get empty(): boolean {
    return this.#urgent.length === 0 && this.#turns.length === 0;
  }

  /** Bytes of one host's frames that wait. */
  queuedBytes(source: HostId): number {
    return this.#queuedBySource.get(source) ?? 0;
  }

  /** Adds a frame. A reset takes the frames of its stream's direction out of the queue. */
  push(frame: Frame): void {
    if (IN_TURN.has(frame.kind)) {
      this.#account(frame, 1);
      this.#enqueue(frame);
    } else if (frame.kind !== KIND.reset || !this.#cancel(frame)) {
      this.#account(frame, 1);
      this.#urgent.push(frame);
    }
  }

  /** The frame to send next; undefined when nothing waits. */
  next(): Frame | undefined {
    const frame = this.#urgent.shift() ?? this.#nextInTurn();
    if (frame) this.#account(frame, -1);
    return frame;
  }

  /** Forgets everything. */
  clear(): void {
    this.#urgent.clear();
    this.#turns.clear();
    this.#flows.clear();
    this.#queuedBySource.clear();
  }

  #enqueue(frame: Frame): void {
    const key = flowKey(frame);
    const known = this.#flows.get(key);
    if (known) {
      known.frames.push(frame);
      return;
    }
    const flow = { key, frames: new Fifo<Frame>() };
    flow.frames.push(frame);
    this.#flows.set(key, flow);
    this.#turns.push(flow);
  }

  #nextInTurn(): Frame | undefined {
    const flow = this.#turns.shift();
    if (!flow) return undefined;
    const frame = flow.frames.shift();
    if (flow.frames.length > 0) this.#turns.push(flow);
    else this.#flows.delete(flow.key);
    return frame;
  }

  /** Drops what waits of the stream; true when its open was among it, so that nobody needs to hear of it. */
  #cancel(reset: Frame): boolean {
    const flow = this.#flows.get(flowKey(reset));
    if (!flow) return false;
    this.#flows.delete(flow.key);
    this.#turns.remove(flow);
    const first = flow.frames.shift();
    for (let frame = first; frame; frame = flow.frames.shift()) this.#account(frame, -1);
    return first?.kind === KIND.open;
  }

  #account(frame: Frame, sign: 1 | -1): void {
    const bytes = this.queuedBytes(frame.source) + sign * frame.bytes;
    if (bytes > 0) this.#queuedBySource.set(frame.source, bytes);
    else this.#queuedBySource.delete(frame.source);
  }
}

/**
 * Hosts, side and stream in one exact double. On any one link either the source or the destination is always
 * the same host, so their sum tells the other one.
 */
function flowKey(frame: Frame): number {
  return ((frame.source + frame.destination) * 2 + (frame.flags & FROM_ACCEPTOR)) * 2 ** 32 + frame.stream;
}
