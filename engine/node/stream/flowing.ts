// When chunks of a Readable are given out: they flow while nobody has paused, or `readable` tells that there are some.

import { tick } from "../ticks.ts";
import * as bits from "./bits.ts";
import type { ReadableHalf } from "./halves.ts";

const GONE = bits.DESTROYED | bits.ERRORED;

/** Emits `readable` in a tick. */
export function tellReadable(self: ReadableHalf): void {
  self._rState &= ~bits.R_NEEDS;
  if (self._rState & bits.R_TOLD) return;
  self._rState |= bits.R_TOLD;
  tick(emitReadable, self);
}

/** Emits `readable`, and lets chunks flow. */
export function emitReadable(self: ReadableHalf): void {
  if (!(self._wState & GONE) && (self._rLength > 0 || self._rState & bits.R_ENDED)) {
    self.emit("readable");
    self._rState &= ~bits.R_TOLD;
  }
  const state = self._rState;
  if (!(state & (bits.R_FLOWING | bits.R_ENDED)) && self._rLength <= self._rMark) self._rState |= bits.R_NEEDS;
  flow(self);
}

/** Somebody listens to `data`. */
export function flowUnlessStopped(self: ReadableHalf): void {
  if (self._events?.readable !== undefined) self._rState |= bits.R_LISTENED;
  if (!(self._rState & bits.R_STOPPED)) self.resume();
}

/** Somebody listens to `readable`: chunks flow no more. */
export function tellWhenReadable(self: ReadableHalf): void {
  if (self._rState & (bits.R_END_EMITTED | bits.R_LISTENED)) return;
  self._rState &= ~(bits.R_TOLD | bits.R_FLOWING);
  self._rState |= bits.R_LISTENED | bits.R_NEEDS | bits.R_STOPPED;
  if (self._rLength > 0) tellReadable(self);
  else if (!(self._rState & bits.R_READING)) tick(readNothing, self);
}

function readNothing(self: ReadableHalf): void {
  self.read(0);
}

/** A listener to `readable` has gone. */
export function lookWhoListens(self: ReadableHalf): void {
  const isListened = self._events?.readable !== undefined;
  self._rState = isListened ? self._rState | bits.R_LISTENED : self._rState & ~bits.R_LISTENED;
  if (self._rState & bits.R_RESUMING && !(self._rState & bits.R_PAUSED)) setFlowing(self, true);
  else if (self._events?.data !== undefined) self.resume();
  else if (!isListened) setFlowing(self, null);
}

/** Sets what `readableFlowing` gives. */
export function setFlowing(self: ReadableHalf, value: boolean | null): void {
  self._rState &= ~(bits.R_FLOWING | bits.R_STOPPED);
  if (value !== null) self._rState |= value ? bits.R_FLOWING : bits.R_STOPPED;
}

/** `readable.resume()`. */
export function resume(self: ReadableHalf): void {
  self._rState &= ~bits.R_PAUSED;
  if (self._rState & bits.R_FLOWING) return;
  setFlowing(self, (self._rState & bits.R_LISTENED) === 0);
  if (self._rState & bits.R_RESUMING) return;
  self._rState |= bits.R_RESUMING;
  tick(startFlowing, self);
}

function startFlowing(self: ReadableHalf): void {
  if (!(self._rState & bits.R_READING)) self.read(0);
  self._rState &= ~bits.R_RESUMING;
  if (self._events?.resume !== undefined) self.emit("resume");
  flow(self);
  if ((self._rState & (bits.R_FLOWING | bits.R_READING)) === bits.R_FLOWING) self.read(0);
}

/** `readable.pause()`. */
export function pause(self: ReadableHalf): void {
  if (!(self._rState & bits.R_STOPPED)) {
    setFlowing(self, false);
    if (self._events?.pause !== undefined) self.emit("pause");
  }
  self._rState |= bits.R_PAUSED;
}

function flow(self: ReadableHalf): void {
  while (self._rState & bits.R_FLOWING && self.read() !== null);
}
