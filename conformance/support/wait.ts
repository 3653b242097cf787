// Waiting in tests: for a condition that can be named, never for a length of time.
import { setTimeout as pause } from "node:timers/promises";

export { childrenOf, memoryOf, processesOf } from "./processes.ts";

/** Milliseconds until a wait counts as failed, unless told otherwise: a busy machine is slow, and a condition that never comes is rare. */
export const PATIENCE_MS = 10_000;

/** How long to wait, and the words for the error. */
export interface WaitOptions {
  /** What is waited for, as in "Waited 5000 ms for WHAT". */
  readonly what: string;
  /** Milliseconds until it counts as failed; default {@link PATIENCE_MS}. */
  readonly timeoutMs?: number;
  /** Milliseconds between two looks; default 10. */
  readonly everyMs?: number;
}

/**
 * Polls until `condition` returns something truthy and returns that. An error it throws counts as "not yet" and is the cause
 * of the final error.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, undefined | null | false | 0 | "">> {
  const { what, timeoutMs = PATIENCE_MS, everyMs = 10 } = options;
  const end = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as Exclude<T, undefined | null | false | 0 | "">;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= end) break;
    await pause(everyMs);
  }
  throw new Error(`Waited ${timeoutMs} ms for ${what}`, { cause });
}
