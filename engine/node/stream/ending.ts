// `writable.end`, and what may not follow it.

import { coded } from "../errors.ts";
import { nextTick } from "../ticks.ts";
import { type Done, failWith } from "./base.ts";
import * as bits from "./bits.ts";
import { finishIfDone } from "./finishing.ts";
import type { WritableHalf } from "./halves.ts";
import { destroyedError, write } from "./writing.ts";

/** `writable.end`. */
export function end(self: WritableHalf, chunk: unknown, encoding: string | null | undefined, done: Done | undefined): void {
  let error: Error | undefined;
  if (chunk !== undefined && chunk !== null) {
    const refused = self._wState & (bits.W_ENDED | bits.DESTROYED);
    write(self, chunk, encoding, undefined);
    if (refused)
      error = self._wState & bits.W_ENDED ? coded("ERR_STREAM_WRITE_AFTER_END", "write after end") : destroyedError("write");
  }
  if (self._wCorked > 0) {
    self._wCorked = 1;
    self.uncork();
  }
  if (error === undefined && !(self._wState & (bits.ERRORED | bits.W_ENDED))) {
    self._wState |= bits.W_ENDED;
    finishIfDone(self);
  } else if (self._wState & bits.W_FINISHED)
    error ??= coded("ERR_STREAM_ALREADY_FINISHED", "Cannot call end after a stream was finished");
  else if (self._wState & bits.DESTROYED) error ??= destroyedError("end");
  if (typeof done !== "function") return;
  if (error) nextTick(done, error);
  else if (self._wState & bits.ERRORED) nextTick(done, self._sError);
  else if (self._wState & bits.W_FINISHED) nextTick(done, null);
  else self._wFinishCalls = [...(self._wFinishCalls ?? []), done];
}

/** A Writable cannot be piped from. */
export function refusePipe(self: WritableHalf): void {
  failWith(self, coded("ERR_STREAM_CANNOT_PIPE", "Cannot pipe, not readable"));
}
