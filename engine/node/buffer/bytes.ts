// The class Buffer: bytes with methods of Node's. What makes buffers is in make.ts, reading and writing of numbers in numbers.ts.

import { coded, invalidArgType, invalidArgValue, outOfRange } from "../errors.ts";
import { encodingOf } from "./encodings.ts";
import { order, sameBytes } from "./order.ts";
import { find } from "./search.ts";

/** As many bytes as an ArrayBuffer of QuickJS may have. */
export const MOST_BYTES = 2 ** 31 - 1;

/** Bytes that `inspect` shows. */
const SHOWN_BYTES = 50;

type Searched = string | number | Uint8Array;

/** Bytes, as Node has them. */
export class Buffer extends Uint8Array<ArrayBuffer> {
  /** Old programs make buffers of text so. */
  constructor(what: number | string | ArrayBuffer | ArrayLike<number>, offset?: number | string, length?: number) {
    if (typeof what === "string") super(encodingOf(offset).encode(what) as Uint8Array<ArrayBuffer> & ArrayBuffer);
    else super(what as ArrayBuffer, offset as number, length);
  }

  get parent(): ArrayBuffer {
    return this.buffer;
  }

  get offset(): number {
    return this.byteOffset;
  }

  override toString(encoding?: string, start?: number, end?: number): string {
    const to = end === undefined || end > this.length ? this.length : Math.trunc(end) || 0;
    const from = start === undefined || start <= 0 ? 0 : Math.trunc(start) || 0;
    if (to <= from) return "";
    return encodingOf(encoding).decode(from === 0 && to === this.length ? this : this.subarray(from, to));
  }

  /** Writes as many whole characters as fit; returns the bytes written. */
  write(text: string, offset?: number | string, length?: number | string, encoding?: string): number {
    if (typeof text !== "string") throw coded("ERR_INVALID_ARG_TYPE", "argument must be a string", TypeError);
    if (typeof offset === "string") return this.#write(text, 0, this.length, offset);
    const from = offset ?? 0;
    checkOffset(from, "offset", this.length);
    const left = this.length - from;
    if (length === undefined || typeof length === "string") return this.#write(text, from, left, length ?? encoding);
    checkOffset(length, "length", this.length);
    return this.#write(text, from, Math.min(length, left), encoding);
  }

  #write(text: string, from: number, most: number, encoding: string | undefined): number {
    const { encode, whole } = encodingOf(encoding);
    const bytes = encode(text);
    const fits = bytes.length <= most ? bytes.length : (whole?.(bytes, most) ?? most);
    this.set(fits === bytes.length ? bytes : bytes.subarray(0, fits), from);
    return fits;
  }

  override fill(value: Searched, offset?: number | string, end?: number | string, encoding?: string): this {
    if (typeof value === "string" && typeof offset === "string") return this.fill(value, 0, this.length, offset);
    if (typeof value === "string" && typeof end === "string") return this.fill(value, offset, this.length, end);
    if (offset !== undefined) checkOffset(offset, "offset", Number.MAX_SAFE_INTEGER);
    if (offset !== undefined && end !== undefined) checkOffset(end, "end", this.length);
    const from = Number(offset ?? 0);
    const to = offset === undefined ? this.length : Number(end ?? this.length);
    const pattern = typeof value === "string" ? encodingOf(encoding).encode(value) : value;
    if (from >= to) return this;
    if (!(pattern instanceof Uint8Array)) return super.fill(Number(pattern) & 0xff, from, to);
    if (value === "") return super.fill(0, from, to);
    if (pattern.length === 0) throw invalidArgValue("value", value);
    if (pattern.length === 1) return super.fill(pattern[0] ?? 0, from, to);
    for (let at = from; at < to; at += pattern.length) this.set(pattern.subarray(0, to - at), at);
    return this;
  }

  /** Copies into another; returns the bytes copied. */
  copy(target: Uint8Array, targetStart?: number, sourceStart?: number, sourceEnd?: number): number {
    if (!(target instanceof Uint8Array)) throw invalidArgType("target", "an instance of Buffer or Uint8Array", target);
    const at = integer(targetStart, 0);
    if (at < 0) throw outOfRange("targetStart", ">= 0", at);
    const from = integer(sourceStart, 0);
    if (from < 0 || from > this.length) throw outOfRange("sourceStart", `>= 0 && <= ${this.length}`, from);
    const to = sourceEnd === undefined ? this.length : integer(sourceEnd, 0);
    if (to < 0) throw outOfRange("sourceEnd", ">= 0", to);
    if (at >= target.length || from >= to) return 0;
    const part = this.subarray(from, Math.min(to, from + target.length - at));
    target.set(part, at);
    return part.length;
  }

  equals(other: Uint8Array): boolean {
    if (!(other instanceof Uint8Array)) throw invalidArgType("otherBuffer", "an instance of Buffer or Uint8Array", other);
    return this === other || sameBytes(this, other);
  }

  /** -1, 0 or 1: how bytes of this stand to bytes of another in their order. */
  compare(target: Uint8Array, targetStart = 0, targetEnd?: number, sourceStart = 0, sourceEnd = this.length): -1 | 0 | 1 {
    if (!(target instanceof Uint8Array)) throw invalidArgType("target", "an instance of Buffer or Uint8Array", target);
    checkOffset(targetStart, "targetStart", Number.MAX_SAFE_INTEGER);
    const to = targetEnd ?? target.length;
    checkOffset(to, "targetEnd", target.length);
    checkOffset(sourceStart, "sourceStart", Number.MAX_SAFE_INTEGER);
    checkOffset(sourceEnd, "sourceEnd", this.length);
    const own = this.subarray(sourceStart, Math.max(sourceStart, sourceEnd));
    return order(own, target.subarray(targetStart, Math.max(targetStart, to)));
  }

  override indexOf(value: Searched, offset?: number | string, encoding?: string): number {
    return find(this, value, offset, encoding, true);
  }

  override lastIndexOf(value: Searched, offset?: number | string, encoding?: string): number {
    return find(this, value, offset, encoding, false);
  }

  override includes(value: Searched, offset?: number | string, encoding?: string): boolean {
    return find(this, value, offset, encoding, true) !== -1;
  }

  /** A view of the same memory, as `subarray` gives one. */
  override slice(start?: number, end?: number): Buffer {
    return this.subarray(start, end) as Buffer;
  }

  swap16(): this {
    return this.#swap(2);
  }

  swap32(): this {
    return this.#swap(4);
  }

  swap64(): this {
    return this.#swap(8);
  }

  #swap(size: number): this {
    const message = `Buffer size must be a multiple of ${size * 8}-bits`;
    if (this.length % size !== 0) throw coded("ERR_INVALID_BUFFER_SIZE", message, RangeError);
    for (let at = 0; at < this.length; at += size) this.subarray(at, at + size).reverse();
    return this;
  }

  toJSON(): { type: "Buffer"; data: number[] } {
    return { type: "Buffer", data: Array.from(this) };
  }

  inspect(): string {
    const pairs = this.toString("hex", 0, SHOWN_BYTES).match(/../g) ?? [];
    const more = this.length - SHOWN_BYTES;
    const rest = more > 0 ? ` ... ${more} more byte${more > 1 ? "s" : ""}` : "";
    return `<Buffer ${pairs.join(" ")}${rest}>`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.inspect();
  }
}

/** The same memory as a Buffer. */
export function wrap(bytes: Uint8Array): Buffer {
  return new Buffer(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}

/** @throws CodedError unless `value` is an integer between 0 and `most` */
export function checkOffset(value: unknown, name: string, most: number): void {
  if (typeof value !== "number") throw invalidArgType(name, "of type number", value);
  if (!Number.isInteger(value)) throw outOfRange(name, "an integer", value);
  if (value < 0 || value > most) throw outOfRange(name, `>= 0 && <= ${most}`, value);
}

/** @throws CodedError unless `value` is a number between 0 and `most` */
export function checkRange(value: unknown, name: string, most: number): void {
  if (typeof value !== "number") throw invalidArgType(name, "of type number", value);
  if (!(value >= 0 && value <= most)) throw outOfRange(name, `>= 0 && <= ${most}`, value);
}

/** As Node does it: what is no number a program can count with is as good as left out. */
function integer(value: number | undefined, otherwise: number): number {
  const given = Number(value);
  return Math.abs(given) <= Number.MAX_SAFE_INTEGER ? Math.floor(given) : otherwise;
}
