// The fixed head of DNS messages (RFC 1035 section 4.1.1) as bytes: numbers, flags, copies.

import { LONGEST_LABEL, LONGEST_NAME } from "../../core/mod.ts";

/** Bytes before the first question. */
export const HEADER_BYTES = 12;

/** The most bytes of a label without its length, and of a whole name, in which each label has its length and the root is the last. */
export const LABEL_BYTES = LONGEST_LABEL;
export const NAME_BYTES: number = LONGEST_NAME + 2;

/** Bits of the second number; `opcode` and `rcode` are masks. */
export const FLAG = {
  answer: 0x8000,
  opcode: 0x7800,
  authoritative: 0x0400,
  truncated: 0x0200,
  recurse: 0x0100,
  recursive: 0x0080,
  check: 0x0010,
  rcode: 0x000f,
} as const;

/** The number of two bytes; bytes that are not there count as 0. */
export function get16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Writes a number of two bytes. */
export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

/** An ASCII letter in lower case (RFC 4343); every other byte as it is. */
export function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/** Whether an answer says that it is not whole. */
export function isTruncated(answer: Uint8Array): boolean {
  return (get16(answer, 2) & FLAG.truncated) !== 0;
}

/** The response code of an answer without its extended part. */
export function rcodeOf(answer: Uint8Array): number {
  return get16(answer, 2) & FLAG.rcode;
}

/** The number of a message. */
export function idOf(message: Uint8Array): number {
  return get16(message, 0);
}

/** A copy with another number. */
export function withId(message: Uint8Array, id: number): Uint8Array {
  const copy = Uint8Array.from(message);
  put16(copy, 0, id);
  return copy;
}
