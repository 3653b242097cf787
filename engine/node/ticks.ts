// process.nextTick: calls that follow what runs now, before what promises wait for.

import { wantTicks } from "engine:host";

type Call = (...args: never[]) => unknown;

/** Beyond this the list that ticks wait in is given up when it is empty. */
const KEPT = 1024;

/** Pairs of function and argument. */
let waiting: unknown[] = [];
/** The next pair. */
let at = 0;
let scheduled = false;

/** Calls a function with one argument once what runs now is done. */
export function tick<T>(call: (argument: T) => unknown, argument: T): void {
  waiting.push(call, argument);
  if (scheduled) return;
  scheduled = true;
  wantTicks();
}

/** `process.nextTick`. */
export function nextTick(call: Call, ...args: readonly unknown[]): void {
  if (args.length === 1) tick(call as (argument: unknown) => unknown, args[0]);
  else tick(spread, [call, args] as const);
}

function spread([call, args]: readonly [Call, readonly unknown[]]): void {
  Reflect.apply(call, undefined, args);
}

/** What a tick throws goes to whoever hears of such; those behind it run all the same. The host calls this. */
export function runTicks(): void {
  let done = false;
  try {
    while (at < waiting.length) {
      const call = waiting[at] as (argument: unknown) => unknown;
      const argument = waiting[at + 1];
      at += 2;
      call(argument);
    }
    done = true;
  } finally {
    if (done) {
      if (at > KEPT) waiting = [];
      else waiting.length = 0;
      at = 0;
      scheduled = false;
    } else wantTicks();
  }
}
