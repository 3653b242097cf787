// What makes buffers, and the other functions of the class Buffer itself.

import { coded, invalidArgType } from "../errors.ts";
import { Buffer, checkOffset, checkRange, MOST_BYTES, wrap } from "./bytes.ts";
import { encodingOf, findEncoding } from "./encodings.ts";
import { order } from "./order.ts";

/** A buffer of text, of memory, which is shared, or of bytes, which are copied. */
export function from(value: unknown, encodingOrOffset?: string | number, length?: number): Buffer {
  if (typeof value === "string") return wrap(encodingOf(encodingOrOffset).encode(value));
  if (isMemory(value)) return ofMemory(value as ArrayBuffer, Number(encodingOrOffset) || 0, length);
  if (ArrayBuffer.isView(value) || Array.isArray(value)) return new Buffer(value as ArrayLike<number> & ArrayBufferView);
  if (typeof value === "object" && value !== null) {
    const own: unknown = value.valueOf();
    if (own !== value && own !== null && own !== undefined) return from(own, encodingOrOffset, length);
    const made = ofObject(value as Record<string | symbol, unknown>, encodingOrOffset);
    if (made) return made;
  }
  const wanted = "of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object";
  throw invalidArgType("first argument", wanted, value);
}

function ofMemory(memory: ArrayBuffer, offset: number, length: number | undefined): Buffer {
  const left = memory.byteLength - Math.trunc(offset);
  const wanted = length === undefined ? left : Math.max(0, Math.trunc(Number(length)) || 0);
  const wrong = left < 0 ? "offset" : wanted > left ? "length" : undefined;
  if (wrong) throw coded("ERR_BUFFER_OUT_OF_BOUNDS", `"${wrong}" is outside of buffer bounds`, RangeError);
  return new Buffer(memory, offset, wanted);
}

function ofObject(value: Record<string | symbol, unknown>, encoding: string | number | undefined): Buffer | undefined {
  if ("length" in value) return new Buffer(typeof value.length === "number" ? (value as unknown as ArrayLike<number>) : 0);
  if (value.type === "Buffer" && Array.isArray(value.data)) return new Buffer(value.data as number[]);
  const primitive = value[Symbol.toPrimitive];
  return typeof primitive === "function" ? from(primitive.call(value, "string"), encoding) : undefined;
}

function isMemory(value: unknown): boolean {
  return value instanceof ArrayBuffer || (typeof SharedArrayBuffer === "function" && value instanceof SharedArrayBuffer);
}

/** Filled with zeros, or with what is given. */
export function alloc(size: number, fill?: string | number | Uint8Array, encoding?: string): Buffer {
  checkRange(size, "size", MOST_BYTES);
  const made = new Buffer(size);
  return size === 0 || fill === undefined || fill === 0 ? made : made.fill(fill, typeof fill === "string" ? encoding : undefined);
}

/** Filled with zeros too: the engine has no memory that is cheaper. */
export function allocUnsafe(size: number): Buffer {
  return alloc(size);
}

/** All in one; cut off, or filled up with zeros, to a length where there is one. */
export function concat(list: readonly Uint8Array[], length?: number): Buffer {
  if (!Array.isArray(list)) throw invalidArgType("list", "an instance of Array", list);
  if (length !== undefined) checkOffset(length, "length", MOST_BYTES);
  let total = length ?? 0;
  list.forEach((one: unknown, at) => {
    if (!(one instanceof Uint8Array)) throw invalidArgType(`list[${at}]`, "an instance of Buffer or Uint8Array", one);
    if (length === undefined) total += one.length;
  });
  const made = new Buffer(total);
  let at = 0;
  for (const one of list as readonly Uint8Array[]) {
    if (at >= total) break;
    made.set(one.length > total - at ? one.subarray(0, total - at) : one, at);
    at += one.length;
  }
  return made;
}

/** -1, 0 or 1. */
export function compare(one: Uint8Array, other: Uint8Array): -1 | 0 | 1 {
  if (!(one instanceof Uint8Array)) throw invalidArgType("buf1", "an instance of Buffer or Uint8Array", one);
  if (!(other instanceof Uint8Array)) throw invalidArgType("buf2", "an instance of Buffer or Uint8Array", other);
  return one === other ? 0 : order(one, other);
}

/** Bytes of a text, or of memory. */
export function byteLength(value: string | ArrayBufferView | ArrayBufferLike, encoding?: string): number {
  if (typeof value === "string") return (findEncoding(encoding) ?? encodingOf("utf8")).byteLength(value);
  if (ArrayBuffer.isView(value) || isMemory(value)) return value.byteLength;
  throw invalidArgType("string", "of type string or an instance of Buffer or ArrayBuffer", value);
}

/** Whether a value is a Buffer. */
export function isBuffer(value: unknown): value is Buffer {
  return value instanceof Buffer;
}

/** Whether there is an encoding of that name. */
export function isEncoding(name: unknown): boolean {
  return typeof name === "string" && name !== "" && findEncoding(name) !== undefined;
}

/** A copy of a part of the memory of another array. */
export function copyBytesFrom(view: ArrayBufferView & ArrayLike<unknown>, offset = 0, length?: number): Buffer {
  if (!ArrayBuffer.isView(view) || view instanceof DataView) throw invalidArgType("view", "an instance of TypedArray", view);
  checkOffset(offset, "offset", MOST_BYTES);
  if (length !== undefined) checkOffset(length, "length", MOST_BYTES);
  const size = view.length === 0 ? 1 : view.byteLength / view.length;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return new Buffer(bytes.subarray(offset * size, length === undefined ? undefined : (offset + length) * size));
}
