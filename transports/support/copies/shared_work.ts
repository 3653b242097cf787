// Work that several hosts of a manager need at the same time is done once. It goes on as long as one of them waits for it.

import { managerStops } from "../manager_stops.ts";
import type { ToolMeans } from "../run_tool.ts";

interface Work {
  readonly done: Promise<void>;
  readonly stop: AbortController;
  readonly waiting: Set<ToolMeans>;
}

const under = new Map<string, Work>();

/**
 * Waits for the work of this name, and begins it if nobody has. Each that waits hears of its progress.
 * @throws NoRouterError what the work throws, or `link-closed` when the signal of `means` is aborted
 */
export async function sharedWork(name: string, means: ToolMeans, begin: (means: ToolMeans) => Promise<void>): Promise<void> {
  const { signal } = means;
  const work = under.get(name) ?? begun(name, means, begin);
  work.waiting.add(means);
  const aborted = Promise.withResolvers<never>();
  const leave = () => aborted.reject(managerStops());
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
  try {
    await Promise.race([work.done, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", leave);
    work.waiting.delete(means);
    if (work.waiting.size === 0) {
      if (under.get(name) === work) under.delete(name);
      work.stop.abort();
    }
  }
}

function begun(name: string, means: ToolMeans, begin: (means: ToolMeans) => Promise<void>): Work {
  const stop = new AbortController();
  const waiting = new Set<ToolMeans>();
  const progress: ToolMeans["progress"] = (step) => {
    for (const one of waiting) one.progress(step);
  };
  const work = { stop, waiting, done: begin({ ...means, signal: stop.signal, progress }) };
  work.done.catch(() => undefined); // where nobody waits any more
  under.set(name, work);
  return work;
}
