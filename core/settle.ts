// What is asked of promises: whether one settles in time, and whether a value is one. Both hear a rejection and keep it to themselves.

import { messageOf } from "./errors.ts";

/** True when the promise settles within `ms` milliseconds; the timer is gone afterwards either way. */
export function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    const settled = () => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}

/** Whether other people's code gave a promise, or something like one; its failure is heard, so that it does not end the program. */
export function isPromise(given: unknown): given is PromiseLike<unknown> {
  if (typeof (given as { then?: unknown } | undefined | null)?.then !== "function") return false;
  Promise.resolve(given).catch(() => undefined);
  return true;
}

/** Waits for what others end, up to so many milliseconds; that it fails does not stop the rest. */
export async function endsWithin(
  what: string,
  end: () => Promise<unknown>,
  ms: number,
  debug: (line: string) => void,
): Promise<void> {
  const ended = (async () => end())().catch((thrown: unknown) => debug(`The ${what} failed: ${messageOf(thrown)}`));
  if (!(await settlesWithin(ended, ms))) debug(`The ${what} takes too long`);
}
