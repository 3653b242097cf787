// Questions that wait for their answers on one stream, each under its own number, for a bounded time.

import { NoRouterError } from "../../core/mod.ts";
import type { Query } from "./query.ts";

/** Questions that wait. */
export interface PendingQuestions {
  /** Takes a question in. `answer` rejects with `timed-out` when none comes in time. */
  add(query: Query): { readonly id: number; readonly answer: Promise<Uint8Array> };
  /** The question of a number; undefined when it waits no more. */
  get(id: number): Query | undefined;
  settle(id: number, answer: Uint8Array): void;
  /** Fails all. */
  fail(error: NoRouterError): void;
}

interface Waiting {
  readonly query: Query;
  readonly timer: ReturnType<typeof setTimeout>;
  answered(answer: Uint8Array): void;
  failed(error: NoRouterError): void;
}

/** @param empty Called whenever the last question has left. */
export function pendingQuestions(ms: number, late: string, empty: () => void): PendingQuestions {
  const waiting = new Map<number, Waiting>();
  let last = 0;

  function leave(id: number): Waiting | undefined {
    const found = waiting.get(id);
    if (!found) return undefined;
    waiting.delete(id);
    clearTimeout(found.timer);
    if (waiting.size === 0) empty();
    return found;
  }

  return {
    add(query) {
      do last = (last + 1) & 0xffff;
      while (waiting.has(last));
      const id = last;
      const answer = new Promise<Uint8Array>((resolve, reject) => {
        const timer = setTimeout(() => leave(id)?.failed(new NoRouterError("timed-out", late)), ms);
        waiting.set(id, { query, timer, answered: resolve, failed: reject });
      });
      return { id, answer };
    },
    get: (id) => waiting.get(id)?.query,
    settle: (id, answer) => void leave(id)?.answered(answer),
    fail(error) {
      for (const id of [...waiting.keys()]) leave(id)?.failed(error);
    },
  };
}
