// Writable: a stream that is written to. How chunks move is in writing.ts.

import { coded } from "../errors.ts";
import { type Done, finishMaking, Stream, type StreamOptions, stateOf, whenConstructed } from "./base.ts";
import * as bits from "./bits.ts";
import { end, refusePipe } from "./ending.ts";
import type { WritableHalf, WriteState, WrittenChunk } from "./halves.ts";
import { markOf } from "./marks.ts";
import { listWaiting } from "./waiting.ts";
import * as writing from "./writing.ts";

type Write = (chunk: never, encoding: string, done: Done) => void;
type WriteMany = (chunks: readonly WrittenChunk[], done: Done) => void;

/** Options of a Writable, and of the writable half of a Duplex. */
export interface WritableOptions extends StreamOptions {
  readonly highWaterMark?: number | undefined;
  readonly writableHighWaterMark?: number | undefined;
  readonly objectMode?: boolean | undefined;
  readonly writableObjectMode?: boolean | undefined;
  readonly decodeStrings?: boolean | undefined;
  readonly defaultEncoding?: string | undefined;
  readonly writable?: boolean | undefined;
  readonly write?: Write | undefined;
  readonly writev?: WriteMany | undefined;
  readonly final?: ((done: Done) => void) | undefined;
}

/** Stream, whose heir gets the fields of a writable half. */
const Base = Stream as unknown as new () => Stream & WriteState;

/** A stream that is written to. */
export class Writable extends Base implements WritableHalf {
  _writev?(chunks: readonly WrittenChunk[], done: Done): void;
  _final?(done: Done): void;
  _wGather?(): boolean;

  constructor(options?: WritableOptions) {
    super();
    setUpWritable(this, options);
  }

  _write(chunk: unknown, encoding: string, done: Done): void {
    if (this._writev) this._writev([{ chunk, encoding }], done);
    else throw coded("ERR_METHOD_NOT_IMPLEMENTED", "The _write() method is not implemented");
  }

  /** Writes a chunk; false: a pause is wanted until `drain`. */
  write(chunk: unknown, encoding?: string | Done | null, done?: Done): boolean {
    if (typeof encoding === "function") return writing.write(this, chunk, null, encoding);
    return writing.write(this, chunk, encoding, done);
  }

  /** Writes a last chunk, if there is one, and finishes. */
  end(chunk?: unknown, encoding?: string | Done | null, done?: Done): this {
    if (typeof chunk === "function") end(this, null, null, chunk as Done);
    else if (typeof encoding === "function") end(this, chunk, null, encoding);
    else end(this, chunk, encoding, done);
    return this;
  }

  cork(): void {
    this._wCorked += 1;
  }

  uncork(): void {
    if (this._wCorked === 0) return;
    this._wCorked -= 1;
    if (!(this._wState & bits.W_WRITING)) writing.flush(this);
  }

  setDefaultEncoding(encoding: string): this {
    this._wEncoding = writing.checkedEncoding(encoding);
    return this;
  }

  override pipe(_to: unknown, _options?: unknown): unknown {
    refusePipe(this);
    return undefined;
  }

  _refusal(): Error {
    return writing.refusalOf(this);
  }

  override _giveUp(): void {
    writing.giveUp(this);
  }

  get writable(): boolean {
    return (this._wState & (bits.W_OFF | bits.W_ENDED | bits.DESTROYED | bits.ERRORED)) === 0;
  }

  set writable(value: boolean) {
    if (value) this._wState &= ~bits.W_OFF;
    else this._wState |= bits.W_OFF;
  }

  get writableEnded(): boolean {
    return (this._wState & bits.W_ENDED) !== 0;
  }

  get writableFinished(): boolean {
    return (this._wState & bits.W_FINISHED) !== 0;
  }

  get writableNeedDrain(): boolean {
    return (this._wState & (bits.W_NEEDS_DRAIN | bits.W_ENDED | bits.DESTROYED)) === bits.W_NEEDS_DRAIN;
  }

  get writableAborted(): boolean {
    const broken = this._wState & (bits.DESTROYED | bits.ERRORED);
    return broken !== 0 && (this._wState & (bits.W_OFF | bits.W_FINISHED)) === 0;
  }

  get writableLength(): number {
    return this._wLength;
  }

  get writableHighWaterMark(): number {
    return this._wMark;
  }

  get writableObjectMode(): boolean {
    return (this._wState & bits.W_OBJECTS) !== 0;
  }

  get writableCorked(): number {
    return this._wCorked;
  }

  get writableBuffer(): WrittenChunk[] {
    return listWaiting(this);
  }
}

const inherits = Function.prototype[Symbol.hasInstance];
/** Whatever is written to counts as a Writable, a Duplex too, which does not inherit from that class. */
Object.defineProperty(Writable, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    if (inherits.call(this as typeof Writable, value)) return true;
    const isThis = (this as typeof Writable).prototype === Writable.prototype;
    return isThis && value instanceof Stream && (value._wState & bits.HAS_WRITABLE) !== 0;
  },
});

// On the prototype, so that what a stream never has is not stored with it.
Object.assign(Writable.prototype, {
  _wLength: 0,
  _wCorked: 0,
  _wEncoding: "utf8",
  _wChunks: undefined,
  _wEncodings: undefined,
  _wCalls: undefined,
  _wHead: 0,
  _wSize: 0,
  _wCall: undefined,
  _wWritten: undefined,
  _wCallsDue: undefined,
  _wFinishCalls: undefined,
  _wGather: undefined,
  _wOwnWritev: undefined,
});

/** Makes a Writable of a new object. */
export function setUpWritable(self: Writable, options?: WritableOptions): void {
  self._wState = stateOf(options) | bits.HAS_WRITABLE;
  makeWritable(self, options);
  finishMaking(self, options);
  if (self._wState & bits.CONSTRUCTING) whenConstructed(self, () => writing.goOn(self));
}

/** Sets up the writable half; its bits are added to those that are there. */
export function makeWritable(self: Writable, options: WritableOptions | undefined): void {
  const isObjects = options?.objectMode || options?.writableObjectMode;
  if (isObjects) self._wState |= bits.W_OBJECTS;
  self._wMark = markOf(options?.highWaterMark, options?.writableHighWaterMark, "writableHighWaterMark", isObjects === true);
  if (options === undefined) return;
  if (options.decodeStrings === false) self._wState |= bits.W_TEXT;
  if (options.writable === false) self._wState |= bits.W_OFF | bits.W_ENDED | bits.W_FINISHED;
  if (options.defaultEncoding) self._wEncoding = writing.checkedEncoding(options.defaultEncoding);
  if (typeof options.write === "function") self._write = options.write as Writable["_write"];
  if (typeof options.writev === "function") self._writev = options.writev;
  if (typeof options.final === "function") self._final = options.final;
}
