// Reads of a Socket: straight into the memory of its `onread`, or through a buffer that all sockets share.

import { read } from "engine:host";
import { Buffer } from "../buffer/bytes.ts";
import { systemError } from "../errors.ts";
import * as bits from "../stream/bits.ts";
import type { Endpoint } from "./endpoint.ts";
import { READABLE, WRITABLE } from "./handle.ts";

const EAGAIN = -11;

/** Reads for one readiness: what there is more is for the next turn of the loop, so that no socket starves the others. */
const MOST_READS = 4;
const SCRATCH_BYTES = 64 * 1024;
/** A read of so many bytes keeps the memory that it filled; smaller ones are copied. */
const KEPT_BYTES = 32 * 1024;

/** Made anew before a read where the last one has kept it: without memory nothing is read, so that nothing is lost. */
let scratch: Buffer | undefined;
const copyOf = Uint8Array.prototype.slice as (this: Buffer, from: number, to: number) => Buffer;

/** A chunk goes straight to listeners where nothing else happens to it. */
const PLAIN = bits.R_FLOWING | bits.R_SYNC | bits.R_ENDED;

/** Begins to read, now or once there is a connection. */
export function startReading(self: Endpoint): void {
  self._reads = true;
  updateInterest(self);
}

/** Stops for now. */
export function stopReading(self: Endpoint): void {
  self._reads = false;
  updateInterest(self);
}

/** Watches for what the socket waits for. */
export function updateInterest(self: Endpoint): void {
  const handle = self._handle;
  if (handle === null || self.connecting) return;
  handle.want(((self._reads ? READABLE : 0) | (self._writing !== undefined ? WRITABLE : 0)) as 0 | 1 | 2 | 3);
}

/** The descriptor has something, or an error, and may have been waited for just to write. */
export function readReady(self: Endpoint): void {
  for (let reads = 0; reads < MOST_READS; reads += 1) {
    const handle = self._handle;
    if (handle === null || !self._reads) return;
    const into = self._readInto === undefined ? shared() : self._readInto();
    const count = read(handle.fd, into);
    if (count <= 0) {
      if (count === 0) end(self);
      else if (count !== EAGAIN) self.destroy(systemError(count, "read"));
      return;
    }
    self._bytesRead += count;
    if (self._idle !== undefined) self._idle.refresh();
    if (self._readDone === undefined) give(self, into as Buffer, count);
    else if (self._readDone(count, into) === false) stopReading(self);
    if (count < into.length) return;
  }
}

function shared(): Buffer {
  scratch ??= new Buffer(SCRATCH_BYTES);
  return scratch;
}

/** What was read into the shared buffer. */
function give(self: Endpoint, from: Buffer, count: number): void {
  let chunk: Buffer;
  try {
    chunk = taken(from, count);
  } catch (error) {
    self.destroy(error as Error); // the bytes are lost, and what comes after them is worth nothing
    return;
  }
  const isPlain = (self._rState & PLAIN) === bits.R_FLOWING && self._rLength === 0 && self._rDecoder === undefined;
  if (isPlain && self._rPipes === undefined && self._events?.data !== undefined) {
    self._rState |= bits.R_USED;
    self.emit("data", chunk);
  } else if (!self.push(chunk)) stopReading(self);
}

function taken(from: Buffer, count: number): Buffer {
  if (count < KEPT_BYTES) return copyOf.call(from, 0, count);
  scratch = undefined;
  return count === SCRATCH_BYTES ? from : (from.subarray(0, count) as Buffer);
}

/** Without memory for what is to be told this throws, and the end is read again in the next turn of the loop. */
function end(self: Endpoint): void {
  if (!(self._rState & bits.R_END_EMITTED)) {
    self.push(null);
    self.read(0);
  }
  stopReading(self);
}
