// The functions of node:timers, which are global too.

import { clearTimer, setTimer, type Timer, wantImmediates } from "engine:host";
import { checkFunction } from "../errors.ts";

type Call = (this: never, ...args: never[]) => unknown;

/** What stands for a timer: itself, or the number that it becomes where a number is wanted. */
export type TimerId = Timer | number | string | null | undefined;

const prototype = timerPrototype();
/** Timers that have become numbers, for as long as something else keeps them. */
const byNumber = new Map<number, WeakRef<Timer>>();
const numbers = new WeakMap<Timer, number>();
const gone = new FinalizationRegistry<number>((number) => byNumber.delete(number));
let lastNumber = 0;

/** All timers of the host are of one class, which has no name there. */
function timerPrototype(): object {
  const timer = setTimer(() => undefined, 1, false);
  clearTimer(timer);
  return Object.getPrototypeOf(timer) as object;
}

Object.assign(prototype, {
  close(this: Timer): Timer {
    clearTimer(this);
    return this;
  },
  [Symbol.toPrimitive](this: Timer): number {
    const known = numbers.get(this);
    if (known !== undefined) return known;
    lastNumber += 1;
    numbers.set(this, lastNumber);
    byNumber.set(lastNumber, new WeakRef(this));
    gone.register(this, lastNumber);
    return lastNumber;
  },
  [Symbol.dispose](this: Timer): void {
    clearTimer(this);
  },
});

/** Calls a function after so many milliseconds; 1 at least, and at most 2^31-1. */
export function setTimeout(call: Call, ms?: number, ...args: readonly unknown[]): Timer {
  return start(call, ms, args, false);
}

/** The same again and again. */
export function setInterval(call: Call, ms?: number, ...args: readonly unknown[]): Timer {
  return start(call, ms, args, true);
}

function start(call: Call, ms: unknown, args: readonly unknown[], repeats: boolean): Timer {
  checkFunction(call, "callback");
  const withArgs = function (this: Timer): void {
    Reflect.apply(call, this, args);
  };
  return setTimer(args.length === 0 ? (call as () => void) : withArgs, Number(ms), repeats);
}

/** Ends a timer; whatever is none is no matter. */
export function clearTimeout(id: TimerId): void {
  if (typeof id === "object" && id !== null) {
    if (Object.getPrototypeOf(id) === prototype) clearTimer(id);
    return;
  }
  if (id === undefined || id === null) return;
  const timer = byNumber.get(Number(id))?.deref();
  if (timer) clearTimer(timer);
}

/** The same. */
export const clearInterval: (id: TimerId) => void = (id) => clearTimeout(id);

/** A call that waits for the end of this turn of the loop. */
export class Immediate {
  _call: Call | undefined;
  readonly #args: readonly unknown[];
  #holds = true;

  constructor(call: Call, args: readonly unknown[]) {
    this._call = call;
    this.#args = args;
  }

  _run(): void {
    const call = this._call;
    this._call = undefined;
    if (call) Reflect.apply(call, this, this.#args);
  }

  ref(): this {
    this.#holds = true;
    return this;
  }

  /** Only noted: a turn of the loop that has an immediate always comes to its end. */
  unref(): this {
    this.#holds = false;
    return this;
  }

  hasRef(): boolean {
    return this.#holds;
  }

  [Symbol.dispose](): void {
    clearImmediate(this);
  }
}

/** Those of the next turn, and those of this one from `next` on. */
let waiting: Immediate[] = [];
let turn: Immediate[] = [];
let next = 0;

/** Calls a function once the events of this turn of the loop have been served. */
export function setImmediate(call: Call, ...args: readonly unknown[]): Immediate {
  checkFunction(call, "callback");
  const made = new Immediate(call, args);
  waiting.push(made);
  wantImmediates();
  return made;
}

/** Takes back an immediate; whatever is none is no matter. */
export function clearImmediate(immediate: Immediate | undefined | null): void {
  if (immediate instanceof Immediate) immediate._call = undefined;
}

/** The host's hook: runs one immediate, since ticks and microtasks come between two, and tells whether this turn has more. */
export function runImmediates(): boolean {
  if (next === turn.length) {
    [turn, waiting] = [waiting, []];
    next = 0;
  }
  while (next < turn.length && turn[next]?._call === undefined) next += 1;
  const immediate = turn[next];
  next = Math.min(next + 1, turn.length);
  if (next === turn.length && waiting.length > 0) wantImmediates();
  immediate?._run();
  return next < turn.length;
}
