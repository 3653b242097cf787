// When a host that failed is started again, or an address or a file that could not be had is tried again: exponential backoff
// with full jitter, so that hosts that went down together do not come back in step. Pure: chance comes in as a number.

import type { Limits } from "./limits.ts";

/** What decides how long to wait. */
type RetryLimits = Pick<Limits, "retryMs" | "retryCapMs" | "retryStuckMs" | "retryStuckCapMs" | "retryLeastMs">;

/**
 * Milliseconds until the next start or try.
 * @param slowly It failed in a way that does not mend by itself, or that costs much each time.
 * @param attempt Which one in a row this will be, from 1.
 * @param chance From 0 to 1.
 */
export function retryDelay(limits: RetryLimits, slowly: boolean, attempt: number, chance: number): number {
  const [base, cap] = slowly ? [limits.retryStuckMs, limits.retryStuckCapMs] : [limits.retryMs, limits.retryCapMs];
  const most = Math.min(cap, base * 2 ** (attempt - 1));
  return Math.max(limits.retryLeastMs, Math.round(most * chance));
}
