// Events, targets and signals of abortion, as the DOM Standard has them.

import assert from "node:assert/strict";
import { test } from "node:test";

const notHere = process.versions.engine === undefined && "V8 collects garbage when it likes";
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 5));

test("listeners are called in order, once each, and not after they are removed", () => {
  const target = new EventTarget();
  const calls: unknown[] = [];
  const first = (event: Event) => calls.push(["first", event.type, event.target === target, event.eventPhase]);
  const object = { handleEvent: (event: Event) => calls.push(["object", event.type]) };
  target.addEventListener("x", first);
  target.addEventListener("x", first);
  target.addEventListener("x", object);
  target.addEventListener("x", () => calls.push("once"), { once: true });
  target.addEventListener("x", () => calls.push("captured"), true);
  const event = new Event("x");
  assert.equal(target.dispatchEvent(event), true);
  assert.deepEqual(calls.splice(0), [["first", "x", true, 2], ["object", "x"], "once", "captured"]);
  assert.deepEqual([event.currentTarget, event.eventPhase, event.composedPath()], [null, 0, []]);
  target.removeEventListener("x", first);
  target.removeEventListener("x", object);
  target.dispatchEvent(event);
  assert.deepEqual(calls, ["captured"]);
});

test("what changes while listeners are called", () => {
  const target = new EventTarget();
  const calls: string[] = [];
  const late = () => calls.push("late");
  target.addEventListener("x", () => {
    calls.push("first");
    target.removeEventListener("x", removed);
    target.addEventListener("x", late);
  });
  const removed = () => calls.push("removed");
  target.addEventListener("x", removed);
  target.addEventListener("x", (event) => event.stopImmediatePropagation(), { once: true });
  target.addEventListener("x", () => calls.push("behind"));
  target.dispatchEvent(new Event("x"));
  assert.deepEqual(calls, ["first"]);
  target.dispatchEvent(new Event("x"));
  assert.deepEqual(calls, ["first", "first", "behind", "late"]);
});

test("the default is prevented where it can be", () => {
  const target = new EventTarget();
  target.addEventListener("x", (event) => event.preventDefault());
  assert.deepEqual(
    [target.dispatchEvent(new Event("x")), target.dispatchEvent(new Event("x", { cancelable: true }))],
    [true, false],
  );
  const passive = new EventTarget();
  passive.addEventListener("x", (event) => event.preventDefault(), { passive: true });
  assert.equal(passive.dispatchEvent(new Event("x", { cancelable: true })), true);
  const custom = new CustomEvent("y", { detail: { a: 1 } });
  assert.deepEqual([custom.detail, custom.type, custom.bubbles, custom.isTrusted], [{ a: 1 }, "y", false, false]);
});

test("a signal ends a listener, and wrong listeners and events are refused", () => {
  const target = new EventTarget();
  const controller = new AbortController();
  let calls = 0;
  target.addEventListener("x", () => void calls++, { signal: controller.signal });
  target.dispatchEvent(new Event("x"));
  controller.abort();
  target.dispatchEvent(new Event("x"));
  target.addEventListener("x", () => void calls++, { signal: controller.signal });
  target.dispatchEvent(new Event("x"));
  assert.equal(calls, 1);
  target.addEventListener("x", null as never);
  assert.throws(() => target.addEventListener("x", 5 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => target.dispatchEvent({} as never), { code: "ERR_INVALID_ARG_TYPE" });
  const event = new Event("again");
  target.addEventListener("again", () => assert.throws(() => target.dispatchEvent(event), { code: "ERR_EVENT_RECURSION" }));
  target.dispatchEvent(event);
});

test("a controller aborts its signal once, with a reason", () => {
  const { signal } = new AbortController();
  assert.deepEqual([signal.aborted, signal.reason], [false, undefined]);
  signal.throwIfAborted();
  const controller = new AbortController();
  const calls: string[] = [];
  controller.signal.addEventListener("abort", ({ type }) => calls.push(type));
  controller.signal.onabort = () => calls.push("onabort");
  controller.abort();
  controller.abort(new Error("later"));
  assert.deepEqual(calls, ["abort", "onabort"]);
  const { reason } = controller.signal;
  assert.ok(reason instanceof DOMException && reason instanceof Error);
  assert.deepEqual([reason.name, reason.code, reason.message], ["AbortError", 20, "This operation was aborted"]);
  assert.throws(() => controller.signal.throwIfAborted(), { name: "AbortError" });
  assert.equal(AbortSignal.abort("why").reason, "why");
  assert.throws(() => new (AbortSignal as unknown as new () => AbortSignal)(), { code: "ERR_ILLEGAL_CONSTRUCTOR" });
});

test("signals of a time, and of any of others", async () => {
  const timed = AbortSignal.timeout(1);
  const aborted = new Promise((resolve) => timed.addEventListener("abort", resolve));
  // The process does not stay for the signal alone.
  const stays = setInterval(() => undefined, 1000);
  await aborted;
  clearInterval(stays);
  assert.equal((timed.reason as DOMException).name, "TimeoutError");
  assert.throws(() => AbortSignal.timeout(-1), { code: "ERR_OUT_OF_RANGE" });
  const other = new AbortController();
  const either = AbortSignal.any([new AbortController().signal, other.signal]);
  const nested = AbortSignal.any([either, AbortSignal.any([])]);
  let calls = 0;
  nested.addEventListener("abort", () => void calls++);
  other.abort("other");
  assert.deepEqual([either.reason, nested.reason, calls], ["other", "other", 1]);
  assert.equal(AbortSignal.any([new AbortController().signal, either]).aborted, true);
  assert.throws(() => AbortSignal.any([5 as never]), { code: "ERR_INVALID_ARG_TYPE" });
});

test("a signal and those that follow it are all aborted before any is told", () => {
  const source = new AbortController();
  const order: unknown[] = [];
  const one = AbortSignal.any([source.signal]);
  const two = AbortSignal.any([one, new AbortController().signal]);
  one.addEventListener("abort", () => order.push("one", two.aborted));
  two.onabort = () => order.push("two");
  source.signal.addEventListener("abort", () => order.push("source", one.aborted, two.reason));
  source.abort("why");
  assert.deepEqual(order, ["source", true, "why", "one", true, "two"]);
});

test("a signal keeps of those that follow it only the ones that are listened to", { skip: notHere }, () => {
  const source = new AbortController();
  const other = new AbortController();
  const before = process.memoryUsage().heapUsed;
  const heldBy = (signal: AbortSignal, bytes: Uint8Array) => Object.assign(AbortSignal.any([source.signal, signal]), { bytes });
  for (let count = 0; count < 20_000; count += 1) {
    const follower = heldBy(new AbortController().signal, new Uint8Array(1000));
    const listener = () => undefined;
    follower.addEventListener("abort", listener);
    follower.removeEventListener("abort", listener);
  }
  for (let count = 0; count < 1000; count += 1) {
    const nearer = new AbortController();
    heldBy(nearer.signal, new Uint8Array(1000)).addEventListener("abort", () => undefined);
    nearer.abort();
  }
  assert.ok(process.memoryUsage().heapUsed - before < 500_000, `${process.memoryUsage().heapUsed - before}`);
  let calls = 0;
  heldBy(other.signal, new Uint8Array(1)).addEventListener("abort", () => void calls++);
  source.abort();
  assert.equal(calls, 1);
});

test("an exception of the web has a name, a number and a stack", () => {
  const thrown = new DOMException("message", { name: "DataCloneError", cause: 1 });
  assert.deepEqual([thrown.name, thrown.code, thrown.message, thrown.cause], ["DataCloneError", 25, "message", 1]);
  assert.ok(thrown.stack?.startsWith("DataCloneError: message\n    at "));
  assert.deepEqual(
    [new DOMException("m").name, new DOMException("m").code, String(thrown)],
    ["Error", 0, "DataCloneError: message"],
  );
  assert.equal(Object.prototype.toString.call(thrown), "[object DOMException]");
});

test("a microtask runs before timers, and what it throws is uncaught", async () => {
  const order: string[] = [];
  setTimeout(() => order.push("timer"), 0);
  queueMicrotask(() => order.push("microtask"));
  order.push("now");
  await nextTurn();
  assert.deepEqual(order, ["now", "microtask", "timer"]);
  assert.throws(() => queueMicrotask(undefined as never), { code: "ERR_INVALID_ARG_TYPE" });
});
