// Options of a new Socket.

import { fstat, setNonBlocking } from "engine:host";
import { coded, invalidArgValue, systemError, unsupported } from "../errors.ts";
import { destroyOnAbort } from "../stream/base.ts";
import * as bits from "../stream/bits.ts";
import { setFlowing } from "../stream/flowing.ts";
import { markOf } from "../stream/marks.ts";
import type { Endpoint } from "./endpoint.ts";
import { Handle, isTcpSocket } from "./handle.ts";

/** Reads without chunks: into one's own memory. */
export interface OnRead {
  readonly buffer: Uint8Array | (() => Uint8Array);
  readonly callback: (count: number, buffer: Uint8Array) => boolean | undefined;
}

/** Options of a Socket. */
export interface SocketOptions {
  readonly fd?: number | undefined;
  readonly handle?: Handle | undefined;
  readonly allowHalfOpen?: boolean | undefined;
  readonly readable?: boolean | undefined;
  readonly writable?: boolean | undefined;
  readonly onread?: OnRead | null | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | undefined;
  readonly keepAliveInitialDelay?: number | undefined;
  readonly pauseOnCreate?: boolean | undefined;
  readonly manualStart?: boolean | undefined;
  readonly highWaterMark?: number | undefined;
  readonly readableHighWaterMark?: number | undefined;
  readonly writableHighWaterMark?: number | undefined;
  readonly objectMode?: boolean | undefined;
  readonly readableObjectMode?: boolean | undefined;
  readonly writableObjectMode?: boolean | undefined;
  readonly blockList?: unknown;
}

/** Sets a new socket up. @throws CodedError for what no socket can be made of */
export function applyOptions(self: Endpoint, options: SocketOptions): void {
  checkOptions(options);
  if (options.allowHalfOpen) self.allowHalfOpen = true;
  if (options.readable === false) self._rState |= bits.R_OFF | bits.R_ENDED | bits.R_END_EMITTED;
  if (options.writable === false) self._wState |= bits.W_OFF | bits.W_ENDED | bits.W_FINISHED;
  if (options.onread) readInto(self, options.onread);
  if (options.noDelay) self._noDelay = true;
  if (options.keepAlive) self._keepAlive = Math.trunc(Number(options.keepAliveInitialDelay) / 1000) || 0;
  if (options.highWaterMark !== undefined || options.readableHighWaterMark !== undefined)
    self._rMark = markOf(options.highWaterMark, options.readableHighWaterMark, "readableHighWaterMark", false);
  if (options.highWaterMark !== undefined || options.writableHighWaterMark !== undefined)
    self._wMark = markOf(options.highWaterMark, options.writableHighWaterMark, "writableHighWaterMark", false);
  const handle = options.handle ?? (options.fd === undefined ? undefined : handleOf(options.fd));
  if (handle !== undefined) {
    if (options.pauseOnCreate) setFlowing(self, false);
    self._attach(handle, options.readable !== false && !options.pauseOnCreate && !options.manualStart);
  }
  if (options.signal) destroyOnAbort(self, options.signal);
}

function checkOptions(options: SocketOptions): void {
  for (const name of ["objectMode", "readableObjectMode", "writableObjectMode"] as const)
    if (options[name]) throw invalidArgValue(`options.${name}`, options[name], "is not supported");
  if (options.blockList) throw unsupported("a blockList");
}

function readInto(self: Endpoint, { buffer, callback }: OnRead): void {
  if (typeof callback !== "function") return;
  if (typeof buffer === "function") self._readInto = buffer;
  else if (buffer instanceof Uint8Array) self._readInto = () => buffer;
  else return;
  self._readDone = callback;
}

const KIND = 0o170000;
const PIPE = 0o010000;

/** A descriptor that somebody else opened. @throws CodedError `ERR_INVALID_FD_TYPE` for what is neither a stream socket nor a pipe */
function handleOf(fd: number): Handle {
  const isTcp = isTcpSocket(fd);
  if (isTcp === undefined) {
    const facts = fstat(fd);
    if (typeof facts === "number") throw systemError(facts, "open");
    if ((facts[0] & KIND) !== PIPE) throw coded("ERR_INVALID_FD_TYPE", "Unsupported fd type: FILE", TypeError);
  }
  const failed = setNonBlocking(fd);
  if (failed < 0) throw systemError(failed, "open");
  return new Handle(fd, isTcp === true);
}
