// Runs before everything else: makes the global object what Node's is for the agent and for plugins. What few programs use is made when it
// is used first.

import { builtinModule, now, setHooks } from "engine:host";
import { atob, Buffer, btoa } from "./buffer.ts";
import { checkFunction } from "./errors.ts";
import { uncaught, unhandled } from "./system/fatal.ts";
import { Process } from "./system/process.ts";
import { signalName } from "./system/signals.ts";
import { runTicks } from "./ticks.ts";
import * as timers from "./timers/timers.ts";
import { TextDecoder } from "./web/text_decoder.ts";
import { TextEncoder } from "./web/text_encoder.ts";

/** Defines globals as Node's are: writable and not enumerable. */
function define(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

/** Defines a global that is made when it is used first. */
function defineLate(name: string, make: () => unknown): void {
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
  checkFunction(call, "callback");
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
  atob,
  btoa,
  Buffer,
  clearImmediate: timers.clearImmediate,
  clearInterval: timers.clearInterval,
  clearTimeout: timers.clearTimeout,
  global: globalThis,
  performance,
  process,
  queueMicrotask,
  setImmediate: timers.setImmediate,
  setInterval: timers.setInterval,
  setTimeout: timers.setTimeout,
  TextDecoder,
  TextEncoder,
});

/** A member of a module, which is loaded when the member is used first. */
function member(module: string, name: string): () => unknown {
  return () => (builtinModule(module) as Record<string, unknown>)[name];
}

for (const name of [
  "AbortController",
  "AbortSignal",
  "Crypto",
  "crypto",
  "CryptoKey",
  "CustomEvent",
  "DOMException",
  "Event",
  "EventTarget",
  "structuredClone",
  "SubtleCrypto",
]) {
  defineLate(name, member("engine:web", name));
}
for (const name of ["URL", "URLSearchParams"]) defineLate(name, member("node:url", name));
defineLate("console", member("node:console", "default"));

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
