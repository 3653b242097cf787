// Where the opens of new streams wait while their host is on its way (started for the first time, or coming back), with the
// little that was sent behind them. Bounded by the mux: so many streams, each with its first credit.

import { type Frame, type HostId, KIND, LAST_STREAM } from "./wire/frame.ts";

/** A stream that waits. */
interface Held {
  readonly open: Frame;
  /** The open and what came behind it, in order. */
  readonly frames: Frame[];
  readonly timer: ReturnType<typeof setTimeout>;
}

/** The waiting streams of one opener. */
export class WaitingRoom {
  readonly #returnMs: number;
  readonly #refused: (open: Frame) => void;
  /** By host and number, in the order of their opens. */
  readonly #held = new Map<number, Held>();

  /** @param refused Gets the open of each stream that has waited long enough. */
  constructor(returnMs: number, refused: (open: Frame) => void) {
    this.#returnMs = returnMs;
    this.#refused = refused;
  }

  /** Streams that wait. */
  get size(): number {
    return this.#held.size;
  }

  /** Hosts that are waited for. */
  hosts(): ReadonlySet<HostId> {
    return new Set([...this.#held.values()].map(({ open }) => open.destination));
  }

  /** Keeps an open, or what comes behind one; drops what belongs to no stream that waits. */
  hold(frame: Frame): void {
    const key = keyOf(frame);
    const held = this.#held.get(key);
    if (frame.kind === KIND.reset) this.#forget(key, held);
    else if (held) held.frames.push(slim(frame));
    else if (frame.kind === KIND.open) {
      const timer = setTimeout(() => this.#refuse(key), this.#returnMs);
      this.#held.set(key, { open: frame, frames: [frame], timer });
    }
  }

  /** The host is up: gives what waits for it, each stream in order. */
  release(host: HostId): Frame[] {
    return this.#of(host).flatMap(([key, held]) => {
      this.#forget(key, held);
      return held.frames;
    });
  }

  /** Nobody needs to wait for the host. */
  refuse(host: HostId): void {
    for (const [key] of this.#of(host)) this.#refuse(key);
  }

  /** Drops everything without a word. */
  clear(): void {
    for (const [key, held] of this.#held) this.#forget(key, held);
  }

  #of(host: HostId): [number, Held][] {
    return [...this.#held].filter(([, { open }]) => open.destination === host);
  }

  #refuse(key: number): void {
    const held = this.#held.get(key);
    this.#forget(key, held);
    if (held) this.#refused(held.open);
  }

  #forget(key: number, held: Held | undefined): void {
    clearTimeout(held?.timer);
    this.#held.delete(key);
  }
}

/** A few bytes must not hold the large buffer that they came in. */
function slim(frame: Frame): Frame {
  return frame.packed(2);
}

/** Host and stream in one exact double. */
function keyOf({ destination, stream }: Frame): number {
  return destination * (LAST_STREAM + 1) + stream;
}
