// Queues of frames that take turns, a frame each.

import { Fifo } from "../fifo.ts";
import type { Frame } from "../wire/frame.ts";

/** Where queues are found by their keys. */
export interface QueueMap<Key> {
  readonly size: number;
  get(key: Key): Fifo<Frame> | undefined;
  set(key: Key, queue: Fifo<Frame>): unknown;
  delete(key: Key): unknown;
  values(): Iterable<Fifo<Frame>>;
  clear(): void;
}

/** Any number of queues, each by its key; holds nothing about one in which no frame waits. */
export class Turns<Key> {
  readonly #queues: QueueMap<Key>;
  readonly #keyOf: (frame: Frame) => Key;
  /** Queues in the order of their turns. */
  readonly #order = new Fifo<Fifo<Frame>>();
  /** Queues dropped since the last sweep. */
  #dropped = 0;

  /** @param queues Empty, and used by nobody else. */
  constructor(queues: QueueMap<Key>, keyOf: (frame: Frame) => Key) {
    this.#queues = queues;
    this.#keyOf = keyOf;
  }

  /** Nothing waits. */
  get empty(): boolean {
    return this.#queues.size === 0;
  }

  /** Adds a frame at the end of its queue; a new queue's turn comes after all others'. */
  push(frame: Frame): void {
    const key = this.#keyOf(frame);
    const known = this.#queues.get(key);
    const queue = known ?? new Fifo<Frame>();
    queue.push(frame);
    if (known) return;
    this.#queues.set(key, queue);
    this.#order.push(queue);
  }

  /** The first frame of the queue whose turn it is; undefined when nothing waits. */
  next(): Frame | undefined {
    for (let queue = this.#order.shift(); queue; queue = this.#order.shift()) {
      const frame = queue.shift();
      if (!frame) continue; // dropped while it waited for its turn
      if (queue.length > 0) this.#order.push(queue);
      else this.#queues.delete(this.#keyOf(frame));
      return frame;
    }
    return undefined;
  }

  /** Puts what is left of the frame that {@link next} gave back at the front of its queue, whose next turn comes after all others'. */
  putBack(frame: Frame): void {
    const queue = this.#queues.get(this.#keyOf(frame));
    if (queue) queue.unshift(frame);
    else this.push(frame);
  }

  /** The first frame of a queue; undefined when none waits in it. */
  first(key: Key): Frame | undefined {
    return this.#queues.get(key)?.first();
  }

  /** The first frame of each queue. */
  firsts(): Frame[] {
    return [...this.#queues.values()].flatMap((queue) => queue.first() ?? []);
  }

  /** Takes out all frames of a queue, in order. */
  drop(key: Key): Frame[] {
    const queue = this.#queues.get(key);
    if (!queue) return [];
    this.#queues.delete(key);
    const frames = queue.drain();
    this.#dropped += 1;
    this.#sweep();
    return frames;
  }

  /** Forgets everything. */
  clear(): void {
    this.#queues.clear();
    this.#order.clear();
    this.#dropped = 0;
  }

  /** Dropped queues keep their turn, so that a drop costs nothing; once most turns are theirs they are taken out. */
  #sweep(): void {
    if (this.#dropped < 64 || this.#dropped * 2 < this.#order.length) return;
    for (const queue of this.#order.drain()) if (queue.length > 0) this.#order.push(queue);
    this.#dropped = 0;
  }
}
