// Every function with arguments that nobody would pass: it throws or returns, and nothing is overrun. The same ones each time.

import type { Timer } from "engine:host";

/** They end the process or change it, or wait for a network or a disk; each has a check of its own. */
const LEFT_OUT =
  /^(exit|exec|spawn|kill|catchSignal|releaseSignal|setHooks|setHeapLimit|chdir|lookUp|deriveKey|umask|fsync|start|signalOfParentsEnd|unshare|mount|keepCapability)$/;
const ROUNDS = 30_000;
/** Functions whose result is a descriptor. */
const OPENS = /^(open|connect|connectUnix|listen|listenUnix|accept|openDatagrams|openSocket)$/;

let state = 12345;
function random(below: number): number {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % below;
}

const file = host.open("file", 0o102, 0o600);
const socket = host.openDatagrams(4, "127.0.0.1", 0, false, false);
const listener = host.listen("127.0.0.1", 0, 4, false);
const whole = new Uint8Array(64);
const revoked = Proxy.revocable([], {});
revoked.revoke();
const values: readonly unknown[] = [
  ...[-1, 0, 1, 2, 3, 5, 64, 65, 1.5, -0, 65535, 65536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53, 1e300, Number.NaN].map(
    (number) => number,
  ),
  ...[file, socket, listener, file, socket, listener],
  ...[
    "",
    "\0",
    "a",
    "name",
    "x".repeat(200),
    "y".repeat(5000),
    "127.0.0.1",
    "::1",
    "::1%lo",
    "\ud800",
    "\u20ac",
    "a/b",
    "XXXXXX",
  ],
  ...[
    new Uint8Array(0),
    whole,
    whole.subarray(3, 9),
    new Uint16Array(5),
    new Float64Array(3),
    new DataView(whole.buffer, 8, 8),
    whole.buffer,
  ],
  ...[[], [whole], [whole, undefined], [whole, 1], [undefined], Array.from({ length: 100 }, () => whole), revoked.proxy],
  ...[
    new Proxy([whole], {}),
    { length: 3, 0: whole },
    {
      get 0() {
        throw new Error("getter");
      },
    },
    { valueOf: () => fail("This was called") },
  ],
  ...[undefined, null, true, false, () => undefined, Symbol("symbol"), 10n, new Date(0), /x/, Promise.resolve()],
];

const table: Readonly<Record<string, unknown>> = { ...host };
const functions = Object.entries(table).filter(([name, value]) => typeof value === "function" && !LEFT_OUT.test(name));
const timers: Timer[] = [];
const hashes = [host.sha256()];
hook({ uncaught: () => undefined, unhandledRejection: () => undefined });

for (let round = 0; round < ROUNDS; round++) {
  const [name, call] = functions[random(functions.length)] as [string, (...args: unknown[]) => unknown];
  const args = Array.from({ length: random(7) }, () => values[random(values.length)]);
  // Standard streams, and what the engine itself has open, stay.
  if (args[0] === 0 || args[0] === 1 || args[0] === 2) args[0] = file;
  if (/^(close|reset|ftruncate|setNonBlocking)$/.test(name)) args[0] = random(2) === 0 ? -1 : 2 ** 20;
  if (/^(watch|setInterest|unwatch|setHolding)$/.test(name)) args[0] = [socket, listener, -1, 2 ** 30, 1.5][random(5)];
  try {
    const result = call(...args);
    if (OPENS.test(name) && typeof result === "number" && result >= 0) host.close(result);
    if (name === "socketPair") for (const fd of result as readonly number[]) host.close(fd);
    if (name === "setTimer") timers.push(result as Timer);
    if (random(50) === 0)
      (hashes[0] as unknown as Record<string, (...all: unknown[]) => void>)[random(2) === 0 ? "update" : "digest"]?.(...args);
  } catch (thrown) {
    if (!(thrown instanceof Error)) fail(`${name} threw ${String(thrown)}`);
  }
  if (round % 1000 === 0) {
    hashes[0] = host.sha256();
    await pause(0);
  }
}
for (const timer of timers) host.clearTimer(timer);
for (const fd of [file, socket, listener]) host.close(fd);
