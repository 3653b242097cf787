// `structuredClone` (HTML Standard section 2.7) for plain data: primitive values, arrays, plain objects, and the classes below.

import { DOMException } from "./dom_exception.ts";

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

/** A copy of a value with all that it leads to. @throws DOMException `DataCloneError` for functions, symbols, promises and the like */
export function structuredClone(value: unknown, options?: { readonly transfer?: readonly unknown[] }): unknown {
  if ((options?.transfer?.length ?? 0) > 0) throw cloneError("Transferring is not supported by the agent's engine");
  return copied(value, new Map());
}

function cloneError(message: string): DOMException {
  return new DOMException(message, "DataCloneError");
}

/** @param known Copies of objects that were met before. */
function copied(value: unknown, known: Map<object, unknown>): unknown {
  if (typeof value === "function" || typeof value === "symbol") throw cloneError(`${String(value)} could not be cloned.`);
  if (typeof value !== "object" || value === null) return value;
  const before = known.get(value);
  if (before !== undefined) return before;
  const copy = shallow(value, known);
  known.set(value, copy);
  fill(value, copy, known);
  return copy;
}

/** A new object of the kind, with what cannot lead to another object. */
function shallow(value: object, known: Map<object, unknown>): object {
  if (Array.isArray(value)) return new Array(value.length);
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof Map) return new Map();
  if (value instanceof Set) return new Set();
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (ArrayBuffer.isView(value)) return viewOf(value, known);
  if (value instanceof Error) return errorLike(value);
  for (const type of [Number, String, Boolean, BigInt] as const)
    if (value instanceof type) return Object(value.valueOf()) as object;
  const tag = Object.prototype.toString.call(value);
  const isForeign = ["WeakMap", "WeakSet", "WeakRef", "Promise", "Proxy"].some((name) => tag === `[object ${name}]`);
  if (isForeign) throw cloneError(`#<${tag.slice("[object ".length, -1)}> could not be cloned.`);
  return {};
}

/** A view of a copy of the whole buffer, at the same place. */
function viewOf(view: ArrayBufferView, known: Map<object, unknown>): object {
  const buffer = copied(view.buffer, known) as ArrayBuffer;
  if (view instanceof DataView) return new DataView(buffer, view.byteOffset, view.byteLength);
  // Subclasses, such as Buffer, become the plain class.
  const name = (view as unknown as Record<symbol, string>)[Symbol.toStringTag] as "Uint8Array";
  return new globalThis[name](buffer, view.byteOffset, (view as Uint8Array).length);
}

function errorLike(error: Error): Error {
  const type = ERRORS[error.name as keyof typeof ERRORS] ?? Error;
  const copy = Object.create(type.prototype, {}) as Error;
  for (const key of ["message", "stack"] as const) {
    const value = Object.getOwnPropertyDescriptor(error, key)?.value as unknown;
    if (value !== undefined) Object.defineProperty(copy, key, { value: String(value), writable: true, configurable: true });
  }
  return copy;
}

function fill(value: object, copy: object, known: Map<object, unknown>): void {
  if (value instanceof Map)
    for (const [key, one] of value) (copy as Map<unknown, unknown>).set(copied(key, known), copied(one, known));
  else if (value instanceof Set) for (const one of value) (copy as Set<unknown>).add(copied(one, known));
  else if (value instanceof Error) fillError(value, copy, known);
  else if (Array.isArray(value) || !isKnownClass(value)) {
    for (const key of Object.keys(value)) {
      const data = copied((value as Record<string, unknown>)[key], known);
      Object.defineProperty(copy, key, { value: data, writable: true, enumerable: true, configurable: true });
    }
  }
}

function fillError(error: Error, copy: object, known: Map<object, unknown>): void {
  if (!Object.hasOwn(error, "cause")) return;
  Object.defineProperty(copy, "cause", { value: copied(error.cause, known), writable: true, configurable: true });
}

/** Whether only what is within an object is copied, and no properties. */
function isKnownClass(value: object): boolean {
  const classes = [Date, RegExp, ArrayBuffer, Number, String, Boolean, BigInt];
  return ArrayBuffer.isView(value) || classes.some((type) => value instanceof type);
}
