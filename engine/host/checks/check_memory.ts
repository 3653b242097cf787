// A heap that is full: each callback that finds no memory reaches the hook, and the process goes on.

import type { Timer } from "engine:host";

const seen: string[] = [];
let kept: unknown[] = [];
hook({
  uncaught: (thrown) => void seen.push(`uncaught ${thrown}`),
  unhandledRejection: (reason) => void seen.push(`rejected ${reason}`),
});

host.setHeapLimit(6e6);
expect(host.memory()[2], 6e6);
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
];
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
    kept = [];
    throw thrown;
  }
}

for (const fill of fills) {
  host.setTimer(() => fillUp(fill), 1, false);
  host.setTimer(() => void Promise.resolve().then(() => fillUp(fill)), 1, false);
  await pause(10);
}
// An uncaught error takes the place of a rejection that found no memory for itself.
const unlike = seen.filter(
  (line) => line !== "uncaught InternalError: out of memory" && line !== "rejected InternalError: out of memory",
);
expect(unlike, []);
expect(seen.length, 2 * fills.length);

// What is garbage does not count: cycles are collected before they reach the limit.
for (let turn = 0; turn < 50; turn++) {
  for (let i = 0; i < 500; i++) {
    const one: Record<string, unknown> = { text: new Uint8Array(100) };
    one.self = one;
  }
  await pause(1);
}
expect(seen.length, 2 * fills.length);
host.setHeapLimit(0);
expect(host.memory()[2], 0);
kept.push(new Uint8Array(20_000_000));
