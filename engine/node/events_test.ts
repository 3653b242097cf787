// EventEmitter as Node documents it.

import assert from "node:assert/strict";
import events, { EventEmitter, errorMonitor, on, once } from "node:events";
import { test } from "node:test";

function recorder() {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  return { calls, record };
}

test("listeners are called in order, with all arguments and the emitter", () => {
  const { calls, record } = recorder();
  const emitter = new EventEmitter();
  emitter.on("x", record("a")).on("x", record("b")).prependListener("x", record("c"));
  emitter.on("x", function (this: unknown) {
    calls.push(["this", this === emitter]);
  });
  assert.equal(emitter.emit("x"), true);
  assert.equal(emitter.emit("x", 1, 2, 3, 4), true);
  assert.equal(emitter.emit("x", undefined), true);
  assert.equal(emitter.emit("y"), false);
  assert.deepEqual(calls, [
    ["c"],
    ["a"],
    ["b"],
    ["this", true],
    ["c", 1, 2, 3, 4],
    ["a", 1, 2, 3, 4],
    ["b", 1, 2, 3, 4],
    ["this", true],
    ["c", undefined],
    ["a", undefined],
    ["b", undefined],
    ["this", true],
  ]);
});

test("names may be symbols, and what every object has is no event", () => {
  const { calls, record } = recorder();
  const name = Symbol("s");
  const emitter = new EventEmitter();
  assert.equal(emitter.emit("toString"), false);
  assert.equal(emitter.emit("__proto__"), false);
  emitter.on(name, record("s")).on("constructor", record("c"));
  emitter.emit(name, 1);
  emitter.emit("constructor");
  assert.deepEqual(calls, [["s", 1], ["c"]]);
  assert.deepEqual(emitter.eventNames(), ["constructor", name]);
});

test("once is called once, even where its listener emits the same event", () => {
  const { calls, record } = recorder();
  const emitter = new EventEmitter();
  emitter.once("x", (value: unknown) => {
    record("first")(value);
    emitter.emit("x", "again");
  });
  emitter.prependOnceListener("x", record("before"));
  emitter.emit("x", 1);
  assert.deepEqual(calls, [
    ["before", 1],
    ["first", 1],
  ]);
  assert.equal(emitter.listenerCount("x"), 0);
});

test("listeners that are added or removed meanwhile change the next emit", () => {
  const { calls, record } = recorder();
  const emitter = new EventEmitter();
  const late = record("late");
  emitter.on("x", () => {
    record("first")();
    emitter.off("x", late);
    emitter.on("x", record("new"));
  });
  emitter.on("x", late);
  emitter.emit("x");
  assert.deepEqual(calls, [["first"], ["late"]]);
  calls.length = 0;
  emitter.emit("x");
  assert.deepEqual(calls, [["first"], ["new"]]);
});

test("a listener that was added several times is removed once, the last first", () => {
  const { calls, record } = recorder();
  const emitter = new EventEmitter();
  const twice = record("twice");
  emitter.on("x", twice).on("x", record("between")).on("x", twice);
  emitter.removeListener("x", twice).removeListener("x", () => undefined);
  emitter.emit("x");
  assert.deepEqual(calls, [["twice"], ["between"]]);
});

test("a listener for one event can be removed by its own function", () => {
  const emitter = new EventEmitter();
  const listener = () => undefined;
  emitter.once("x", listener);
  assert.deepEqual(emitter.listeners("x"), [listener]);
  assert.notEqual(emitter.rawListeners("x")[0], listener);
  assert.equal(emitter.listenerCount("x", listener), 1);
  emitter.off("x", listener);
  assert.equal(emitter.listenerCount("x"), 0);
  assert.deepEqual(emitter.eventNames(), []);
});

test("tells of listeners that come and go", () => {
  const calls: unknown[][] = [];
  const emitter = new EventEmitter();
  const a = () => undefined;
  const b = () => undefined;
  emitter.on("newListener", (name, listener) => calls.push(["new", name, listener, emitter.listenerCount("x")]));
  emitter.on("removeListener", (name, listener) => calls.push(["gone", name, listener, emitter.listenerCount("x")]));
  emitter.on("x", a).once("x", b);
  emitter.off("x", b).on("x", b).removeAllListeners("x");
  assert.deepEqual(calls.slice(1), [
    ["new", "x", a, 0],
    ["new", "x", b, 1],
    ["gone", "x", b, 1],
    ["new", "x", b, 1],
    ["gone", "x", b, 1],
    ["gone", "x", a, 0],
  ]);
});

test("removeAllListeners removes those of one event, or of all", () => {
  const emitter = new EventEmitter();
  emitter.on("x", () => undefined).on("y", () => undefined);
  emitter.removeAllListeners("x");
  assert.deepEqual(emitter.eventNames(), ["y"]);
  emitter.removeAllListeners();
  assert.deepEqual(emitter.eventNames(), []);
});

test("an error that nobody listens to is thrown", () => {
  const emitter = new EventEmitter();
  const error = new Error("broken");
  assert.throws(() => emitter.emit("error", error), error);
  assert.throws(() => emitter.emit("error", "text"), { code: "ERR_UNHANDLED_ERROR", message: "Unhandled error. ('text')" });
  const { calls, record } = recorder();
  emitter.on(errorMonitor, record("monitor"));
  assert.throws(() => emitter.emit("error", error), error);
  emitter.on("error", record("error"));
  assert.equal(emitter.emit("error", error), true);
  assert.deepEqual(calls, [
    ["monitor", error],
    ["monitor", error],
    ["error", error],
  ]);
});

test("what a listener throws goes to whoever emits", () => {
  const { calls, record } = recorder();
  const emitter = new EventEmitter();
  emitter.on("x", () => {
    throw new Error("thrown");
  });
  emitter.on("x", record("second"));
  assert.throws(() => emitter.emit("x"), { message: "thrown" });
  assert.deepEqual(calls, []);
});

test("checks its arguments", () => {
  const emitter = new EventEmitter();
  const wrong = { code: "ERR_INVALID_ARG_TYPE", name: "TypeError" };
  assert.throws(() => emitter.on("x", 5 as never), {
    ...wrong,
    message: 'The "listener" argument must be of type function. Received type number (5)',
  });
  assert.throws(() => emitter.once("x", undefined as never), wrong);
  assert.throws(() => emitter.off("x", null as never), wrong);
  assert.throws(() => emitter.setMaxListeners(-1), { code: "ERR_OUT_OF_RANGE", name: "RangeError" });
  assert.equal(emitter.setMaxListeners(3).getMaxListeners(), 3);
});

test("the module is the class", () => {
  assert.equal(events, EventEmitter);
  assert.equal(events.EventEmitter, EventEmitter);
  assert.equal(events.once, once);
  assert.equal(new EventEmitter().getMaxListeners(), events.defaultMaxListeners);
});

test("once resolves with the arguments of the next event", async () => {
  const emitter = new EventEmitter();
  const waits = once(emitter, "x");
  emitter.emit("x", 1, 2);
  emitter.emit("x", 3);
  assert.deepEqual(await waits, [1, 2]);
  assert.deepEqual(emitter.eventNames(), []);
});

test("once rejects with an error that comes before, or when its signal is aborted", async () => {
  const emitter = new EventEmitter();
  const waits = once(emitter, "x");
  emitter.emit("error", new Error("broken"));
  await assert.rejects(waits, { message: "broken" });
  const error = once(emitter, "error");
  emitter.emit("error", 5);
  assert.deepEqual(await error, [5]);
  const controller = new AbortController();
  const aborted = once(emitter, "x", { signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { name: "AbortError", code: "ABORT_ERR" });
  assert.deepEqual(emitter.eventNames(), []);
  await assert.rejects(once(emitter, "x", { signal: controller.signal }), { name: "AbortError" });
});

test("once waits for events of a target", async () => {
  const { signal } = new AbortController();
  const waits = once(signal, "ping");
  const event = new Event("ping");
  signal.dispatchEvent(event);
  assert.equal((await waits)[0], event);
});

test("on gives every event, and stops when it is told to", async () => {
  const emitter = new EventEmitter();
  const events = on(emitter, "x");
  emitter.emit("x", 1);
  emitter.emit("x", 2, 3);
  const got: unknown[] = [];
  setImmediate(() => emitter.emit("x", 4));
  for await (const args of events) if (got.push(args) === 3) break;
  assert.deepEqual(got, [[1], [2, 3], [4]]);
  assert.deepEqual(emitter.eventNames(), []);
  const next = on(emitter, "x", { close: ["end"] });
  emitter.emit("x", 5);
  emitter.emit("end");
  assert.deepEqual(await next.next(), { value: [5], done: false });
  assert.deepEqual(await next.next(), { value: undefined, done: true });
  const failing = on(emitter, "x");
  emitter.emit("error", new Error("broken"));
  await assert.rejects(failing.next(), { message: "broken" });
  const controller = new AbortController();
  const aborted = on(emitter, "x", { signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted.next(), { name: "AbortError" });
});

test("programs from before there were classes inherit by a call", () => {
  function Old(this: EventEmitter): void {
    (EventEmitter as unknown as { call(self: unknown): void }).call(this);
  }
  Old.prototype = Object.create(EventEmitter.prototype) as object;
  const old = new (Old as unknown as new () => EventEmitter)();
  const { calls, record } = recorder();
  old.on("x", record("x"));
  old.emit("x", 1);
  assert.deepEqual([calls, old instanceof EventEmitter, new EventEmitter().constructor], [[["x", 1]], true, EventEmitter]);
});
