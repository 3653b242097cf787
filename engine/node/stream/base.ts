// What readable and writable streams share: how they are destroyed, and what follows from errors.

import { AbortError, checkSignal, coded, unsupported } from "../errors.ts";
import { EventEmitter } from "../events/emitter.ts";
import { nextTick, tick } from "../ticks.ts";
import * as bits from "./bits.ts";

/** Called when something is done, or has failed. */
export type Done = (error?: Error | null) => void;

/** Instead of options: the caller, an heir of this file's classes, sets the stream up itself. */
export const BARE: unique symbol = Symbol("bare");

/** Options of every stream. */
export interface StreamOptions {
  readonly autoDestroy?: boolean | undefined;
  readonly emitClose?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly construct?: ((done: Done) => void) | undefined;
  readonly destroy?: ((error: Error | null, done: Done) => void) | undefined;
}

/** Emitted when a stream whose `_construct` has called back may go on; names of events that nobody else knows. */
const CONSTRUCTED = Symbol("constructed");

/** The base of all streams, and the class that `require("stream")` gives. */
export class Stream extends EventEmitter {
  /** Bits of bits.ts: both halves together, and the writable one. */
  declare _wState: number;
  /** The first error. */
  declare _sError: unknown;
  _construct?(done: Done): void;

  get destroyed(): boolean {
    return (this._wState & bits.DESTROYED) !== 0;
  }

  set destroyed(value: boolean) {
    if (value) this._wState |= bits.DESTROYED;
    else this._wState &= ~bits.DESTROYED;
  }

  get closed(): boolean {
    return (this._wState & bits.CLOSED) !== 0;
  }

  get errored(): unknown {
    return this._sError ?? null;
  }

  /** Gives up what is under way; `error` and `close` follow. */
  destroy(error?: Error | null, done?: Done): this {
    const state = this._wState;
    if (state & bits.DESTROYED) {
      done?.();
      return this;
    }
    noteError(this, error);
    this._wState |= bits.DESTROYED;
    this._giveUp();
    if (state & bits.CONSTRUCTING) this.once(CONSTRUCTED, (failed?: Error) => destroyNow(this, failed ?? error, done));
    else destroyNow(this, error, done);
    return this;
  }

  /** Frees what the stream holds. */
  _destroy(error: Error | null, done: Done): void {
    done(error);
  }

  /** Tells those who wait for something that will not come any more. */
  _giveUp(): void {}

  _emitClose(): void {
    this.emit("close");
  }

  /** The pipe of the streams of old, which nothing of this engine has. */
  pipe(_to: unknown, _options?: unknown): unknown {
    throw unsupported("pipe of a Stream that is no Readable");
  }

  [Symbol.asyncDispose](): Promise<void> {
    const error = this._wState & (bits.DESTROYED | bits.CLOSED) ? undefined : new AbortError();
    if (error) this.destroy(error);
    return new Promise((resolve, reject) => {
      const settle = () => (this._sError && this._sError !== error ? reject(this._sError) : resolve());
      if (this._wState & bits.CLOSE_EMITTED) return settle();
      this.on("error", () => undefined);
      this.once("close", settle);
    });
  }
}

Stream.prototype._wState = bits.AUTO_DESTROY | bits.EMITS_CLOSE;
Stream.prototype._sError = undefined;

/** The bits for the options that all streams have. */
export function stateOf(options: StreamOptions | undefined): number {
  if (options === undefined) return bits.AUTO_DESTROY | bits.EMITS_CLOSE;
  return (options.autoDestroy === false ? 0 : bits.AUTO_DESTROY) | (options.emitClose === false ? 0 : bits.EMITS_CLOSE);
}

/** Does what is left of a constructor once both halves are there. */
export function finishMaking(self: Stream, options: StreamOptions | undefined): void {
  if (options !== undefined) {
    if (typeof options.destroy === "function") self._destroy = options.destroy;
    if (typeof options.construct === "function") self._construct = options.construct;
    if (options.signal) destroyOnAbort(self, options.signal);
  }
  if (typeof self._construct === "function") {
    self._wState |= bits.CONSTRUCTING;
    tick(construct, self);
  }
}

/** Destroys a stream when a signal is aborted. */
export function destroyOnAbort(self: Stream, signal: AbortSignal): void {
  checkSignal(signal, "signal");
  const abort = () => void self.destroy(new AbortError(undefined, { cause: signal.reason }));
  if (signal.aborted) {
    abort();
    return;
  }
  signal.addEventListener("abort", abort);
  self.once("close", () => signal.removeEventListener("abort", abort));
}

function construct(self: Stream): void {
  let called = false;
  const done: Done = (error) => {
    if (called) return failWith(self, coded("ERR_MULTIPLE_CALLBACK", "Callback called multiple times"), true);
    called = true;
    self._wState &= ~bits.CONSTRUCTING;
    if (self._wState & bits.DESTROYED) self.emit(CONSTRUCTED, error);
    else if (error) failWith(self, error, true);
    else tick(emitConstructed, self);
  };
  try {
    self._construct?.((error) => nextTick(done, error));
  } catch (thrown) {
    nextTick(done, thrown);
  }
}

function emitConstructed(self: Stream): void {
  self.emit(CONSTRUCTED);
}

/** Calls `go` once a stream is constructed. */
export function whenConstructed(self: Stream, go: () => void): void {
  self.once(CONSTRUCTED, (error?: Error) => error || go());
}

function destroyNow(self: Stream, error: Error | null | undefined, done: Done | undefined): void {
  let called = false;
  const destroyed: Done = (failed) => {
    if (called) return;
    called = true;
    noteError(self, failed);
    self._wState |= bits.CLOSED;
    done?.(failed);
    if (failed) nextTick(emitErrorAndClose, self, failed);
    else tick(emitClose, self);
  };
  try {
    self._destroy(error ?? null, destroyed);
  } catch (thrown) {
    destroyed(thrown as Error);
  }
}

function emitErrorAndClose(self: Stream, error: Error): void {
  emitError(self, error);
  emitClose(self);
}

function emitClose(self: Stream): void {
  self._wState |= bits.CLOSE_EMITTED;
  if (self._wState & bits.EMITS_CLOSE) self._emitClose();
}

function emitError(self: Stream, error: unknown): void {
  if (self._wState & bits.ERROR_EMITTED) return;
  self._wState |= bits.ERROR_EMITTED;
  self.emit("error", error);
}

/** Keeps the first error of a stream. */
export function noteError(self: Stream, error: unknown): void {
  if (!error || self._wState & bits.ERRORED) return;
  self._wState |= bits.ERRORED;
  self._sError = error;
}

/**
 * Destroys a stream because of an error, or only tells of it where the stream wants that.
 * @param later Whoever called is not to be interrupted by listeners.
 */
export function failWith(self: Stream, error: unknown, later = false): void {
  if (self._wState & bits.DESTROYED) return;
  if (self._wState & bits.AUTO_DESTROY) return void self.destroy(error as Error);
  noteError(self, error);
  if (later) nextTick(emitError, self, error);
  else emitError(self, error);
}
