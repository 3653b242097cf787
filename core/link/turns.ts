// Queues of frames that take turns, a frame each. Must not know what a queue stands for.

import { Fifo } from "../fifo.ts";
import type { Frame } from "../wire/frame.ts";

/** Any number of queues, each by its key; holds nothing about one in which no frame waits. */
export class Turns {
  readonly #queues = new Map<number, Queue>();
  /** Queues in the order of their turns. */
  readonly #order = new Fifo<Queue>();
  /** Queues dropped since the last sweep. */
  #dropped = 0;

  /** Nothing waits. */
  get empty(): boolean {
    return this.#queues.size === 0;
  }

  /** Adds a frame at the end of its queue; a new queue's turn comes after all others'. */
  push(key: number, frame: Frame): void {
    const known = this.#queues.get(key);
    const queue = known ?? { key, frames: new Fifo<Frame>() };
    queue.frames.push(frame);
    if (known) return;
    this.#queues.set(key, queue);
    this.#order.push(queue);
  }

  /** The first frame of the queue whose turn it is; undefined when nothing waits. */
  next(): Frame | undefined {
    for (let queue = this.#order.shift(); queue; queue = this.#order.shift()) {
      const frame = queue.frames.shift();
      if (!frame) continue; // dropped while it waited for its turn
      if (queue.frames.length > 0) this.#order.push(queue);
      else this.#queues.delete(queue.key);
      return frame;
    }
    return undefined;
  }

  /** The first frame of a queue; undefined when none waits in it. */
  first(key: number): Frame | undefined {
    return this.#queues.get(key)?.frames.first();
  }

  /** The first frame of each queue. */
  firsts(): Frame[] {
    return [...this.#queues.values()].flatMap(({ frames }) => frames.first() ?? []);
  }

  /** Takes out all frames of a queue, in order. */
  drop(key: number): Frame[] {
    const queue = this.#queues.get(key);
    if (!queue) return [];
    this.#queues.delete(key);
    const frames = queue.frames.drain();
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
    for (const queue of this.#order.drain()) if (queue.frames.length > 0) this.#order.push(queue);
    this.#dropped = 0;
  }
}

interface Queue {
  readonly key: number;
  readonly frames: Fifo<Frame>;
}
