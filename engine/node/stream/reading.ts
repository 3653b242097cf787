// How chunks move through a Readable: pushed by its source, taken by its reader. When they flow is in flowing.ts.

import { Buffer } from "../buffer/bytes.ts";
import { from } from "../buffer/make.ts";
import { coded, invalidArgType } from "../errors.ts";
import type { StringDecoder } from "../string_decoder.ts";
import { tick } from "../ticks.ts";
import { failWith } from "./base.ts";
import * as bits from "./bits.ts";
import { asBuffer, Chunks, sizeOf } from "./chunks.ts";
import { emitReadable, tellReadable } from "./flowing.ts";
import type { BothHalves, ReadableHalf } from "./halves.ts";
import { sourceTaken } from "./pipe.ts";

/** No source is asked for more at once. */
const MOST_MARK = 1024 ** 3;

const GONE = bits.DESTROYED | bits.ERRORED;

/** Adds a chunk at the end, or at the start; `null` is the end. True if more is wanted. */
export function add(self: ReadableHalf, given: unknown, encoding: string | undefined, first: boolean): boolean {
  const state = self._rState;
  if (given === null) {
    self._rState &= ~bits.R_READING;
    end(self);
    return false;
  }
  const chunk = state & bits.R_OBJECTS ? given : bytesOf(self, given, encoding, first);
  if (chunk === undefined && !(state & bits.R_OBJECTS)) return false;
  if (!(state & bits.R_OBJECTS) && (chunk as string).length === 0) {
    self._rState &= ~bits.R_READING;
    readAhead(self);
  } else if (first) {
    if (state & bits.R_END_EMITTED)
      failWith(self, coded("ERR_STREAM_UNSHIFT_AFTER_END_EVENT", "stream.unshift() after end event"));
    else if (self._wState & GONE) return false;
    else addChunk(self, chunk, true);
  } else if (state & bits.R_ENDED) {
    failWith(self, coded("ERR_STREAM_PUSH_AFTER_EOF", "stream.push() after EOF"));
    return false;
  } else if (self._wState & GONE) return false;
  else {
    self._rState &= ~bits.R_READING;
    addDecoded(self, chunk, typeof given === "string" && typeof chunk === "string");
  }
  return (self._rState & bits.R_ENDED) === 0 && (self._rLength < self._rMark || self._rLength === 0);
}

/** The chunk as it is to wait: bytes, or text that is of the reader's encoding already; undefined for what is neither. */
function bytesOf(
  self: ReadableHalf,
  given: unknown,
  encoding: string | undefined,
  first: boolean,
): string | Uint8Array | undefined {
  if (typeof given === "string") {
    const name = encoding || self._rEncoding || "utf8";
    if (!self._rDecoder) return from(given, name);
    if (self._rDecoder.encoding === name) return given;
    return first ? from(given, name).toString(self._rDecoder.encoding) : from(given, name);
  }
  if (given instanceof Uint8Array) return asBuffer(given);
  if (ArrayBuffer.isView(given)) return new Buffer(given.buffer as ArrayBuffer, given.byteOffset, given.byteLength);
  if (given === undefined) return "";
  failWith(self, invalidArgType("chunk", "of type string or an instance of Buffer, TypedArray, or DataView", given));
  return undefined;
}

function addDecoded(self: ReadableHalf, chunk: unknown, isDecoded: boolean): void {
  const text = self._rDecoder && !isDecoded && !(self._rState & bits.R_OBJECTS) ? self._rDecoder.write(chunk as Buffer) : chunk;
  if (!(self._rState & bits.R_OBJECTS) && (text as string).length === 0) readAhead(self);
  else addChunk(self, text, false);
}

function addChunk(self: ReadableHalf, chunk: unknown, first: boolean): void {
  const flows = (self._rState & (bits.R_FLOWING | bits.R_SYNC)) === bits.R_FLOWING && self._rLength === 0;
  if (flows && self._events?.data !== undefined) {
    if (self._rPipes) sourceTaken(self._rPipes);
    self._rState |= bits.R_USED;
    self.emit("data", chunk);
  } else {
    self._rLength += sizeOf(chunk, (self._rState & bits.R_OBJECTS) !== 0);
    self._rQueue ??= new Chunks();
    if (first) self._rQueue.addFirst(chunk);
    else self._rQueue.add(chunk);
    if (self._rState & bits.R_NEEDS) tellReadable(self);
  }
  readAhead(self);
}

function end(self: ReadableHalf): void {
  if (self._rState & bits.R_ENDED) return;
  const rest = self._rDecoder?.end();
  if (rest) {
    self._rQueue ??= new Chunks();
    self._rQueue.add(rest);
    self._rLength += sizeOf(rest, (self._rState & bits.R_OBJECTS) !== 0);
  }
  self._rState |= bits.R_ENDED;
  if (self._rState & bits.R_SYNC) tellReadable(self);
  else {
    self._rState = (self._rState & ~bits.R_NEEDS) | bits.R_TOLD;
    emitReadable(self);
  }
}

function wanted(self: ReadableHalf, size: number): number {
  const length = self._rLength;
  const state = self._rState;
  if (size <= 0 || (length === 0 && state & bits.R_ENDED)) return 0;
  if (state & bits.R_OBJECTS) return 1;
  if (Number.isNaN(size)) return state & bits.R_FLOWING && length > 0 ? sizeOf(self._rQueue?.first, false) : length;
  if (size <= length) return size;
  return state & bits.R_ENDED ? length : 0;
}

/** The next power of two. */
function raisedMark(size: number): number {
  return size >= MOST_MARK ? MOST_MARK : 2 ** Math.ceil(Math.log2(size));
}

/** `readable.read(size)`: asks the source for more where little waits, and takes from what waits. */
export function read(self: ReadableHalf, given: number | undefined): unknown {
  const asked = given === undefined ? Number.NaN : Math.trunc(Number(given));
  if (asked > self._rMark) self._rMark = raisedMark(asked);
  if (asked !== 0) self._rState &= ~bits.R_TOLD;
  else if (self._rState & bits.R_NEEDS) {
    const isFull = self._rMark === 0 ? self._rLength > 0 : self._rLength >= self._rMark;
    if (isFull || self._rState & bits.R_ENDED) {
      if (self._rLength === 0 && self._rState & bits.R_ENDED) endReading(self);
      else tellReadable(self);
      return null;
    }
  }
  const size = wanted(self, asked);
  if (size === 0 && self._rState & bits.R_ENDED) {
    if (self._rLength === 0) endReading(self);
    return null;
  }
  return take(self, askSource(self, size) ? wanted(self, asked) : size, asked);
}

/** Whether the source was asked, and has given something at once. */
function askSource(self: ReadableHalf, size: number): boolean {
  const isLow = self._rLength === 0 || self._rLength - size < self._rMark;
  if (!(self._rState & bits.R_NEEDS) && !isLow) return false;
  if (self._rState & (bits.R_ENDED | bits.R_READING) || self._wState & (GONE | bits.CONSTRUCTING)) return false;
  self._rState |= bits.R_READING | bits.R_SYNC | (self._rLength === 0 ? bits.R_NEEDS : 0);
  try {
    self._read(self._rMark);
  } catch (thrown) {
    failWith(self, thrown);
  }
  self._rState &= ~bits.R_SYNC;
  return (self._rState & bits.R_READING) === 0;
}

function take(self: ReadableHalf, size: number, asked: number): unknown {
  const chunk = size > 0 ? takeFrom(self, size) : null;
  if (chunk === null) {
    if (self._rLength <= self._rMark) self._rState |= bits.R_NEEDS;
  } else {
    self._rLength -= size;
    if (self._rPipes) sourceTaken(self._rPipes);
  }
  if (self._rLength === 0) {
    if (!(self._rState & bits.R_ENDED)) self._rState |= bits.R_NEEDS;
    else if (!(asked === (chunk === null ? 0 : size))) endReading(self);
  }
  if (chunk !== null && !(self._wState & (bits.CLOSE_EMITTED | bits.ERROR_EMITTED))) {
    self._rState |= bits.R_USED;
    self.emit("data", chunk);
  }
  return chunk;
}

function takeFrom(self: ReadableHalf, size: number): unknown {
  const queue = self._rQueue;
  if (self._rLength === 0 || queue === undefined) return null;
  if (self._rState & bits.R_OBJECTS) return queue.take();
  const isText = self._rDecoder !== undefined;
  return size >= self._rLength ? queue.takeAll(isText) : queue.takeSome(size, isText);
}

/** A source that pushes at once is asked until enough waits. */
function readAhead(self: ReadableHalf): void {
  if (self._rState & (bits.R_MORE | bits.R_READING) || self._wState & bits.CONSTRUCTING) return;
  self._rState |= bits.R_MORE;
  tick(readMore, self);
}

function readMore(self: ReadableHalf): void {
  while (!(self._rState & (bits.R_READING | bits.R_ENDED))) {
    const length = self._rLength;
    if (length >= self._rMark && !(self._rState & bits.R_FLOWING && length === 0)) break;
    self.read(0);
    if (length === self._rLength) break;
  }
  self._rState &= ~bits.R_MORE;
}

/** Goes on once the stream is constructed. */
export function readIfNeeded(self: ReadableHalf): void {
  if (self._rState & bits.R_NEEDS) readAhead(self);
}

/** From now on what waits, and what comes, is text. */
export function decode(self: ReadableHalf, decoder: StringDecoder): void {
  self._rDecoder = decoder;
  const queue = self._rQueue;
  if (queue === undefined || queue.count === 0) return;
  const text = queue.list().reduce<string>((all, chunk) => all + decoder.write(chunk as Buffer), "");
  queue.clear();
  if (text !== "") queue.add(text);
  self._rLength = text.length;
}

function endReading(self: ReadableHalf): void {
  if (self._rState & bits.R_END_EMITTED) return;
  self._rState |= bits.R_ENDED;
  tick(emitEnd, self);
}

function emitEnd(self: ReadableHalf): void {
  if (self._wState & (bits.ERRORED | bits.CLOSE_EMITTED) || self._rState & bits.R_END_EMITTED || self._rLength > 0) return;
  self._rState |= bits.R_END_EMITTED;
  self.emit("end");
  const state = self._wState;
  if (state & bits.HAS_WRITABLE) {
    const duplex = self as BothHalves;
    if (duplex.writable && duplex.allowHalfOpen === false) {
      tick(endWriting, duplex);
      return;
    }
    if (!(state & (bits.W_FINISHED | bits.W_OFF))) return;
  }
  if (state & bits.AUTO_DESTROY) self.destroy();
}

function endWriting(self: BothHalves): void {
  if (self.writable && !self.writableEnded && !self.destroyed) self.end();
}
