// The encodings of Buffer: text to bytes and back.

import {
  decodeBase64,
  decodeLatin1,
  decodeUtf8,
  encodeBase64,
  encodeHex,
  encodeLatin1,
  encodeUtf8,
  validUtf8,
} from "engine:host";
import { coded } from "../errors.ts";

/** One way to write text as bytes. */
export interface Encoding {
  readonly name: string;
  encode(text: string): Uint8Array;
  decode(bytes: Uint8Array): string;
  /** Bytes that {@link encode} gives at most. */
  byteLength(text: string): number;
  /** Of bytes that are cut off at `most`, how many are whole characters. */
  whole?(bytes: Uint8Array, most: number): number;
}

const utf8: Encoding = {
  name: "utf8",
  encode: (text) => encodeUtf8(text.toWellFormed()),
  decode: decodeUtf8,
  byteLength: (text) => encodeUtf8(text.toWellFormed()).length,
  whole: (bytes, most) => validUtf8(bytes.subarray(0, most)),
};

const latin1: Encoding = {
  name: "latin1",
  encode: encodeLatin1,
  decode: decodeLatin1,
  byteLength: (text) => text.length,
};

const ascii: Encoding = {
  ...latin1,
  name: "ascii",
  decode: (bytes) => decodeLatin1(new Uint8Array(bytes).map((byte) => byte & 0x7f)),
};

const ucs2: Encoding = {
  name: "utf16le",
  encode(text) {
    const bytes = new Uint8Array(text.length * 2);
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      bytes[at * 2] = unit & 0xff;
      bytes[at * 2 + 1] = unit >>> 8;
    }
    return bytes;
  },
  decode(bytes) {
    const whole = bytes.length & ~1;
    const units = new Uint16Array(new Uint8Array(bytes.subarray(0, whole)).buffer);
    let text = "";
    for (let at = 0; at < units.length; at += UNITS_AT_ONCE)
      text += String.fromCharCode(...units.subarray(at, at + UNITS_AT_ONCE));
    return text;
  },
  byteLength: (text) => text.length * 2,
  whole: (_, most) => most & ~1,
};

/** As many as surely fit on the stack as arguments. */
const UNITS_AT_ONCE = 1024;

const hex: Encoding = {
  name: "hex",
  encode(text) {
    const bytes = new Uint8Array(text.length >>> 1);
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = (digit(text.charCodeAt(at * 2)) << 4) | digit(text.charCodeAt(at * 2 + 1));
      if (byte < 0) return bytes.slice(0, at);
      bytes[at] = byte;
    }
    return bytes;
  },
  decode: encodeHex,
  byteLength: (text) => text.length >>> 1,
};

/** The value of a hexadecimal digit, or -1. */
function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

const base64: Encoding = {
  name: "base64",
  encode: decodeBase64,
  decode: (bytes) => encodeBase64(bytes, false),
  byteLength: base64Length,
};

const base64url: Encoding = { ...base64, name: "base64url", decode: (bytes) => encodeBase64(bytes, true) };

function base64Length(text: string): number {
  let { length } = text;
  if (text.endsWith("=")) length -= text.endsWith("==") && length > 1 ? 2 : 1;
  return Math.floor((length * 3) / 4);
}

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  utf8,
  "utf-8": utf8,
  latin1,
  binary: latin1,
  ascii,
  ucs2,
  "ucs-2": ucs2,
  utf16le: ucs2,
  "utf-16le": ucs2,
  hex,
  base64,
  base64url,
};
const known = new Map(Object.entries(ENCODINGS));

/** The encoding of a name, in any case of letters; undefined if there is none. */
export function findEncoding(name: unknown): Encoding | undefined {
  if (name === undefined || name === "utf8" || name === null || name === "") return utf8;
  return typeof name === "string" ? (known.get(name) ?? known.get(name.toLowerCase())) : undefined;
}

/**
 * The same.
 * @throws CodedError `ERR_UNKNOWN_ENCODING`
 */
export function encodingOf(name: unknown): Encoding {
  const found = findEncoding(name);
  if (!found) throw coded("ERR_UNKNOWN_ENCODING", `Unknown encoding: ${String(name)}`, TypeError);
  return found;
}
