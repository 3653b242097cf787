// How chunks move through a Writable: one at a time to `_write`, or all that waits to `_writev`; then their writers are told.

import { Buffer } from "../buffer/bytes.ts";
import { encodingOf } from "../buffer/encodings.ts";
import { from } from "../buffer/make.ts";
import { coded, invalidArgType } from "../errors.ts";
import { nextTick, tick } from "../ticks.ts";
import { type Done, failWith, noteError } from "./base.ts";
import * as bits from "./bits.ts";
import { asBuffer, sizeOf } from "./chunks.ts";
import { finishIfDone } from "./finishing.ts";
import type { WritableHalf } from "./halves.ts";
import { clearWaiting, enqueue, isWaiting, listWaiting, trim } from "./waiting.ts";

/** Nothing can be handed on now. */
const BUSY = bits.W_WRITING | bits.ERRORED | bits.CONSTRUCTING;

/** @throws CodedError `ERR_UNKNOWN_ENCODING` */
export function checkedEncoding(encoding: string): string {
  encodingOf(encoding);
  return encoding;
}

/** `writable.write`. */
export function write(self: WritableHalf, given: unknown, encoding: string | null | undefined, done: Done | undefined): boolean {
  const state = self._wState;
  if (given === null) throw coded("ERR_STREAM_NULL_VALUES", "May not write null values to stream", TypeError);
  let chunk = given;
  let name: string | null | undefined = "buffer";
  if (state & bits.W_OBJECTS) name = encoding;
  else if (typeof given === "string") {
    name = encoding && encoding !== "buffer" ? checkedEncoding(encoding) : self._wEncoding;
    if (!(state & bits.W_TEXT)) {
      chunk = from(given, name);
      name = "buffer";
    }
  } else if (!(state & bits.W_BYTES) || !(given instanceof Uint8Array)) chunk = bytesOf(given);
  if (state & (bits.W_ENDED | bits.DESTROYED)) return refuse(self, done);
  return hand(self, chunk, name, done);
}

function bytesOf(given: unknown): Buffer {
  if (given instanceof Uint8Array) return asBuffer(given);
  if (ArrayBuffer.isView(given)) return new Buffer(given.buffer as ArrayBuffer, given.byteOffset, given.byteLength);
  throw invalidArgType("chunk", "of type string or an instance of Buffer, TypedArray, or DataView", given);
}

function refuse(self: WritableHalf, done: Done | undefined): false {
  const error = self._refusal();
  if (done) nextTick(done, error);
  failWith(self, error, true);
  return false;
}

/** Why a chunk is refused. */
export function refusalOf(self: WritableHalf): Error {
  return self._wState & bits.W_ENDED ? coded("ERR_STREAM_WRITE_AFTER_END", "write after end") : destroyedError("write");
}

/** Nothing can be called on a stream that is destroyed. */
export function destroyedError(call: string): Error {
  return coded("ERR_STREAM_DESTROYED", `Cannot call ${call} after a stream was destroyed`);
}

function hand(self: WritableHalf, chunk: unknown, encoding: string | null | undefined, done: Done | undefined): boolean {
  const size = sizeOf(chunk, (self._wState & bits.W_OBJECTS) !== 0);
  self._wLength += size;
  if (self._wState & BUSY || self._wCorked > 0) enqueue(self, chunk, encoding, done);
  else {
    self._wSize = size;
    self._wCall = done;
    callWrite(self, chunk, encoding);
  }
  const hasRoom = self._wLength < self._wMark || self._wLength === 0;
  if (!hasRoom) self._wState |= bits.W_NEEDS_DRAIN;
  return hasRoom && (self._wState & (bits.ERRORED | bits.DESTROYED)) === 0;
}

function callWrite(self: WritableHalf, chunk: unknown, encoding: string | null | undefined): void {
  self._wState |= bits.W_WRITING | bits.W_SYNC;
  const done = self._wWritten ?? writtenOf(self);
  if (self._wState & bits.DESTROYED) done(destroyedError("write"));
  else self._write(chunk, encoding as string, done);
  self._wState &= ~bits.W_SYNC;
}

/** What waits, in one call; each of their writers is told. */
function callWriteMany(self: WritableHalf, writeMany: NonNullable<WritableHalf["_writev"]>): void {
  const chunks = listWaiting(self);
  self._wSize = self._wLength;
  self._wCall = self._wCalls?.slice(self._wHead);
  clearWaiting(self);
  self._wState |= bits.W_WRITING | bits.W_SYNC;
  const done = writtenOf(self);
  if (self._wState & bits.DESTROYED) done(destroyedError("write"));
  else writeMany.call(self, chunks, done);
  self._wState &= ~bits.W_SYNC;
}

/** Writes what waits, as far as `_write` calls back at once. */
export function flush(self: WritableHalf): void {
  if (self._wCorked > 0 || self._wState & (bits.W_FLUSHING | bits.DESTROYED | bits.CONSTRUCTING) || !isWaiting(self)) return;
  const chunks = self._wChunks as unknown[];
  self._wState |= bits.W_FLUSHING;
  if (self._writev && chunks.length - self._wHead > 1) {
    const isOwn = self._wGather !== undefined && self._writev === self._wOwnWritev;
    if (!isOwn || !self._wGather?.()) callWriteMany(self, self._writev);
  } else {
    do {
      const at = self._wHead;
      const chunk = chunks[at];
      self._wSize = sizeOf(chunk, (self._wState & bits.W_OBJECTS) !== 0);
      self._wCall = self._wCalls?.[at];
      chunks[at] = undefined;
      self._wHead = at + 1;
      callWrite(self, chunk, self._wEncodings ? self._wEncodings[at] : "buffer");
    } while (self._wHead < chunks.length && !(self._wState & bits.W_WRITING));
    if (self._wHead === chunks.length) clearWaiting(self);
    else if (self._wHead > 256) trim(self);
  }
  self._wState &= ~bits.W_FLUSHING;
}

/** What `_write` is to call back. */
export function writtenOf(self: WritableHalf): Done {
  self._wWritten ??= (error) => written(self, error);
  return self._wWritten;
}

/** `_write` calls back. */
function written(self: WritableHalf, error: Error | null | undefined): void {
  if (!(self._wState & bits.W_WRITING)) {
    failWith(self, coded("ERR_MULTIPLE_CALLBACK", "Callback called multiple times"));
    return;
  }
  const call = self._wCall;
  const isSync = (self._wState & bits.W_SYNC) !== 0;
  self._wState &= ~bits.W_WRITING;
  self._wCall = undefined;
  self._wLength -= self._wSize;
  self._wSize = 0;
  if (error) {
    noteError(self, error);
    if (isSync) nextTick(failWrite, self, call, error);
    else failWrite(self, call, error);
    return;
  }
  if (isWaiting(self)) flush(self);
  if (isSync) later(self, call);
  else {
    drainIfNeeded(self);
    for (const one of typeof call === "object" ? call : [call]) one?.(null);
    finishWriting(self);
  }
}

/** Tells writers in the next tick; no tick is needed where nobody is to be told. */
function later(self: WritableHalf, call: WritableHalf["_wCall"]): void {
  if (typeof call === "function") dueLater(self, call);
  else if (call !== undefined) for (const one of call) if (one !== undefined) dueLater(self, one);
  settleLater(self);
}

/** All was taken at once: what follows from that comes in a tick. */
export function settleLater(self: WritableHalf): void {
  if (self._wState & bits.W_TICK) return;
  if (self._wState & bits.DESTROYED || (self._wState & bits.W_NEEDS_DRAIN && self._wLength === 0)) tellLater(self);
  else if (self._wState & bits.W_ENDED) finishIfDone(self);
}

/** Calls a writer in the next tick. */
export function dueLater(self: WritableHalf, call: Done): void {
  self._wCallsDue ??= [];
  self._wCallsDue.push(call);
  tellLater(self);
}

/** Has a tick on its way that tells writers, and emits `drain` and `finish`. */
export function tellLater(self: WritableHalf): void {
  if (self._wState & bits.W_TICK) return;
  self._wState |= bits.W_TICK;
  tick(tellWriters, self);
}

function tellWriters(self: WritableHalf): void {
  self._wState &= ~bits.W_TICK;
  drainIfNeeded(self);
  const due = self._wCallsDue;
  self._wCallsDue = undefined;
  if (due !== undefined) {
    for (const one of due) {
      one(null);
      if (self._wState & bits.DESTROYED) failWaiting(self);
    }
  }
  finishWriting(self);
}

/** Emits `drain` if nothing waits any more, and somebody was asked for a pause. */
export function drainIfNeeded(self: WritableHalf): void {
  const state = self._wState & (bits.W_NEEDS_DRAIN | bits.W_ENDED | bits.DESTROYED);
  if (state !== bits.W_NEEDS_DRAIN || self._wLength > 0) return;
  self._wState &= ~bits.W_NEEDS_DRAIN;
  self.emit("drain");
}

function finishWriting(self: WritableHalf): void {
  if (self._wState & bits.DESTROYED) failWaiting(self);
  if (self._wState & bits.W_ENDED) finishIfDone(self);
}

function failWrite(self: WritableHalf, call: WritableHalf["_wCall"], error: Error): void {
  for (const one of typeof call === "object" ? call : [call]) one?.(error);
  failWaiting(self);
  failWith(self, error);
}

/** Tells those whose chunks will not be written any more. */
function failWaiting(self: WritableHalf): void {
  if (self._wState & bits.W_WRITING) return;
  const calls = self._wCalls?.slice(self._wHead) ?? [];
  const finishCalls = self._wFinishCalls ?? [];
  const errored = self._sError as Error | undefined;
  for (let at = self._wHead; at < (self._wChunks?.length ?? 0); at += 1)
    self._wLength -= sizeOf(self._wChunks?.[at], (self._wState & bits.W_OBJECTS) !== 0);
  clearWaiting(self);
  self._wFinishCalls = undefined;
  for (const one of calls) one?.(errored ?? destroyedError("write"));
  for (const one of finishCalls) one(errored ?? destroyedError("end"));
}

/** The stream is being destroyed. */
export function giveUp(self: WritableHalf): void {
  if (isWaiting(self) || self._wFinishCalls !== undefined) tick(failWaiting, self);
}

/** The stream is constructed: what waits is written. */
export function goOn(self: WritableHalf): void {
  if (!(self._wState & bits.W_WRITING)) flush(self);
  finishIfDone(self);
}
