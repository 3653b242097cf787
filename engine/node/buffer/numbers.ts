// Reads and writes numbers in buffers: integers of 1 to 6 bytes, of 8 bytes as bigint, and floating-point numbers.

import { coded, invalidArgType, outOfRange } from "../errors.ts";

type Bytes = Uint8Array;

const scratch = new DataView(new ArrayBuffer(8));
const scratchBytes = new Uint8Array(scratch.buffer);

/** @throws CodedError unless `size` bytes at `offset` are within the buffer */
function checkPlace(bytes: Bytes, offset: number, size: number): void {
  if (typeof offset === "number" && bytes[offset] !== undefined && bytes[offset + size - 1] !== undefined) return;
  if (typeof offset !== "number") throw invalidArgType("offset", "of type number", offset);
  if (Math.floor(offset) !== offset) throw outOfRange("offset", "an integer", offset);
  if (bytes.length < size) throw coded("ERR_BUFFER_OUT_OF_BOUNDS", "Attempt to access memory outside buffer bounds", RangeError);
  throw outOfRange("offset", `>= 0 and <= ${bytes.length - size}`, offset);
}

function checkSize(size: number): void {
  if (typeof size !== "number") throw invalidArgType("byteLength", "of type number", size);
  if (!Number.isInteger(size)) throw outOfRange("byteLength", "an integer", size);
  if (size < 1 || size > 6) throw outOfRange("byteLength", ">= 1 and <= 6", size);
}

function readUnsigned(bytes: Bytes, offset: number, size: number, little: boolean): number {
  checkPlace(bytes, offset, size);
  let value = 0;
  if (little) for (let at = offset + size - 1; at >= offset; at -= 1) value = value * 256 + (bytes[at] as number);
  else for (let at = offset; at < offset + size; at += 1) value = value * 256 + (bytes[at] as number);
  return value;
}

function readSigned(bytes: Bytes, offset: number, size: number, little: boolean): number {
  const value = readUnsigned(bytes, offset, size, little);
  return value >= 2 ** (size * 8 - 1) ? value - 2 ** (size * 8) : value;
}

function write(bytes: Bytes, given: number, offset: number, size: number, little: boolean, signed: boolean): number {
  const value = Number(given);
  const most = signed ? 2 ** (size * 8 - 1) - 1 : 2 ** (size * 8) - 1;
  const least = signed ? -most - 1 : 0;
  if (value > most || value < least) throw outOfRange("value", rangeOf(size, signed, ""), value);
  checkPlace(bytes, offset, size);
  let left = Math.trunc(value) || 0;
  for (let at = 0; at < size; at += 1) {
    bytes[little ? offset + at : offset + size - 1 - at] = left;
    left = Math.floor(left / 256);
  }
  return offset + size;
}

/** What an integer of so many bytes may be; `n` behind numbers that are bigint. */
function rangeOf(size: number, signed: boolean, n: "" | "n"): string {
  const bits = signed ? size * 8 - 1 : size * 8;
  if (size <= 4) return `>= ${signed ? -(2 ** bits) : 0} and <= ${2 ** bits - 1}`;
  return `>= ${signed ? `-(2${n} ** ${bits}${n})` : `0${n}`} and < 2${n} ** ${bits}${n}`;
}

/** Eight bytes in the order in which they are, through a view. */
function load(bytes: Bytes, offset: number, size: number): DataView {
  checkPlace(bytes, offset, size);
  for (let at = 0; at < size; at += 1) scratchBytes[at] = bytes[offset + at] as number;
  return scratch;
}

function store(bytes: Bytes, offset: number, size: number): number {
  checkPlace(bytes, offset, size);
  for (let at = 0; at < size; at += 1) bytes[offset + at] = scratchBytes[at] as number;
  return offset + size;
}

function writeBig(bytes: Bytes, value: bigint, offset: number, little: boolean, signed: boolean): number {
  const most = signed ? 2n ** 63n : 2n ** 64n;
  const inRange = value < most && value >= (signed ? -most : 0n);
  if (typeof value !== "bigint") throw new TypeError("Cannot mix BigInt and other types, use explicit conversions");
  if (!inRange) throw outOfRange("value", rangeOf(8, signed, "n"), value);
  if (signed) scratch.setBigInt64(0, value, little);
  else scratch.setBigUint64(0, value, little);
  return store(bytes, offset, 8);
}

type Method = (this: Bytes, ...args: never[]) => number | bigint;

/** Methods of one sign and byte order: integers of a fixed size, of any size, and bigints. */
function integers(signed: boolean, little: boolean): Record<string, Method> {
  const read = signed ? readSigned : readUnsigned;
  const end = little ? "LE" : "BE";
  const int = signed ? "Int" : "UInt";
  const methods: Record<string, Method> = {
    [`read${int}${end}`](offset: number, size: number) {
      checkSize(size);
      return read(this, offset, size, little);
    },
    [`write${int}${end}`](value: number, offset: number, size: number) {
      checkSize(size);
      return write(this, value, offset, size, little, signed);
    },
    [`readBig${int}64${end}`](offset = 0) {
      const view = load(this, offset, 8);
      return signed ? view.getBigInt64(0, little) : view.getBigUint64(0, little);
    },
    [`writeBig${int}64${end}`](value: bigint, offset = 0) {
      return writeBig(this, value, offset, little, signed);
    },
  };
  for (const size of [1, 2, 4]) {
    const name = size === 1 ? `${int}8` : `${int}${size * 8}${end}`;
    methods[`read${name}`] = function (offset = 0) {
      return read(this, offset, size, little);
    };
    methods[`write${name}`] = function (value: number, offset = 0) {
      return write(this, value, offset, size, little, signed);
    };
  }
  return methods;
}

function floats(little: boolean): Record<string, Method> {
  const end = little ? "LE" : "BE";
  return {
    [`readFloat${end}`](offset = 0) {
      return load(this, offset, 4).getFloat32(0, little);
    },
    [`readDouble${end}`](offset = 0) {
      return load(this, offset, 8).getFloat64(0, little);
    },
    [`writeFloat${end}`](value: number, offset = 0) {
      scratch.setFloat32(0, value, little);
      return store(this, offset, 4);
    },
    [`writeDouble${end}`](value: number, offset = 0) {
      scratch.setFloat64(0, value, little);
      return store(this, offset, 8);
    },
  };
}

/** Gives a prototype all the methods, those of unsigned integers by the names with `Uint` too. */
export function addNumberMethods(prototype: object): void {
  for (const little of [true, false]) {
    const signed = integers(true, little);
    const unsigned = integers(false, little);
    const renamed = Object.entries(unsigned).map(([name, method]) => [name.replace("UInt", "Uint"), method] as const);
    for (const [name, value] of [...Object.entries({ ...signed, ...unsigned, ...floats(little) }), ...renamed])
      Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: true });
  }
}
