// Timers, immediates and ticks in the order in which Node has them.

import assert from "node:assert/strict";
import { test } from "node:test";
import timers, { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from "node:timers";
import * as promises from "node:timers/promises";

const notHere = process.versions.engine === undefined && "V8 collects garbage when it likes";
const immediate = () => new Promise<void>((resolve) => void setImmediate(resolve));

test("a timeout is called once, with its arguments", async () => {
  const calls: unknown[][] = [];
  setTimeout((...args: unknown[]) => calls.push(args), 1, "a", 2);
  await new Promise<void>((resolve) => void setTimeout((...args: unknown[]) => resolve(void calls.push(args)), 5));
  await promises.setTimeout(5);
  assert.deepEqual(calls, [["a", 2], []]);
});

test("timers are called by their times, and those of one time in order", async () => {
  const order: string[] = [];
  const note = (name: string) => () => order.push(name);
  await new Promise<void>((resolve) => {
    setTimeout(note("late"), 60);
    setTimeout(note("early"), 20);
    setTimeout(note("first"), 40);
    setTimeout(note("second"), 40);
    setTimeout(resolve, 80);
  });
  assert.deepEqual(order, ["early", "first", "second", "late"]);
});

test("a time that is none is a millisecond", async () => {
  const began = performance.now();
  for (const ms of [undefined, Number.NaN, -5, "x", 0, "1"])
    await new Promise<void>((resolve) => void setTimeout(resolve, ms as number));
  assert.ok(performance.now() - began < 500);
});

test("what is cleared is not called", async () => {
  const calls: string[] = [];
  const timer = setTimeout(() => calls.push("timer"), 1);
  const byNumber = setTimeout(() => calls.push("number"), 1);
  const byText = setTimeout(() => calls.push("text"), 1);
  const closed = setTimeout(() => calls.push("closed"), 1);
  const interval = setInterval(() => calls.push("interval"), 1);
  const now = setImmediate(() => calls.push("immediate"));
  clearTimeout(timer);
  clearTimeout(Number(byNumber));
  clearTimeout(String(Number(byText)));
  closed.close();
  clearTimeout(interval);
  clearImmediate(now);
  for (const nothing of [undefined, null, 99_999_999, "nothing", {}]) {
    clearTimeout(nothing as never);
    clearInterval(nothing as never);
  }
  for (const nothing of [undefined, null]) clearImmediate(nothing as never);
  await promises.setTimeout(20);
  assert.deepEqual(calls, []);
});

test("an interval is called until it is cleared, by itself too", async () => {
  let calls = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      calls += 1;
      if (calls < 3) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await promises.setTimeout(10);
  assert.equal(calls, 3);
});

test("a callback has its timer as `this`", async () => {
  const seen: unknown[] = [];
  const notes = (resolve: () => void) =>
    function note(this: unknown): void {
      seen.push(this);
      if (typeof (this as NodeJS.Timeout).refresh === "function") clearInterval(this as NodeJS.Timeout);
      resolve();
    };
  const made: unknown[] = [];
  for (const args of [[], ["with arguments"]])
    for (const set of [setTimeout, setInterval])
      await new Promise<void>((resolve) => void made.push(Reflect.apply(set, undefined, [notes(resolve), 1, ...args])));
  await new Promise<void>((resolve) => void made.push(setImmediate(notes(resolve))));
  assert.ok(seen.length === 5 && seen.every((one, at) => one === made[at]));
});

test("a timer is one number, and goes when nothing but the number is left of it", { skip: notHere }, async () => {
  const timer = setTimeout(() => undefined, 1);
  assert.equal(Number(timer), Number(timer));
  const held = (bytes: Uint8Array) => Number(setTimeout(() => bytes.length, 1));
  const before = process.memoryUsage().heapUsed;
  const ids = Array.from({ length: 1000 }, () => held(new Uint8Array(10_000)));
  await promises.setTimeout(20);
  assert.ok(process.memoryUsage().heapUsed - before < 1_000_000);
  for (const id of ids) clearTimeout(id);
});

test("refresh begins anew, and sets a timer that is over again", async () => {
  const began = performance.now();
  let calls = 0;
  let called = (): void => undefined;
  const timer = setTimeout(() => {
    calls += 1;
    called();
  }, 40);
  await promises.setTimeout(25);
  assert.equal(timer.refresh(), timer);
  await new Promise<void>((resolve) => {
    called = resolve;
  });
  assert.ok(performance.now() - began >= 63);
  timer.refresh();
  await new Promise<void>((resolve) => {
    called = resolve;
  });
  assert.equal(calls, 2);
});

test("tells whether the loop stays for a timer", () => {
  const timer = setTimeout(() => undefined, 1000);
  assert.equal(timer.hasRef(), true);
  assert.equal(timer.unref().hasRef(), false);
  assert.equal(timer.ref().hasRef(), true);
  clearTimeout(timer);
  const now = setImmediate(() => undefined);
  assert.deepEqual([now.hasRef(), now.unref().hasRef()], [true, false]);
  clearImmediate(now.ref()); // Node 22 miscounts what is cleared without a reference
});

test("immediates come after ticks and microtasks, one after another", async () => {
  const order: string[] = [];
  const note = (name: string) => () => void order.push(name);
  await immediate();
  setImmediate(
    (a: unknown, b: unknown) => {
      note(`immediate ${a} ${b}`)();
      void Promise.resolve().then(note("microtask of immediate"));
      process.nextTick(note("tick of immediate"));
      setImmediate(note("next turn"));
    },
    1,
    2,
  );
  setImmediate(note("second immediate"));
  process.nextTick((...args: unknown[]) => order.push(`tick ${args}`), 1, 2);
  queueMicrotask(note("microtask"));
  while (!order.includes("next turn")) await immediate();
  assert.deepEqual(order.slice(0, 3), ["microtask", "tick 1,2", "immediate 1 2"]);
  assert.ok(order.indexOf("microtask of immediate") < order.indexOf("second immediate"));
  assert.ok(order.indexOf("tick of immediate") < order.indexOf("second immediate"));
  assert.equal(order.at(-1), "next turn");
});

test("an immediate may clear another", async () => {
  const order: string[] = [];
  setImmediate(() => {
    order.push("first");
    clearImmediate(second);
  });
  const second = setImmediate(() => order.push("second"));
  setImmediate(() => order.push("third"));
  while (!order.includes("third")) await immediate();
  assert.deepEqual(order, ["first", "third"]);
});

test("ticks are called in order, those that ticks add too", async () => {
  const order: unknown[] = [];
  process.nextTick(() => {
    order.push(1);
    process.nextTick(() => order.push(3));
  });
  process.nextTick((...args: unknown[]) => order.push(args));
  process.nextTick(() => order.push(2));
  await immediate();
  assert.deepEqual(order, [1, [], 2, 3]);
});

test("ticks come before the microtasks of a callback, and after those of a microtask", async () => {
  const order: string[] = [];
  const note = (name: string) => () => void order.push(name);
  await new Promise<void>((resolve) => {
    setTimeout(() => {
      queueMicrotask(() => {
        process.nextTick(note("tick of a microtask"));
        queueMicrotask(note("microtask of a microtask"));
        setImmediate(resolve);
      });
      process.nextTick(note("tick"));
    }, 1);
  });
  assert.deepEqual(order, ["tick", "microtask of a microtask", "tick of a microtask"]);
});

test("rejections take no longer when they are handled in the order in which they came", () => {
  const handled = (order: (all: Promise<unknown>[]) => Promise<unknown>[]) => {
    const all = order(Array.from({ length: 20_000 }, () => Promise.reject(new Error("rejected"))));
    const start = performance.now();
    for (const one of all) one.catch(() => undefined);
    return performance.now() - start;
  };
  const best = (order: Parameters<typeof handled>[0]) => Math.min(...[0, 0, 0].map(() => handled(order)));
  assert.ok(best((all) => all) < 4 * best((all) => all.reverse()) + 20);
});

test("all immediates of a turn come before timers", async () => {
  const order: string[] = [];
  await immediate();
  for (const name of ["one", "two", "three"]) setImmediate(() => order.push(name));
  setImmediate(() => {
    const end = performance.now() + 3;
    setTimeout(() => order.push("timer"), 1);
    while (performance.now() < end);
  });
  setImmediate(() => order.push("four"));
  while (!order.includes("timer")) await immediate();
  assert.deepEqual(order, ["one", "two", "three", "four", "timer"]);
});

test("checks its arguments", () => {
  for (const set of [setTimeout, setInterval, setImmediate])
    assert.throws(() => set("code" as never, 1), { code: "ERR_INVALID_ARG_TYPE", name: "TypeError" });
  assert.equal(timers.setTimeout, setTimeout);
});

test("promises resolve with their values", async () => {
  assert.equal(await promises.setTimeout(1, "value"), "value");
  assert.equal(await promises.setImmediate("now"), "now");
  await promises.scheduler.wait(1);
  await promises.scheduler.yield();
  const values: unknown[] = [];
  for await (const value of promises.setInterval(1, "again")) if (values.push(value) === 3) break;
  assert.deepEqual(values, ["again", "again", "again"]);
});

test("promises reject when their signal is aborted", async () => {
  const aborted = { name: "AbortError", code: "ABORT_ERR" };
  const { signal } = Object.assign(new AbortController(), {});
  const controllers = [new AbortController(), new AbortController(), new AbortController()] as const;
  const [one, two, three] = controllers;
  const waits = [
    assert.rejects(promises.setTimeout(10_000, undefined, { signal: one.signal }), aborted),
    assert.rejects(promises.setImmediate(undefined, { signal: two.signal }), aborted),
    assert.rejects(promises.setInterval(10_000, undefined, { signal: three.signal }).next(), aborted),
  ];
  for (const controller of controllers) controller.abort();
  await Promise.all(waits);
  await assert.rejects(promises.setTimeout(1, undefined, { signal: one.signal }), aborted);
  assert.equal(await promises.setTimeout(1, "kept", { signal }), "kept");
});
