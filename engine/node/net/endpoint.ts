// The state of a connection, and what can be asked of it and set for it: names, counts, timeouts, options of TCP.

import { clearTimer, localName, remoteName, type SocketName, setKeepAlive, setNoDelay, setTimer, type Timer } from "engine:host";
import { byteLength } from "../buffer/make.ts";
import { checkFunction, outOfRange } from "../errors.ts";
import type { Done } from "../stream/base.ts";
import * as bits from "../stream/bits.ts";
import { Duplex } from "../stream/duplex.ts";
import { listWaiting } from "../stream/waiting.ts";
import type { Handle } from "./handle.ts";

const LONGEST_MS = 2 ** 31 - 1;

/** An address as `address()` gives it. */
export interface AddressInfo {
  readonly address: string;
  readonly family: string;
  readonly port: number;
}

/** Parts of a write that are on their way. */
export interface Writing {
  readonly parts: (Uint8Array | undefined)[];
  /** The first one that is not written, and where in it to go on. */
  first: number;
  from: number;
  readonly done: Done;
}

/** The part of a Socket that moves no bytes, and the state of what does. */
export abstract class Endpoint extends Duplex {
  declare connecting: boolean;
  declare _handle: Handle | null;
  declare timeout: number | undefined;
  declare _bytesRead: number;
  /** Bytes that were handed to the system, or are on their way. */
  declare _bytesWritten: number;
  declare _idle: Timer | undefined;
  declare _noDelay: boolean;
  /** Seconds; undefined while it is off. */
  declare _keepAlive: number | undefined;
  declare _holds: boolean;
  declare _names: { local?: SocketName | undefined; remote?: SocketName | undefined } | undefined;
  declare autoSelectFamilyAttemptedAddresses: string[] | undefined;
  /** Reading is wanted. */
  declare _reads: boolean;
  /** Where reads go, and who is told, instead of listeners to `data`. */
  declare _readInto: (() => Uint8Array) | undefined;
  declare _readDone: ((count: number, buffer: Uint8Array) => boolean | undefined) | undefined;
  declare _writing: Writing | undefined;
  declare _resets: boolean;
  declare _hadError: boolean;
  /** There was a descriptor. */
  declare _closes: boolean;
  /** Gets the error of an attempt to connect. */
  declare _connectFailed: ((errno: number) => void) | undefined;
  /** Gives up what is under way to make a connection, where that is more than the descriptor. */
  declare _stopConnecting: (() => void) | undefined;

  /** Takes a descriptor. What is read of it flows from the next tick on, unless somebody pauses before. */
  abstract _attach(handle: Handle, starts: boolean): void;

  /** There is a connection. */
  abstract _connected(): void;

  setTimeout(ms: number, callback?: () => void): this {
    if (this._wState & bits.DESTROYED) return this;
    if (typeof ms !== "number" || !(ms >= 0 && ms < Number.POSITIVE_INFINITY))
      throw outOfRange("msecs", "a non-negative finite number", ms);
    if (callback !== undefined) checkFunction(callback, "callback");
    this.timeout = ms;
    this._setIdle(ms === 0 ? undefined : setTimer(() => this._onTimeout(), Math.min(Math.max(ms, 1), LONGEST_MS), false));
    if (callback !== undefined && ms === 0) this.off("timeout", callback);
    else if (callback !== undefined) this.once("timeout", callback);
    return this;
  }

  _setIdle(timer: Timer | undefined): void {
    if (this._idle !== undefined) clearTimer(this._idle);
    this._idle = timer?.unref();
  }

  _onTimeout(): void {
    this.emit("timeout");
  }

  setNoDelay(on?: boolean): this {
    const wanted = on === undefined || Boolean(on);
    if (wanted === this._noDelay) return this;
    this._noDelay = wanted;
    this._tune();
    return this;
  }

  setKeepAlive(on = false, initialDelayMs = 0): this {
    const wanted = on ? Math.trunc(Number(initialDelayMs) / 1000) || 0 : undefined;
    if (wanted === this._keepAlive) return this;
    this._keepAlive = wanted;
    this._tune();
    return this;
  }

  /** Passes the options of TCP on, once there is a connection. */
  _tune(): void {
    const handle = this._handle;
    if (handle === null || !handle.isTcp || this.connecting) return;
    if (this._noDelay !== handle.noDelay) {
      handle.noDelay = this._noDelay;
      setNoDelay(handle.fd, this._noDelay);
    }
    if (this._keepAlive === handle.keepAlive) return;
    handle.keepAlive = this._keepAlive;
    setKeepAlive(handle.fd, this._keepAlive !== undefined, this._keepAlive ?? 0);
  }

  ref(): this {
    this._holds = true;
    this._handle?.hold(true);
    return this;
  }

  unref(): this {
    this._holds = false;
    this._handle?.hold(false);
    return this;
  }

  address(): AddressInfo | Record<string, never> {
    const name = this._localName();
    return name ? { address: name[0], family: `IPv${name[2]}`, port: name[1] } : {};
  }

  _localName(): SocketName | undefined {
    if (!this._handle?.isTcp) return undefined;
    this._names ??= {};
    this._names.local ??= localName(this._handle.fd);
    return this._names.local;
  }

  /** Remembered once it was asked for. */
  _remoteName(): SocketName | undefined {
    if (this._names?.remote !== undefined || !this._handle?.isTcp || this.connecting) return this._names?.remote;
    this._names ??= {};
    this._names.remote = remoteName(this._handle.fd);
    return this._names.remote;
  }

  get remoteAddress(): string | undefined {
    return this._remoteName()?.[0];
  }

  get remotePort(): number | undefined {
    return this._remoteName()?.[1];
  }

  get remoteFamily(): string | undefined {
    const name = this._remoteName();
    return name && `IPv${name[2]}`;
  }

  get localAddress(): string | undefined {
    return this._localName()?.[0];
  }

  get localPort(): number | undefined {
    return this._localName()?.[1];
  }

  get localFamily(): string | undefined {
    const name = this._localName();
    return name && `IPv${name[2]}`;
  }

  get bytesRead(): number {
    return this._bytesRead;
  }

  get bytesWritten(): number {
    let sum = this._bytesWritten;
    for (const { chunk, encoding } of listWaiting(this)) sum += byteLength(chunk as string | Uint8Array, encoding);
    return sum;
  }

  get bufferSize(): number | undefined {
    return this._handle === null ? undefined : this.writableLength;
  }

  get pending(): boolean {
    return this._handle === null || this.connecting;
  }

  get readyState(): string {
    if (this.connecting) return "opening";
    if (this.readable) return this.writable ? "open" : "readOnly";
    return this.writable ? "writeOnly" : "closed";
  }
}
Object.assign(Endpoint.prototype, {
  allowHalfOpen: false,
  connecting: false,
  _handle: null,
  timeout: undefined,
  _bytesRead: 0,
  _bytesWritten: 0,
  _idle: undefined,
  _noDelay: false,
  _keepAlive: undefined,
  _holds: true,
  _names: undefined,
  autoSelectFamilyAttemptedAddresses: undefined,
  _reads: false,
  _readInto: undefined,
  _readDone: undefined,
  _writing: undefined,
  _resets: false,
  _hadError: false,
  _closes: false,
  _connectFailed: undefined,
  _stopConnecting: undefined,
});
