// node:util: what programs and packages use of it.

import { codeOf, invalidArgType, outOfRange } from "./errors.ts";
import { isDeepStrictEqual } from "./util/deep_equal.ts";
import { format } from "./util/format.ts";
import { inspect } from "./util/inspect.ts";
import * as types from "./util/types.ts";

export { format, inspect, isDeepStrictEqual, types };
export const { TextDecoder, TextEncoder } = globalThis;

type Callback = (error: unknown, value?: unknown) => void;
type Function_ = (...args: unknown[]) => unknown;

const CUSTOM = Symbol.for("nodejs.util.promisify.custom");

/** A function that calls back, as one that gives a promise. */
export function promisify(call: Function_): (...args: unknown[]) => Promise<unknown> {
  if (typeof call !== "function") throw invalidArgType("original", "of type function", call);
  const custom = (call as unknown as Record<symbol, unknown>)[CUSTOM];
  if (typeof custom === "function") return custom as (...args: unknown[]) => Promise<unknown>;
  return Object.setPrototypeOf(function promisified(this: unknown, ...args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const back: Callback = (error, value) => (error ? reject(error) : resolve(value));
      call.call(this, ...args, back);
    });
  }, Object.getPrototypeOf(call) as object);
}
promisify.custom = CUSTOM;

/** A function that gives a promise, as one that calls back. */
export function callbackify(call: (...args: unknown[]) => Promise<unknown>): (...args: unknown[]) => void {
  return function callbackified(this: unknown, ...args: unknown[]): void {
    const back = args.pop();
    if (typeof back !== "function") throw invalidArgType("last argument", "of type function", back);
    call.apply(this, args).then(
      (value) => process.nextTick(back as Callback, null, value),
      (thrown: unknown) => process.nextTick(back as Callback, thrown ?? new Error("Promise was rejected with falsy value")),
    );
  };
}

/** Lets the instances of one constructor inherit from another one. */
export function inherits(type: Function_, base: Function_): void {
  Object.defineProperty(type, "super_", { value: base, writable: true, configurable: true });
  Object.setPrototypeOf(type.prototype as object, base.prototype as object);
}

/** A function that writes to standard error if `NODE_DEBUG` names the section. */
export function debuglog(section: string): ((...args: unknown[]) => void) & { readonly enabled: boolean } {
  const isOn = (process.env.NODE_DEBUG ?? "").toUpperCase().split(",").includes(section.toUpperCase());
  const log = (...args: unknown[]) => {
    if (isOn) process.stderr.write(`${section.toUpperCase()} ${process.pid}: ${format(...args)}\n`);
  };
  return Object.assign(log, { enabled: isOn });
}
export { debuglog as debug };

/** The function, with a warning the first time it is called. */
export function deprecate<A extends unknown[], R>(call: (...args: A) => R, message: string, code?: string): (...args: A) => R {
  let isTold = false;
  return function deprecated(this: unknown, ...args: A): R {
    if (!isTold) process.emitWarning(message, "DeprecationWarning", code as string);
    isTold = true;
    return call.apply(this, args);
  };
}

/** The text without escape sequences of terminals. */
export function stripVTControlCharacters(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes.
  return text.replace(/\x1b\][^\x07\x1b]*(\x07|\x1b\\)|[\x1b\x9b][[\]()#;?]*(\d{1,4}(;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]/g, "");
}

/** The text with U+FFFD for each lone surrogate. */
export function toUSVString(text: string): string {
  return `${text}`.toWellFormed();
}

/** The name of an error number below zero. */
export function getSystemErrorName(errno: number): string {
  if (typeof errno !== "number") throw invalidArgType("err", "of type number", errno);
  if (!Number.isInteger(errno) || errno >= 0) throw outOfRange("err", "a negative integer", errno);
  return codeOf(errno);
}

export default {
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  getSystemErrorName,
  inherits,
  inspect,
  isDeepStrictEqual,
  promisify,
  stripVTControlCharacters,
  TextDecoder,
  TextEncoder,
  toUSVString,
  types,
};
