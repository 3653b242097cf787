// Runs before everything else: makes the global object what Node's is for the agent and for plugins. What few programs use is made when it
// is used first.

import { now, setHooks } from "engine:host";
import { Buffer } from "./buffer.ts";
import { Console } from "./console.ts";
import { uncaught, unhandled } from "./system/fatal.ts";
import { Process } from "./system/process.ts";
import { signalName } from "./system/signals.ts";
import { runTicks } from "./ticks.ts";
import * as timers from "./timers/timers.ts";
import { AbortController, AbortSignal } from "./web/abort.ts";
import { webcrypto } from "./web/crypto.ts";
import { DOMException } from "./web/dom_exception.ts";
import { CustomEvent, Event } from "./web/event.ts";
import { EventTarget } from "./web/event_target.ts";
import { structuredClone } from "./web/structured_clone.ts";
import { TextDecoder } from "./web/text_decoder.ts";
import { TextEncoder } from "./web/text_encoder.ts";

/** Defines globals as Node's are: writable and not enumerable. */
function define(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

/** Defines globals that are made when they are used first. */
function defineLate(makers: Readonly<Record<string, () => unknown>>): void {
  for (const [name, make] of Object.entries(makers)) {
    Object.defineProperty(globalThis, name, {
      get: () => {
        const value = make();
        define({ [name]: value });
        return value;
      },
      set: (value: unknown) => define({ [name]: value }),
      configurable: true,
      enumerable: false,
    });
  }
}

const begun = now();
const performance = {
  /** When this process began, in milliseconds since 1970. */
  timeOrigin: Date.now(),
  now: (): number => now() - begun,
  toJSON: () => ({ timeOrigin: performance.timeOrigin }),
};

const done = Promise.resolve();

/** Calls a function after what runs now, and before timers and descriptors. */
function queueMicrotask(call: () => void): void {
  if (typeof call !== "function") throw new TypeError('The "callback" argument must be of type function.');
  void done.then(() => {
    try {
      call();
    } catch (thrown) {
      uncaught(process, thrown, "uncaughtException");
    }
  });
}

const process = new Process();

define({
  AbortController,
  AbortSignal,
  Buffer,
  clearImmediate: timers.clearImmediate,
  clearInterval: timers.clearInterval,
  clearTimeout: timers.clearTimeout,
  crypto: webcrypto,
  CustomEvent,
  DOMException,
  Event,
  EventTarget,
  global: globalThis,
  performance,
  process,
  queueMicrotask,
  setImmediate: timers.setImmediate,
  setInterval: timers.setInterval,
  setTimeout: timers.setTimeout,
  structuredClone,
  TextDecoder,
  TextEncoder,
});

/** The module with the classes of URLs is large. */
const urlModule = () => process.getBuiltinModule("url") as typeof import("./url.ts");
defineLate({
  URL: () => urlModule().URL,
  URLSearchParams: () => urlModule().URLSearchParams,
  console: () =>
    new Console(
      () => process.stdout,
      () => process.stderr,
    ),
});

setHooks({
  uncaught: (thrown) => uncaught(process, thrown, "uncaughtException"),
  unhandledRejection: (reason) => unhandled(process, reason),
  signal: (signal) => {
    const name = signalName(signal);
    if (name !== undefined) process.emit(name, name, signal);
  },
  ticks: runTicks,
  immediates: timers.runImmediates,
  drained: () => void process.emit("beforeExit", Number(process.exitCode ?? 0)),
  exit: () => process.exit(),
});
