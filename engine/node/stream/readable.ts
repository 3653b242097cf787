// Readable: a stream that is read from. How chunks move is in reading.ts and flowing.ts, pipes are in pipe.ts.

import { coded } from "../errors.ts";
import { addListener, type EventName, type Listener, removeAllListeners, removeListener } from "../events/emitter.ts";
import { StringDecoder } from "../string_decoder.ts";
import { tick } from "../ticks.ts";
import { BARE, type Done, finishMaking, Stream, type StreamOptions, stateOf, whenConstructed } from "./base.ts";
import * as bits from "./bits.ts";
import * as flowing from "./flowing.ts";
import type { PipeTarget, ReadableHalf, ReadState } from "./halves.ts";
import { type IteratorOptions, iterate } from "./iterate.ts";
import { markOf } from "./marks.ts";
import { type PipeOptions, pipe, unpipe } from "./pipe.ts";
import * as reading from "./reading.ts";

/** Options of a Readable, and of the readable half of a Duplex. */
export interface ReadableOptions extends StreamOptions {
  readonly highWaterMark?: number | undefined;
  readonly readableHighWaterMark?: number | undefined;
  readonly objectMode?: boolean | undefined;
  readonly readableObjectMode?: boolean | undefined;
  readonly encoding?: string | undefined;
  readonly defaultEncoding?: string | undefined;
  readonly readable?: boolean | undefined;
  readonly read?: ((this: Readable, size: number) => void) | undefined;
}

/** Stream, whose heir gets the fields of a readable half. */
const Base = Stream as unknown as new () => Stream & ReadState;

/** A stream that is read from. */
export class Readable extends Base implements ReadableHalf {
  constructor(options?: ReadableOptions | typeof BARE) {
    super();
    if (options !== BARE) setUpReadable(this, options);
  }

  _read(_size: number): void {
    throw coded("ERR_METHOD_NOT_IMPLEMENTED", "The _read() method is not implemented");
  }

  /** Gives what was read, `null` at the end; false: no more is wanted for now. */
  push(chunk: unknown, encoding?: string): boolean {
    return reading.add(this, chunk, encoding, false);
  }

  unshift(chunk: unknown, encoding?: string): boolean {
    return reading.add(this, chunk, encoding, true);
  }

  read(size?: number): unknown {
    return reading.read(this, size);
  }

  override on(name: EventName, listener: Listener): this {
    addListener(this, name, listener, false);
    if (name === "data") flowing.flowUnlessStopped(this);
    else if (name === "readable") flowing.tellWhenReadable(this);
    return this;
  }

  override removeListener(name: EventName, listener: Listener): this {
    removeListener(this, name, listener);
    if (name === "readable") tick(flowing.lookWhoListens, this as Readable);
    return this;
  }

  override removeAllListeners(name?: EventName): this {
    removeAllListeners(this, name);
    if (name === "readable" || name === undefined) tick(flowing.lookWhoListens, this as Readable);
    return this;
  }

  resume(): this {
    flowing.resume(this);
    return this;
  }

  pause(): this {
    flowing.pause(this);
    return this;
  }

  isPaused(): boolean {
    return (this._rState & (bits.R_PAUSED | bits.R_STOPPED)) !== 0;
  }

  setEncoding(encoding?: string): this {
    reading.decode(this, new StringDecoder(encoding));
    return this;
  }

  override pipe<T extends PipeTarget>(to: T, options?: PipeOptions): T {
    return pipe(this, to, options);
  }

  unpipe(to?: PipeTarget): this {
    unpipe(this, to);
    return this;
  }

  iterator(options?: IteratorOptions): AsyncIterableIterator<unknown> {
    return iterate(this, options);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<unknown> {
    return iterate(this);
  }

  override _destroy(error: Error | null, done: Done): void {
    done(error);
  }

  get readable(): boolean {
    const gone = this._wState & (bits.DESTROYED | bits.ERROR_EMITTED);
    return gone === 0 && (this._rState & (bits.R_OFF | bits.R_END_EMITTED)) === 0;
  }

  set readable(value: boolean) {
    if (value) this._rState &= ~bits.R_OFF;
    else this._rState |= bits.R_OFF;
  }

  get readableFlowing(): boolean | null {
    if (this._rState & bits.R_FLOWING) return true;
    return this._rState & bits.R_STOPPED ? false : null;
  }

  set readableFlowing(value: boolean | null) {
    flowing.setFlowing(this, value);
  }

  get readableEnded(): boolean {
    return (this._rState & bits.R_END_EMITTED) !== 0;
  }

  get readableAborted(): boolean {
    const broken = this._wState & (bits.DESTROYED | bits.ERRORED);
    return broken !== 0 && (this._rState & (bits.R_OFF | bits.R_END_EMITTED)) === 0;
  }

  get readableDidRead(): boolean {
    return (this._rState & bits.R_USED) !== 0;
  }

  get readableLength(): number {
    return this._rLength;
  }

  get readableHighWaterMark(): number {
    return this._rMark;
  }

  get readableObjectMode(): boolean {
    return (this._rState & bits.R_OBJECTS) !== 0;
  }

  get readableEncoding(): string | null {
    return this._rDecoder?.encoding ?? null;
  }

  get readableBuffer(): unknown[] {
    return this._rQueue?.list() ?? [];
  }
}

// On the prototype, so that what a stream never has is not stored with it.
Readable.prototype._rState = 0;
Readable.prototype._rLength = 0;
Readable.prototype._rQueue = undefined;
Readable.prototype._rDecoder = undefined;
Readable.prototype._rEncoding = undefined;
Readable.prototype._rPipes = undefined;
// Other names of the same.
Readable.prototype.addListener = Readable.prototype.on;
Readable.prototype.off = Readable.prototype.removeListener;

/** Makes a Readable of a new object. */
export function setUpReadable(self: Readable, options?: ReadableOptions): void {
  self._wState = stateOf(options) | bits.HAS_READABLE;
  makeReadable(self, options);
  finishMaking(self, options);
  if (self._wState & bits.CONSTRUCTING) whenConstructed(self, () => reading.readIfNeeded(self));
}

/** Sets up the readable half. */
export function makeReadable(self: Readable, options: ReadableOptions | undefined): void {
  const isObjects = options?.objectMode || options?.readableObjectMode;
  self._rState =
    bits.R_SYNC |
    (isObjects ? bits.R_OBJECTS : 0) |
    (options?.readable === false ? bits.R_OFF | bits.R_ENDED | bits.R_END_EMITTED : 0);
  self._rMark = markOf(options?.highWaterMark, options?.readableHighWaterMark, "readableHighWaterMark", isObjects === true);
  if (options === undefined) return;
  if (options.encoding) self._rDecoder = new StringDecoder(options.encoding);
  if (options.defaultEncoding) self._rEncoding = options.defaultEncoding;
  if (typeof options.read === "function") self._read = options.read;
}
