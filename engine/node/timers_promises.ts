// node:timers/promises.

import { abortErrorOf, checkSignal } from "./errors.ts";
import * as timers from "./timers/timers.ts";

/** How to wait. */
export interface TimerOptions {
  /** Whether the loop stays for it. */
  readonly ref?: boolean;
  readonly signal?: AbortSignal;
}

interface Waiting {
  unref(): unknown;
}

/** Resolves with `value` after so many milliseconds. @throws AbortError */
export function setTimeout<T = void>(ms?: number, value?: T, options?: TimerOptions): Promise<T> {
  return wait(value as T, options, (done) => {
    const timer = timers.setTimeout(done, ms);
    return [timer, () => timers.clearTimeout(timer)];
  });
}

/** Resolves with `value` at the end of this turn of the loop. @throws AbortError */
export function setImmediate<T = void>(value?: T, options?: TimerOptions): Promise<T> {
  return wait(value as T, options, (done) => {
    const immediate = timers.setImmediate(done);
    return [immediate, () => timers.clearImmediate(immediate)];
  });
}

/** Gives `value` every so many milliseconds, for as long as somebody asks. @throws AbortError */
export async function* setInterval<T = void>(ms?: number, value?: T, options: TimerOptions = {}): AsyncGenerator<T, void> {
  const { signal, ref = true } = options;
  checkSignal(signal);
  if (signal?.aborted) throw abortErrorOf(signal);
  let due = 0;
  let wake: (() => void) | undefined;
  const come = () => {
    due += 1;
    wake?.();
  };
  const stop = () => wake?.();
  const timer = timers.setInterval(come, ms);
  if (!ref) timer.unref();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      if (due === 0 && !signal?.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (signal?.aborted) throw abortErrorOf(signal);
      for (; due > 0; due -= 1) yield value as T;
    }
  } finally {
    timers.clearInterval(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** Waits by other names. */
export const scheduler: {
  wait(ms: number, options?: TimerOptions): Promise<void>;
  yield(): Promise<void>;
} = {
  wait: (ms, options) => setTimeout(ms, undefined, options),
  yield: () => setImmediate(),
};

async function wait<T>(
  value: T,
  { signal, ref = true }: TimerOptions = {},
  start: (done: () => void) => readonly [Waiting, stop: () => void],
): Promise<T> {
  checkSignal(signal);
  if (signal?.aborted) throw abortErrorOf(signal);
  return new Promise((resolve, reject) => {
    const [waiting, stop] = start(() => {
      signal?.removeEventListener("abort", abort);
      resolve(value);
    });
    const abort = () => {
      stop();
      reject(signal && abortErrorOf(signal));
    };
    if (!ref) waiting.unref();
    signal?.addEventListener("abort", abort, { once: true });
  });
}

export default { scheduler, setImmediate, setInterval, setTimeout };
