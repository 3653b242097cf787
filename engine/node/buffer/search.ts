// Finds bytes in bytes: `indexOf`, `lastIndexOf` and `includes` of Buffer.

import { invalidArgType } from "../errors.ts";
import { encodingOf, findEncoding } from "./encodings.ts";
import { sameBytes } from "./order.ts";

const nativeFirst = Uint8Array.prototype.indexOf;
const nativeLast = Uint8Array.prototype.lastIndexOf;

/** Where a value begins, first from an offset on, or last up to it; -1 if it is not there. */
export function find(
  bytes: Uint8Array,
  value: unknown,
  offset: number | string | undefined,
  encoding: string | undefined,
  forward: boolean,
): number {
  if (typeof offset === "string") return find(bytes, value, undefined, offset, forward);
  const wanted = Number(offset);
  const from = Number.isNaN(wanted) ? (forward ? 0 : bytes.length) : Math.trunc(wanted);
  if (typeof value === "number") return findByte(bytes, value & 0xff, from, forward);
  if (typeof value !== "string" && !(value instanceof Uint8Array))
    throw invalidArgType("value", "one of type number or string or an instance of Buffer or Uint8Array", value);
  const needle = typeof value === "string" ? encodingOf(encoding).encode(value) : value;
  const step = findEncoding(encoding)?.name === "utf16le" ? 2 : 1;
  const start = startOf(bytes.length, from, needle.length, forward);
  if (needle.length === 0 || start === -1) return start;
  if (needle.length > bytes.length || (step === 2 && needle.length < 2)) return -1;
  return forward ? findFirst(bytes, needle, start, step) : findLast(bytes, needle, start, step);
}

function findByte(bytes: Uint8Array, byte: number, from: number, forward: boolean): number {
  const start = startOf(bytes.length, from, 1, forward);
  if (start === -1 || bytes.length === 0) return -1;
  return forward ? nativeFirst.call(bytes, byte, start) : nativeLast.call(bytes, byte, start);
}

/** Where a search begins; -1 where it cannot find anything. An offset below zero counts from the end. */
function startOf(length: number, offset: number, needle: number, forward: boolean): number {
  if (offset < 0) {
    if (offset + length >= 0) return offset + length;
    return forward || needle === 0 ? 0 : -1;
  }
  if (offset + needle <= length) return offset;
  if (needle === 0) return length;
  return forward ? -1 : length - 1;
}

function findFirst(bytes: Uint8Array, needle: Uint8Array, start: number, step: number): number {
  const first = needle[0] as number;
  const last = bytes.length - needle.length;
  const odd = start % step;
  for (
    let at = nativeFirst.call(bytes, first, start - odd);
    at !== -1 && at <= last;
    at = nativeFirst.call(bytes, first, at + 1)
  ) {
    if (at % step === 0 && sameBytes(bytes.subarray(at, at + needle.length), needle)) return at;
  }
  return -1;
}

function findLast(bytes: Uint8Array, needle: Uint8Array, start: number, step: number): number {
  const first = needle[0] as number;
  let at = Math.min(start, bytes.length - needle.length);
  while (at >= 0) {
    at = nativeLast.call(bytes, first, at);
    if (at === -1) return -1;
    if (at % step === 0 && sameBytes(bytes.subarray(at, at + needle.length), needle)) return at;
    at -= 1;
  }
  return -1;
}
