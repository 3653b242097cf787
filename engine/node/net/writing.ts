// Writes of a Socket: tried at once; what the system does not take waits until the descriptor is ready.

import { write, writeGathered } from "engine:host";
import { from } from "../buffer/make.ts";
import { coded, systemError } from "../errors.ts";
import type { Done } from "../stream/base.ts";
import * as bits from "../stream/bits.ts";
import type { WrittenChunk } from "../stream/halves.ts";
import { dueLater, settleLater, writtenOf } from "../stream/writing.ts";
import type { Endpoint, Writing } from "./endpoint.ts";
import type { Handle } from "./handle.ts";
import { updateInterest } from "./reading.ts";

const EAGAIN = -11;
const ECANCELED = -125;
/** As many parts as the system takes in one call. */
const MOST_PARTS = 64;

/** `socket._write`. */
export function writeOne(self: Endpoint, chunk: Uint8Array | string, encoding: string, done: Done): void {
  const bytes = typeof chunk === "string" ? from(chunk, encoding) : chunk;
  if (!canWrite(self, [bytes], done)) return;
  const count = write((self._handle as Handle).fd, bytes, 0);
  if (count === bytes.length) {
    self._bytesWritten += count;
    done();
  } else if (count >= 0 || count === EAGAIN) {
    self._bytesWritten += bytes.length;
    wait(self, [bytes], Math.max(count, 0), done);
  } else done(systemError(count, "write"));
}

/** `socket._writev`. */
export function writeMany(self: Endpoint, chunks: readonly WrittenChunk[], done: Done): void {
  const parts = chunks.map(({ chunk, encoding }) => (typeof chunk === "string" ? from(chunk, encoding) : (chunk as Uint8Array)));
  if (!canWrite(self, parts, done)) return;
  for (const part of parts) self._bytesWritten += part.length;
  const writing: Writing = { parts, first: 0, from: 0, done };
  const result = advance(self, writing);
  if (result === 0) done();
  else if (result !== EAGAIN) done(systemError(result, "write"));
  else begin(self, writing);
}

/** Whether there is a connection; while it is being made the parts wait for it. */
function canWrite(self: Endpoint, parts: Uint8Array[], done: Done): boolean {
  if (self.connecting) wait(self, parts, 0, done);
  else if (self._handle === null) done(coded("ERR_SOCKET_CLOSED", "Socket is closed"));
  else {
    if (self._idle !== undefined) self._idle.refresh();
    return true;
  }
  return false;
}

function wait(self: Endpoint, parts: Uint8Array[], at: number, done: Done): void {
  begin(self, { parts, first: 0, from: at, done });
}

function begin(self: Endpoint, writing: Writing): void {
  self._writing = writing;
  updateInterest(self);
}

/** Writes as much as the system takes: 0 when that was all, EAGAIN when it takes no more, or another error. */
function advance({ _handle: handle }: Endpoint, writing: Writing): number {
  const { parts } = writing;
  if (handle === null) return ECANCELED;
  while (writing.first < parts.length) {
    const { first } = writing;
    const last = parts.length - 1;
    const single = parts[first] as Uint8Array;
    const count = first === last ? write(handle.fd, single, writing.from) : writeGathered(handle.fd, parts, first, writing.from);
    if (count < 0) return count;
    let left = count + writing.from;
    while (writing.first <= last) {
      const { length } = parts[writing.first] as Uint8Array;
      if (left < length) break;
      left -= length;
      parts[writing.first] = undefined;
      writing.first += 1;
    }
    writing.from = left;
    // What was not taken although it could have been will not be taken now.
    if (writing.first <= last && writing.first - first < MOST_PARTS) return EAGAIN;
  }
  return 0;
}

/** The descriptor takes something, or has an error. */
export function writeReady(self: Endpoint): void {
  const { _writing: writing } = self;
  if (writing === undefined) return;
  if (self._idle !== undefined) self._idle.refresh();
  const result = advance(self, writing);
  if (result === EAGAIN) return;
  self._writing = undefined;
  updateInterest(self);
  writing.done(result < 0 ? systemError(result, "write") : null);
}

/** A connection is made: what waited for it is written. */
export function writeWaiting(self: Endpoint): void {
  const { _writing: writing } = self;
  if (writing === undefined) return;
  for (const part of writing.parts) self._bytesWritten += part?.length ?? 0;
  writeReady(self);
}

/** The socket is being destroyed: what is on its way will not be taken. */
export function cancelWriting(self: Endpoint, wasConnecting: boolean): (() => void) | undefined {
  const { _writing: writing } = self;
  if (writing === undefined) return undefined;
  self._writing = undefined;
  const code = "ERR_SOCKET_CLOSED_BEFORE_CONNECTION";
  const error = wasConnecting
    ? coded(code, "Socket closed before the connection was established")
    : systemError(ECANCELED, "write");
  return () => writing.done(error);
}

/**
 * Writes all that waits in one call, without lists of chunks made for `_writev`. False where that cannot be: `_writev` is to do it.
 */
export function gather(self: Endpoint): boolean {
  const handle = self._handle;
  const parts = self._wChunks as (Uint8Array | undefined)[];
  if (handle === null || self.connecting || self._wEncodings !== undefined || parts.length - self._wHead > MOST_PARTS)
    return false;
  const size = self._wLength;
  const count = writeGathered(handle.fd, parts, self._wHead, 0);
  if (count < 0 && count !== EAGAIN) return false;
  if (self._idle !== undefined) self._idle.refresh();
  self._bytesWritten += size;
  const calls = self._wCalls as (Done | undefined)[];
  if (count === size) {
    self._wLength = 0;
    for (let at = self._wHead; at < calls.length; at += 1) {
      const call = calls[at];
      if (call !== undefined) dueLater(self, call);
    }
    parts.length = 0;
    calls.length = 0;
    self._wHead = 0;
    settleLater(self);
    return true;
  }
  takeOver(self, parts, calls, Math.max(count, 0));
  return true;
}

/** The system has taken only a part: the rest is on its way, and new chunks wait behind it. */
function takeOver(self: Endpoint, parts: (Uint8Array | undefined)[], calls: (Done | undefined)[], count: number): void {
  let first = self._wHead;
  let left = count;
  while (left >= (parts[first] as Uint8Array).length) {
    left -= (parts[first] as Uint8Array).length;
    parts[first] = undefined;
    first += 1;
  }
  self._wSize = self._wLength;
  self._wCall = calls;
  self._wChunks = undefined;
  self._wCalls = undefined;
  self._wHead = 0;
  self._wState |= bits.W_WRITING;
  begin(self, { parts, first, from: left, done: writtenOf(self) });
}
