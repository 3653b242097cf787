// Replaced methods, and timers whose time a test turns on by hand.

import type { Mocks } from "./suites.ts";

/** A timer that waits for `tick`. */
interface Waiting {
  readonly at: number;
  readonly call: () => void;
}

type Timers = Pick<typeof globalThis, "setTimeout" | "clearTimeout">;

/** The mocks of one test. */
export function startMocks(): Mocks {
  const restores: (() => void)[] = [];
  const timers = mockTimers();
  return {
    timers,
    method(object, name, replacement) {
      const own = Object.getOwnPropertyDescriptor(object, name);
      Object.defineProperty(object, name, { configurable: true, writable: true, value: replacement });
      restores.push(() => {
        if (own === undefined) Reflect.deleteProperty(object, name);
        else Object.defineProperty(object, name, own);
      });
    },
    restoreAll() {
      for (const restore of restores.splice(0).reverse()) restore();
      timers.reset();
    },
  };
}

function mockTimers(): Mocks["timers"] {
  let real: Timers | undefined;
  let now = 0;
  const waiting = new Set<Waiting>();
  return {
    enable({ apis }) {
      if (apis.length !== 1 || apis[0] !== "setTimeout") throw new Error("Only 'setTimeout' can be mocked here");
      const { setTimeout, clearTimeout } = globalThis;
      real = { setTimeout, clearTimeout };
      Object.assign(globalThis, {
        setTimeout(call: (...args: unknown[]) => void, ms = 1, ...args: unknown[]) {
          const timer: Waiting & Record<"ref" | "unref", () => Waiting> = {
            at: now + ms,
            call: () => call(...args),
            ref: () => timer,
            unref: () => timer,
          };
          waiting.add(timer);
          return timer;
        },
        clearTimeout(timer: Waiting & NodeJS.Timeout) {
          if (!waiting.delete(timer)) clearTimeout(timer); // one that was set before
        },
      });
    },
    tick(ms) {
      const until = now + ms;
      for (let next = first(waiting, until); next !== undefined; next = first(waiting, until)) {
        waiting.delete(next);
        now = next.at;
        next.call();
      }
      now = until;
    },
    reset() {
      if (real !== undefined) Object.assign(globalThis, real);
      real = undefined;
      waiting.clear();
    },
  };
}

/** The timer that is due first, of those with one time the one that was set first. */
function first(waiting: ReadonlySet<Waiting>, until: number): Waiting | undefined {
  return [...waiting].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
}
