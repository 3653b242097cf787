// Socket: a connection of TCP or of a Unix socket, or one end of a pipe. How bytes move is in reading.ts and writing.ts, how connections
// are made in connecting.ts.

import { shutdown } from "engine:host";
import { coded, systemError } from "../errors.ts";
import { BARE, type Done } from "../stream/base.ts";
import * as bits from "../stream/bits.ts";
import type { WrittenChunk } from "../stream/halves.ts";
import { getDefaultHighWaterMark } from "../stream/marks.ts";
import { refusalOf } from "../stream/writing.ts";
import { nextTick, tick } from "../ticks.ts";
import { setImmediate } from "../timers/timers.ts";
import { connectionReady, connectSocket, stopConnecting } from "./connecting.ts";
import { Endpoint } from "./endpoint.ts";
import type { Handle } from "./handle.ts";
import { applyOptions, type SocketOptions } from "./options.ts";
import { readReady, startReading, stopReading, updateInterest } from "./reading.ts";
import { cancelWriting, gather, writeMany, writeOne, writeReady, writeWaiting } from "./writing.ts";

const ENOTCONN = -107;
const ENOTSOCK = -88;
/** What the host says happened: writable; an error or a hang-up; anything but writable. */
const IS_WRITABLE = 2;
const IS_BROKEN = 4 | 8;
const IS_READABLE = 1 | 4 | 8 | 16;

const STATE = bits.AUTO_DESTROY | bits.EMITS_CLOSE | bits.HAS_READABLE | bits.HAS_WRITABLE | bits.W_TEXT | bits.W_BYTES;

/** What a connection knows of its server. */
interface ConnectionCounter {
  _connectionClosed(): void;
}

/** A connection. */
export class Socket extends Endpoint {
  /** The server that has accepted the connection. */
  declare server: ConnectionCounter | null;
  declare _server: ConnectionCounter | null;
  /** `_final` waits for the connection. */
  declare _finalWaiting: Done | undefined;

  constructor(options?: SocketOptions | number) {
    super(BARE);
    this._wState = STATE;
    this._rState = bits.R_SYNC;
    this._rMark = getDefaultHighWaterMark(false);
    this._wMark = this._rMark;
    if (options !== undefined) applyOptions(this, typeof options === "number" ? { fd: options } : options);
  }

  override _attach(handle: Handle, starts: boolean): void {
    this._handle = handle;
    handle.owner = this;
    if (!this._holds) handle.hold(false);
    if (starts) tick(startUnlessPaused, this as Socket);
  }

  _ready(what: number): void {
    if (this.connecting) {
      connectionReady(this);
      return;
    }
    if (what & IS_READABLE) readReady(this);
    if (what & (IS_WRITABLE | IS_BROKEN) && this._writing !== undefined) writeReady(this);
  }

  connect(...args: readonly unknown[]): this {
    connectSocket(this, args);
    return this;
  }

  override _connected(): void {
    this.connecting = false;
    this._connectFailed = undefined;
    stopConnecting(this);
    this._names = undefined;
    if (this._idle !== undefined) this._idle.refresh();
    this._tune();
    if (this._readInto !== undefined && this.isPaused()) this._reads = false;
    updateInterest(this);
    this.emit("connect");
    writeWaiting(this);
    const final = this._finalWaiting;
    this._finalWaiting = undefined;
    if (final !== undefined) this._final(final);
    if (this._events?.ready !== undefined) this.emit("ready");
    if (!this.isPaused()) this.read(0);
  }

  override _read(): void {
    startReading(this);
  }

  override _write(chunk: unknown, encoding: string, done: Done): void {
    writeOne(this, chunk as Uint8Array | string, encoding, done);
  }

  override _writev(chunks: readonly WrittenChunk[], done: Done): void {
    writeMany(this, chunks, done);
  }

  override _wGather(): boolean {
    return gather(this);
  }

  override _refusal(): Error {
    const isEnded =
      (this._rState & (bits.R_END_EMITTED | bits.R_OFF)) === bits.R_END_EMITTED && (this._wState & bits.W_ENDED) !== 0;
    return isEnded && !this.allowHalfOpen ? coded("EPIPE", "This socket has been ended by the other party") : refusalOf(this);
  }

  override _final(done: Done): void {
    if (this.connecting) {
      this._finalWaiting = done;
      return;
    }
    const failed = this._handle === null ? 0 : shutdown(this._handle.fd);
    const isDone = failed === 0 || failed === ENOTCONN || failed === ENOTSOCK;
    nextTick(done, isDone ? null : systemError(failed, "shutdown")); // a write in between is an error, and there is no `finish`
  }

  override _destroy(error: Error | null, done: Done): void {
    const wasConnecting = this.connecting;
    this.connecting = false;
    this._closes = wasConnecting;
    if (wasConnecting) stopConnecting(this);
    if (this._idle !== undefined) this._setIdle(undefined);
    if (error) this._hadError = true;
    const cancel = cancelWriting(this, wasConnecting);
    const handle = this._handle;
    if (handle !== null) {
      this._handle = null;
      this._closes = true;
      if (this._resets) handle.reset();
      else handle.close();
    }
    done(error);
    if (cancel !== undefined) tick(cancel, undefined); // behind the error, before the end
    tick(closeSoon, this as Socket);
    if (this._server) this._server._connectionClosed();
  }

  /** `_destroy` sees to it, also where a listener for `error` throws. */
  override _emitClose(): void {}

  override pause(): this {
    if (this._readInto !== undefined && !this.connecting) stopReading(this);
    return super.pause();
  }

  override resume(): this {
    if (this._readInto !== undefined) readAgain(this);
    return super.resume();
  }

  override read(size?: number): unknown {
    if (this._readInto !== undefined) readAgain(this);
    return super.read(size);
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  resetAndDestroy(): this {
    const handle = this._handle;
    if (handle === null && !this.connecting) return this.destroy(coded("ERR_SOCKET_CLOSED", "Socket is closed"));
    if (handle !== null && !handle.isTcp) throw coded("ERR_INVALID_HANDLE_TYPE", "This handle type cannot be sent", TypeError);
    if (this.connecting) return this.once("connect", () => this.resetAndDestroy());
    this._resets = true;
    return this.destroy();
  }
}

Object.assign(Socket.prototype, {
  server: null,
  _server: null,
  _finalWaiting: undefined,
  _wOwnWritev: Socket.prototype._writev,
});

/** As in Node, the end of a descriptor is told when this turn of the loop is over: who waits for `error` can wait for `close` then. */
function closeSoon(self: Socket): void {
  if (self._closes) setImmediate(tellClosed, self);
  else self.emit("close");
}

function tellClosed(self: Socket): void {
  self.emit("close", self._hadError);
}

/** A new socket reads until its buffer is full, whether somebody listens or not: so it learns of the end. */
function startUnlessPaused(self: Socket): void {
  if (self._handle !== null && !self.isPaused() && !self.destroyed) self.read(0);
}

/** Reads with `onread` stop with `pause` alone. */
function readAgain(self: Socket): void {
  if (!self.connecting && self._handle !== null && !self._reads && !(self._rState & bits.R_ENDED)) startReading(self);
}
