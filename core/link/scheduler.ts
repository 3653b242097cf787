// What waits for a link, and whose turn it is. Credit, reset, control and ping go ahead of data; streams take
// turns, a frame each; order within a stream is kept. Pure: no clock, no carrier.

import { Fifo } from "../fifo.ts";
import { FROM_ACCEPTOR, type Frame, type HostId, KIND, type Kind } from "../wire/frame.ts";

/** Kinds that wait in their stream's turn; all others go ahead of them. */
const IN_TURN: ReadonlySet<Kind> = new Set([KIND.open, KIND.data, KIND.end]);

/** What a waiting frame costs at least: about what it takes in memory. */
const MIN_QUEUED_COST = 272;

/** Which direction of which stream. */
type FlowIdentity = Pick<Frame, "source" | "destination" | "flags" | "stream">;

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
  #queued = 0;
  #cancelled = 0;

  /** Nothing waits. */
  get empty(): boolean {
    return this.#urgent.length === 0 && this.#flows.size === 0;
  }

  /** What all waiting frames cost, in bytes. */
  get queued(): number {
    return this.#queued;
  }

  /** What one host's waiting frames cost, in bytes. */
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

  /** Drops what waits in the other direction of a stream whose receiver has just reset it. */
  cancelOpposite(reset: Frame): void {
    this.#cancel({ ...identityOf(reset), flags: reset.flags ^ FROM_ACCEPTOR });
  }

  /** The host whose waiting frames cost most. */
  largestSource(): HostId | undefined {
    const [largest] = [...this.#queuedBySource].sort(([, a], [, b]) => b - a);
    return largest?.[0];
  }

  /** Drops everything that waits of one host; returns one frame of each stream that lost some. */
  dropSource(source: HostId): Frame[] {
    const lost = [...this.#flows.values()]
      .flatMap(({ frames }) => frames.first() ?? [])
      .filter((frame) => frame.source === source);
    for (const frame of lost) this.#cancel(frame);
    const urgent = this.#urgent.drain();
    for (const frame of urgent) {
      if (frame.source === source) this.#account(frame, -1);
      else this.#urgent.push(frame);
    }
    return lost;
  }

  /** Forgets everything. */
  clear(): void {
    this.#urgent.clear();
    this.#turns.clear();
    this.#flows.clear();
    this.#queuedBySource.clear();
    this.#queued = 0;
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
    for (let flow = this.#turns.shift(); flow; flow = this.#turns.shift()) {
      const frame = flow.frames.shift();
      if (!frame) continue; // cancelled while it waited for its turn
      if (flow.frames.length > 0) this.#turns.push(flow);
      else this.#flows.delete(flow.key);
      return frame;
    }
    return undefined;
  }

  /** Drops what waits of the stream; true when its open was among it, so that nobody needs to hear of it. */
  #cancel(stream: FlowIdentity): boolean {
    const flow = this.#flows.get(flowKey(stream));
    if (!flow) return false;
    this.#flows.delete(flow.key);
    this.#cancelled += 1;
    const first = flow.frames.shift();
    for (let frame = first; frame; frame = flow.frames.shift()) this.#account(frame, -1);
    this.#sweep();
    return first?.kind === KIND.open;
  }

  /** Cancelled flows keep their turn, so that a cancel costs nothing; once most turns are theirs they are taken out. */
  #sweep(): void {
    if (this.#cancelled < 64 || this.#cancelled * 2 < this.#turns.length) return;
    for (const flow of this.#turns.drain()) if (flow.frames.length > 0) this.#turns.push(flow);
    this.#cancelled = 0;
  }

  #account(frame: Frame, sign: 1 | -1): void {
    const cost = sign * Math.max(frame.bytes, MIN_QUEUED_COST);
    this.#queued += cost;
    const bytes = this.queuedBytes(frame.source) + cost;
    if (bytes > 0) this.#queuedBySource.set(frame.source, bytes);
    else this.#queuedBySource.delete(frame.source);
  }
}

/**
 * Hosts, side and stream in one exact double. On any one link either the source or the destination is always
 * the same host, so their sum tells the other one.
 */
function flowKey({ source, destination, flags, stream }: FlowIdentity): number {
  return ((source + destination) * 2 + (flags & FROM_ACCEPTOR)) * 2 ** 32 + stream;
}

function identityOf({ source, destination, flags, stream }: Frame): FlowIdentity {
  return { source, destination, flags, stream };
}
