// A heap that is full: each callback that finds no memory reaches the hook, and the process goes on.

import type { Timer } from "engine:host";

const seen: string[] = [];
let kept: unknown[] = [];
/** How many of the fills found the heap full. */
let ended = 0;
hook({
  uncaught: (thrown) => void seen.push(`uncaught ${thrown}`),
  unhandledRejection: (reason) => void seen.push(`rejected ${reason}`),
});

host.setHeapLimit(3e6);
expect(host.memory()[2], 3e6);
const fills: readonly (() => void)[] = [
  () => kept.push(new Uint8Array(100)),
  () => kept.push(new Uint8Array(100_000)),
  () => kept.push({ kept }),
  () => kept.push("x".repeat(1000 + kept.length)),
  () => kept.push(() => kept),
  () => kept.push(host.encodeUtf8("text")),
  () => kept.push(cleared()),
  () => kept.push(host.sha256()),
  () => kept.push(host.readdir("/")),
  () => kept.push(host.environment()),
  () => kept.push(host.decodeLatin1(new Uint8Array(5000).fill(200))),
  () => kept.push(new Map([[kept, kept]])),
  () => kept.push(new Derived(kept.length)),
  () => kept.push(/(a|b)+c/.exec(`ab${kept.length}abc`)),
  () => kept.push([...String(kept.length), { ...{ a: 1, b: kept.length } }]),
  () => kept.push(JSON.parse(JSON.stringify({ a: [1, "two"], b: String(kept.length) }))),
  () => kept.push(Object.freeze({ [`key${kept.length}`]: new Error("kept") })),
  () => kept.push(new WeakRef({}), Symbol("one"), 10n ** BigInt(kept.length % 100)),
];
/** What an async function finds no memory for rejects its promise, and throws nothing: the larger thing before it throws. */
const promising: readonly (() => void)[] = [
  () => kept.push(new Uint8Array(5000), suspended(kept, kept.length)),
  () => kept.push(new Uint8Array(5000), generated(kept).next()),
  () => kept.push(new Uint8Array(5000), Promise.all([never, kept.length])),
];
let never = new Promise(() => undefined);
async function suspended(one: unknown, two: unknown): Promise<unknown> {
  const parts = [one, two];
  await never;
  return parts;
}
async function* generated(one: unknown): AsyncGenerator<unknown> {
  yield one;
  yield [one, await never];
}
class Base {
  readonly one: unknown;
  #two = [1, 2];
  constructor(one: unknown) {
    this.one = one;
  }
  get two(): number {
    return this.#two.length;
  }
}
class Derived extends Base {
  readonly three = () => this.two;
}
/** A timer that was set, so that it has all of its parts. */
function cleared(): Timer {
  const timer = host.setTimer(() => undefined, 1e9, false);
  host.clearTimer(timer);
  return timer;
}

/** Fills the heap, and empties it before anybody hears of that. */
function fillUp(fill: () => void): never {
  try {
    for (;;) fill();
  } catch (thrown) {
    ended += 1;
    kept = [];
    never = new Promise(() => undefined); // the one before has those that wait for it
    throw thrown;
  }
}

// With each limit, another allocation is the one that fails.
const LIMITS = [3e6, 2.95e6];
for (const fill of [...fills, ...promising]) {
  for (const limit of LIMITS) {
    const before = seen.length;
    ended = 0;
    host.setHeapLimit(limit);
    host.setTimer(() => fillUp(fill), 1, false);
    host.setTimer(() => void Promise.resolve().then(() => fillUp(fill)), 1, false);
    await until(() => ended === 2 && seen.length >= before + 2);
    await pause(10);
    // Nobody handles the promises of the second kind, so that those that were rejected are heard of too.
    if (fills.includes(fill)) expect(seen.length, before + 2);
  }
}
// An uncaught error takes the place of a rejection that found no memory for itself.
const unlike = seen.filter((line) => !/^(uncaught|rejected) InternalError: out of memory( in regexp execution)?$/.test(line));
expect(unlike, []);

// What is garbage does not count: cycles are collected before they reach the limit.
const heard = seen.length;
for (let turn = 0; turn < 50; turn++) {
  for (let i = 0; i < 500; i++) {
    const one: Record<string, unknown> = { text: new Uint8Array(100) };
    one.self = one;
  }
  await pause(1);
}
expect(seen.length, heard);
host.setHeapLimit(0);
expect(host.memory()[2], 0);
kept.push(new Uint8Array(20_000_000));
