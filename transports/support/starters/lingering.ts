// Lets a tool finish what its engine would go on with anyway: a start that is given up is over when it settles.

import { managerStops } from "../manager_stops.ts";
import type { StarterTool } from "./shell_starter.ts";

/**
 * Runs a tool that has `stopMs` to finish once its request is given up, or no time where it may be cut off.
 * @throws NoRouterError `link-closed` when it was given up, also where the tool finished
 */
export async function lingering<T>(
  { signal, limits }: StarterTool,
  work: (signal: AbortSignal) => Promise<T>,
  mayBeCut: () => boolean = () => false,
): Promise<T> {
  if (signal.aborted) throw managerStops();
  const own = new AbortController();
  let clock: ReturnType<typeof setTimeout> | undefined;
  const leave = () => {
    clock = setTimeout(() => own.abort(), mayBeCut() ? 0 : limits.stopMs);
  };
  signal.addEventListener("abort", leave);
  try {
    const result = await work(own.signal);
    if (signal.aborted) throw managerStops();
    return result;
  } finally {
    clearTimeout(clock);
    signal.removeEventListener("abort", leave);
  }
}
