// Two muxes joined by what links are made of (a scheduler and a reader each way), without a clock and without
// sockets: frames move when a test says so, in pieces of any size.

import type { NoRouterError } from "../core/errors.ts";
import { type Limits, withLimits } from "../core/limits.ts";
import { Scheduler } from "../core/link/scheduler.ts";
import { Mux } from "../core/mux/mux.ts";
import type { Stream } from "../core/mux/stream.ts";
import type { StreamHandlers } from "../core/mux/stream_ends.ts";
import type { Frame, HostId } from "../core/wire/frame.ts";
import { FrameReader } from "../core/wire/reader.ts";

/** One direction: turns, bytes, frames again. */
export class Pipe {
  readonly #scheduler = new Scheduler();
  readonly #reader: FrameReader;
  #bytes: Uint8Array = new Uint8Array();
  /** Every frame that was handed in. */
  readonly sent: Frame[] = [];

  constructor(limits: Limits, receive: (frame: Frame) => void) {
    this.#reader = new FrameReader({ data: limits.frameBytes, control: limits.controlBytes }, receive);
  }

  send(frame: Frame): void {
    this.sent.push(frame);
    this.#scheduler.push(frame);
  }

  /** Bytes of one host that wait. */
  queuedBytes(source: HostId): number {
    return this.#scheduler.queuedBytes(source);
  }

  /** Delivers at most `most` bytes; false when nothing was there. */
  step(most = Number.POSITIVE_INFINITY): boolean {
    if (this.#bytes.length === 0) {
      const frame = this.#scheduler.next();
      if (!frame) return false;
      this.#bytes = Buffer.concat(frame.raw);
    }
    const chunk = this.#bytes.slice(0, most);
    this.#bytes = this.#bytes.subarray(chunk.length);
    this.#reader.push(chunk);
    return true;
  }
}

/** One host with its mux, and the streams that came to it. */
export interface End {
  readonly mux: Mux;
  readonly arrived: Stream[];
  /** Streams that are over and why, in order. */
  readonly closed: { readonly stream: Stream; readonly error: NoRouterError | undefined }[];
  /** What this end sends. */
  readonly out: Pipe;
}

/** Two joined hosts, ids 1 and 2. */
export interface MuxPair {
  readonly left: End;
  readonly right: End;
  readonly limits: Limits;
  /** Time both measure with; moves when a test says so. */
  readonly clock: { now: number };
  /** Delivers everything until nothing moves any more. */
  settle(): void;
}

/** Joins two muxes. */
export function joinMuxes(overrides: Partial<Limits> = {}): MuxPair {
  const limits = withLimits(overrides);
  const clock = { now: 1000 };
  const ends: End[] = [];
  const make = (self: HostId, other: number): End => {
    const arrived: Stream[] = [];
    const closed: { stream: Stream; error: NoRouterError | undefined }[] = [];
    const out = new Pipe(limits, (frame) => ends[other]?.mux.receive(frame));
    const handlers = {
      send: (frame: Frame) => out.send(frame),
      incoming: (stream: Stream) => void arrived.push(stream),
      closed: (stream: Stream, error: NoRouterError | undefined) => void closed.push({ stream, error }),
    };
    return { mux: new Mux(self, limits, handlers, () => clock.now), arrived, closed, out };
  };
  const left = make(1, 1);
  const right = make(2, 0);
  ends.push(left, right);
  const settle = () => {
    for (let moved = true; moved; ) moved = [left.out.step(), right.out.step()].some(Boolean);
  };
  return { left, right, limits, clock, settle };
}

/** A consumer that keeps what it is told. */
export class Recorder implements StreamHandlers {
  readonly chunks: Uint8Array[] = [];
  readonly calls: string[] = [];
  error: NoRouterError | undefined;
  /** What `data` answers. */
  taking = true;

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get length(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  get ended(): boolean {
    return this.calls.includes("end");
  }

  accepted(): void {
    this.calls.push("accepted");
  }

  data(chunk: Uint8Array): boolean {
    if (this.calls.at(-1) !== "data") this.calls.push("data");
    this.chunks.push(chunk.slice());
    return this.taking;
  }

  end(): void {
    this.calls.push("end");
  }

  reset(error: NoRouterError): void {
    this.calls.push(`reset ${error.code}`);
    this.error = error;
  }

  drain(): void {
    this.calls.push("drain");
  }
}
