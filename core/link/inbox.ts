// What came over a link, in turns: after some frames the event loop serves others, and meanwhile the carrier is not read. So a
// host that sends many small frames waits for itself, and its neighbours never wait for more than one of its turns.

import type { Carrier } from "../plugin/carrier.ts";
import type { Frame } from "../wire/frame.ts";
import { FrameReader, type PayloadBounds } from "../wire/reader.ts";

/** Frames of one turn: about half a millisecond of work. Bulk has no more than eight in a chunk. */
const TURN_FRAMES = 128;

/** What an inbox gives out. */
export interface InboxHandlers {
  /** The next frame. */
  frame(frame: Frame): void;
  /** What came was no frame, or `frame` threw; nothing more is given out. */
  failed(thrown: unknown): void;
}

/** The receiving half of a link. */
export class Inbox {
  readonly #carrier: Pick<Carrier, "pause" | "resume">;
  readonly #handlers: InboxHandlers;
  readonly #reader: FrameReader;
  /** What waits for its turn. */
  #chunks: Uint8Array[] = [];
  /** Frames that may still be given out in this turn. */
  #left = 0;
  /** A turn is to come: something waits. */
  #waiting = false;
  #immediate: ReturnType<typeof setImmediate> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How long the next turn is put off, in milliseconds. */
  #holdMs = 0;
  #over = false;

  constructor(carrier: Pick<Carrier, "pause" | "resume">, bounds: PayloadBounds, handlers: InboxHandlers) {
    this.#carrier = carrier;
    this.#handlers = handlers;
    this.#reader = new FrameReader(bounds, (frame) => {
      this.#left -= 1;
      handlers.frame(frame);
    });
  }

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    if (this.#over || chunk.length === 0) return;
    this.#chunks.push(chunk);
    if (!this.#waiting) this.#take();
  }

  /** Called from `frame`: puts the next turn off for so long. */
  hold(ms: number): void {
    this.#holdMs = ms;
  }

  /** Nothing more comes: what waits is given out at once. */
  finish(): void {
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.#left = Number.POSITIVE_INFINITY;
    while (this.#chunks.length > 0) this.#read();
    this.#over = true;
  }

  #take(): void {
    this.#left = TURN_FRAMES;
    while (this.#chunks.length > 0 && this.#left > 0 && this.#holdMs === 0) this.#read();
    const waited = this.#waiting;
    this.#waiting = !this.#over && (this.#chunks.length > 0 || this.#holdMs > 0);
    if (this.#waiting !== waited) this.#waiting ? this.#carrier.pause?.() : this.#carrier.resume?.();
    if (!this.#waiting) return;
    if (this.#holdMs > 0) this.#timer = setTimeout(() => this.#take(), this.#holdMs);
    else this.#immediate = setImmediate(() => this.#take());
    this.#holdMs = 0;
  }

  #read(): void {
    const chunk = this.#chunks.shift() as Uint8Array;
    try {
      const taken = this.#reader.push(chunk, () => this.#left > 0);
      if (taken < chunk.length && !this.#over) this.#chunks.unshift(chunk.subarray(taken));
    } catch (thrown) {
      this.#over = true;
      this.#chunks = [];
      this.#handlers.failed(thrown);
    }
  }
}
