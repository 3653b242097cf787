// TextEncoder, as the Encoding Standard (section 7.4) has it.

import { encodeUtf8 } from "engine:host";
import { invalidArgType } from "../errors.ts";

/** Turns text into UTF-8. */
export class TextEncoder {
  get encoding(): "utf-8" {
    return "utf-8";
  }

  /** The UTF-8 of a text; a lone surrogate becomes U+FFFD. */
  encode(text: string = ""): Uint8Array {
    return encodeUtf8(String(text).toWellFormed());
  }

  /** Writes as many whole characters as fit, and tells how many UTF-16 units were read and how many bytes were written. */
  encodeInto(text: string, into: Uint8Array): { read: number; written: number } {
    if (typeof text !== "string") throw invalidArgType("src", "of type string", text);
    if (!(into instanceof Uint8Array)) throw invalidArgType("dest", "an instance of Uint8Array", into);
    // A unit takes a byte at least. The one more than can fit keeps a surrogate pair whole that would fit.
    const part = text.length > into.length + 1 ? text.slice(0, into.length + 1) : text;
    const bytes = encodeUtf8(part.toWellFormed());
    if (bytes.length <= into.length) {
      into.set(bytes);
      return { read: part.length, written: bytes.length };
    }
    let end = into.length;
    while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    into.set(bytes.subarray(0, end));
    return { read: unitsOf(bytes, end), written: end };
  }
}

/** UTF-16 units of the first `end` bytes of UTF-8, which end with a character. */
function unitsOf(bytes: Uint8Array, end: number): number {
  let units = 0;
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}
