// Chunks that wait to be written.

import type { Done } from "./base.ts";
import type { WritableHalf, WrittenChunk } from "./halves.ts";

/** Whether chunks wait; they may be of no bytes. */
export function isWaiting(self: WritableHalf): boolean {
  return self._wChunks !== undefined && self._wHead < self._wChunks.length;
}

/** Lets a chunk wait. */
export function enqueue(self: WritableHalf, chunk: unknown, encoding: string | null | undefined, done: Done | undefined): void {
  self._wChunks ??= [];
  self._wCalls ??= [];
  if (encoding !== "buffer") self._wEncodings ??= self._wChunks.map(() => "buffer");
  self._wEncodings?.push(encoding);
  self._wChunks.push(chunk);
  self._wCalls.push(done);
}

/** Chunks that wait. */
export function listWaiting(self: WritableHalf): WrittenChunk[] {
  const chunks: WrittenChunk[] = [];
  for (let at = self._wHead; at < (self._wChunks?.length ?? 0); at += 1)
    chunks.push({ chunk: self._wChunks?.[at], encoding: (self._wEncodings ? self._wEncodings[at] : "buffer") as string });
  return chunks;
}

/** Forgets what waits. */
export function clearWaiting(self: WritableHalf): void {
  if (self._wChunks !== undefined) self._wChunks.length = 0;
  if (self._wCalls !== undefined) self._wCalls.length = 0;
  self._wEncodings = undefined;
  self._wHead = 0;
}

/** Frees the memory of those that are done. */
export function trim(self: WritableHalf): void {
  self._wChunks = self._wChunks?.slice(self._wHead);
  self._wCalls = self._wCalls?.slice(self._wHead);
  self._wEncodings = self._wEncodings?.slice(self._wHead);
  self._wHead = 0;
}
