// What is true of a stream, of this engine or of another make, for those who wait for its end.

import type { EventEmitter } from "../events/emitter.ts";
import { Stream } from "./base.ts";
import * as bits from "./bits.ts";
import type { ReadableHalf, ReadState, WriteState } from "./halves.ts";

/** A stream of whatever make. */
export type AnyStream = EventEmitter & {
  readonly readable?: boolean;
  readonly writable?: boolean;
  readonly readableEnded?: boolean;
  readonly writableFinished?: boolean;
  readonly destroyed?: boolean;
  readonly closed?: boolean;
  readonly errored?: unknown;
  destroy?(error?: Error | null): unknown;
};

/** What {@link factsOf} tells. */
export interface StreamFacts {
  readonly hasReadable: boolean;
  readonly hasWritable: boolean;
  /** All was read, or there is nothing more to read. */
  readonly isReadOut: boolean;
  readonly isFinished: boolean;
  /** Undefined where there is no such half. */
  readonly isReadable: boolean | undefined;
  readonly isWritable: boolean | undefined;
  readonly isClosed: boolean;
  /** `close` is going to be emitted by itself. */
  readonly willClose: boolean;
  readonly hasFailed: boolean;
  readonly error: Error | undefined;
  /** Writers are still to be called. */
  readonly owesCalls: boolean;
}

/** Whether a value is a stream of any make. */
export function isStream(value: unknown): value is AnyStream {
  const { on, pipe, write } = (value ?? {}) as { on?: unknown; pipe?: unknown; write?: unknown };
  return typeof on === "function" && (typeof pipe === "function" || typeof write === "function");
}

/** The facts as they are now. */
export function factsOf(stream: AnyStream): StreamFacts {
  return stream instanceof Stream ? ownFacts(stream) : foreignFacts(stream);
}

function ownFacts(stream: Stream): StreamFacts {
  const state = stream._wState;
  const { _rState: reads = 0, _rLength: left = 0, _wLength: unwritten = 0 } = stream as Stream & Partial<ReadState & WriteState>;
  const isAlive = (state & bits.DESTROYED) === 0;
  const hasError = (state & bits.ERRORED) !== 0;
  const hasReadable = (state & bits.HAS_READABLE) !== 0 && (reads & bits.R_OFF) === 0;
  const hasWritable = (state & bits.HAS_WRITABLE) !== 0 && (state & bits.W_OFF) === 0;
  return {
    hasReadable,
    hasWritable,
    isReadOut: !hasError && ((reads & bits.R_END_EMITTED) !== 0 || ((reads & bits.R_ENDED) !== 0 && left === 0)),
    isFinished: (state & bits.W_FINISHED) !== 0 || (!hasError && (state & bits.W_ENDED) !== 0 && unwritten === 0),
    isReadable: state & bits.HAS_READABLE ? isAlive && hasReadable && (stream as ReadableHalf).readable : undefined,
    isWritable: state & bits.HAS_WRITABLE ? isAlive && hasWritable && (stream as AnyStream).writable === true : undefined,
    isClosed: (state & bits.CLOSED) !== 0,
    willClose: (state & (bits.AUTO_DESTROY | bits.EMITS_CLOSE | bits.CLOSED)) === (bits.AUTO_DESTROY | bits.EMITS_CLOSE),
    hasFailed: (state & bits.ERROR_EMITTED) !== 0,
    error: stream._sError as Error | undefined,
    owesCalls: (state & (bits.W_TICK | bits.W_WRITING | bits.W_FINISHING)) !== 0,
  };
}

function foreignFacts(stream: AnyStream): StreamFacts {
  const hasReadable = stream.readable !== undefined || stream.readableEnded !== undefined;
  const hasWritable = stream.writable !== undefined || stream.writableFinished !== undefined;
  return {
    hasReadable,
    hasWritable,
    isReadOut: stream.readableEnded === true,
    isFinished: stream.writableFinished === true,
    isReadable: stream.readable,
    isWritable: stream.writable,
    isClosed: stream.closed === true,
    willClose: false,
    hasFailed: false,
    error: stream.errored instanceof Error ? stream.errored : undefined,
    owesCalls: false,
  };
}
