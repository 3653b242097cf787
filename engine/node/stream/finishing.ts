// The end of a Writable: `_final`, `prefinish`, `finish`, and what is destroyed by itself then.

import { coded } from "../errors.ts";
import { tick } from "../ticks.ts";
import { type Done, failWith } from "./base.ts";
import * as bits from "./bits.ts";
import type { BothHalves, WritableHalf } from "./halves.ts";
import { isWaiting } from "./waiting.ts";

const NOT_YET =
  bits.DESTROYED | bits.CONSTRUCTING | bits.ERRORED | bits.W_FINISHED | bits.W_WRITING | bits.ERROR_EMITTED | bits.CLOSE_EMITTED;

/** All is written, and writers are told, or are about to be. */
function isDone(self: WritableHalf): boolean {
  return (self._wState & (NOT_YET | bits.W_ENDED)) === bits.W_ENDED && self._wLength === 0 && !isWaiting(self);
}

/** Finishes, in a tick, once all that was written is taken. */
export function finishIfDone(self: WritableHalf): void {
  if (!isDone(self)) return;
  prefinish(self);
  const state = self._wState & (bits.W_PREFINISHED | bits.W_TICK | bits.W_FINISHING);
  if (state !== bits.W_PREFINISHED) return;
  self._wState |= bits.W_FINISHING;
  tick(finishLater, self);
}

function finishLater(self: WritableHalf): void {
  self._wState &= ~bits.W_FINISHING;
  if (isDone(self)) finish(self);
}

function prefinish(self: WritableHalf): void {
  if (self._wState & (bits.W_PREFINISHED | bits.W_FINAL_CALLED)) return;
  if (typeof self._final !== "function") {
    self._wState |= bits.W_PREFINISHED;
    self.emit("prefinish");
    return;
  }
  self._wState |= bits.W_FINAL_CALLED;
  callFinal(self, self._final);
}

function callFinal(self: WritableHalf, final: (done: Done) => void): void {
  let isSync = true;
  const done: Done = (error) => {
    if (self._wState & bits.W_PREFINISHED)
      return failWith(self, error ?? coded("ERR_MULTIPLE_CALLBACK", "Callback called multiple times"));
    if (error) {
      callFinishers(self, error);
      failWith(self, error, isSync);
    } else if (isDone(self)) {
      self._wState |= bits.W_PREFINISHED | bits.W_FINISHING;
      self.emit("prefinish");
      tick(finish, self);
    }
  };
  try {
    final.call(self, done);
  } catch (thrown) {
    done(thrown as Error);
  }
  isSync = false;
}

function callFinishers(self: WritableHalf, error: Error | null): void {
  const calls = self._wFinishCalls;
  self._wFinishCalls = undefined;
  if (calls !== undefined) for (const one of calls) one(error);
}

function finish(self: WritableHalf): void {
  self._wState |= bits.W_FINISHED;
  callFinishers(self, null);
  self.emit("finish");
  if (!(self._wState & bits.AUTO_DESTROY)) return;
  const isReadOut = !(self._wState & bits.HAS_READABLE) || (self as BothHalves)._rState & (bits.R_END_EMITTED | bits.R_OFF);
  if (isReadOut) self.destroy();
}
