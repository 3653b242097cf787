// The two halves of a stream as the functions that move its chunks know them: the state, and the methods that they call. The classes
// are in readable.ts and writable.ts.

import type { EventEmitter } from "../events/emitter.ts";
import type { StringDecoder } from "../string_decoder.ts";
import type { Done, Stream } from "./base.ts";
import type { Chunks } from "./chunks.ts";

/** Where a pipe may lead. */
export interface PipeTarget extends EventEmitter {
  write(chunk: unknown): unknown;
  end(): unknown;
  readonly writableNeedDrain?: boolean;
}

/** The pipes of one source. */
export interface Pipes {
  /** One may be there several times. */
  readonly all: PipeTarget[];
  /** Those that have asked for a pause. */
  readonly full: Set<PipeTarget>;
}

/** A chunk as `_writev` gets it. */
export interface WrittenChunk {
  readonly chunk: unknown;
  readonly encoding: string;
}

/** The state of a readable half. */
export interface ReadState {
  /** Bits of bits.ts. */
  _rState: number;
  _rMark: number;
  _rLength: number;
  _rQueue: Chunks | undefined;
  _rDecoder: StringDecoder | undefined;
  _rEncoding: string | undefined;
  _rPipes: Pipes | undefined;
}

/** A stream that is read from. */
export interface ReadableHalf extends Stream, ReadState {
  readonly readable: boolean;
  readonly readableEnded: boolean;
  readonly readableFlowing: boolean | null;
  _read(size: number): void;
  read(size?: number): unknown;
  resume(): unknown;
  pause(): unknown;
  unpipe(to?: PipeTarget): unknown;
}

/** The state of a writable half; its bits are in `_wState`, with those of the whole stream. */
export interface WriteState {
  _wMark: number;
  /** Bytes, characters or objects that are written, but not taken. */
  _wLength: number;
  _wCorked: number;
  _wEncoding: string;
  /** What waits: chunks, their encodings where one is text, and whom to call. The first ones up to `_wHead` are done. */
  _wChunks: unknown[] | undefined;
  _wEncodings: (string | null | undefined)[] | undefined;
  _wCalls: (Done | undefined)[] | undefined;
  _wHead: number;
  /** What is being written: its size, and whom to call. */
  _wSize: number;
  _wCall: Done | readonly (Done | undefined)[] | undefined;
  /** Passed to `_write`. */
  _wWritten: Done | undefined;
  /** Whom to call in the next tick. */
  _wCallsDue: Done[] | undefined;
  /** Whom to call when the stream is finished. */
  _wFinishCalls: Done[] | undefined;
  /** The `_writev` of the prototype: as long as it is the stream's, `_wGather` may do the same. */
  _wOwnWritev: WritableHalf["_writev"];
}

/** A stream that is written to. */
export interface WritableHalf extends Stream, WriteState {
  readonly writable: boolean;
  readonly writableEnded: boolean;
  _write(chunk: unknown, encoding: string, done: Done): void;
  _writev?(chunks: readonly WrittenChunk[], done: Done): void;
  _final?(done: Done): void;
  /** Writes what waits without a list for `_writev`; false: not now. */
  _wGather?(): boolean;
  /** Why nothing can be written any more. */
  _refusal(): Error;
  uncork(): void;
  end(): unknown;
}

/** A stream with both halves. */
export interface BothHalves extends ReadableHalf, WritableHalf {
  /** Whether the writable half stays open when the readable one has ended. */
  readonly allowHalfOpen: boolean;
}
