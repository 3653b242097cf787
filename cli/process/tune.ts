// Settings of the runtime's garbage collector that suit a process which only passes bytes on.

import { setFlagsFromString } from "node:v8";

/**
 * Chunks that were read are garbage a moment later. V8 lets them pile up until they force a collection of the
 * whole heap, marked on other threads; a young generation that stays small finds them at once. Measured on
 * Node 24: 30 % less processor time for each byte that is passed on. docs/decisions/garbage-collection.md
 */
export function tuneGarbageCollector(): void {
  if (process.versions.engine !== undefined || "Bun" in globalThis || "Deno" in globalThis) return;
  for (const flag of ["--semi-space-growth-factor=1", "--no-concurrent-marking"]) setFlagsFromString(flag);
}

/** What the heap leaves of the memory that a host has to spare: stacks, buffers of the kernel, and what an allocator wastes. */
const OUTSIDE_HEAP = 1 / 8;

/** Bytes that the heap may always grow by: what an agent needs to start, and to say what is wrong. */
const LEAST_GROWTH = 4 * 1024 * 1024;

/**
 * Bounds the heap of the agent's own engine, so that what asks for too much fails with an error of its own, before the kernel ends
 * the whole process. Other runtimes know their host's limit.
 * @param room Bytes that this process may take beyond what it has.
 */
export function boundHeap(room: number): void {
  if (process.versions.engine === undefined) return;
  const { heapUsed } = process.memoryUsage();
  const growth = Math.max(LEAST_GROWTH, Math.floor(room * (1 - OUTSIDE_HEAP)));
  setFlagsFromString(`--max-heap-bytes=${heapUsed + growth}`);
}
