// node:buffer.

import { validUtf8 } from "engine:host";
import { Buffer as Bytes, MOST_BYTES } from "./buffer/bytes.ts";
import { encodingOf } from "./buffer/encodings.ts";
import * as make from "./buffer/make.ts";
import { addNumberMethods } from "./buffer/numbers.ts";
import { coded } from "./errors.ts";

addNumberMethods(Bytes.prototype);
Object.assign(Bytes.prototype, { toLocaleString: Bytes.prototype.toString });
Object.assign(Bytes, make, { allocUnsafeSlow: make.allocUnsafe, of: (...bytes: number[]) => new Bytes(bytes), poolSize: 0 });

type Statics = typeof make & {
  readonly allocUnsafeSlow: typeof make.allocUnsafe;
  of(...bytes: number[]): Bytes;
  poolSize: number;
};

/** Bytes, as Node has them. */
export const Buffer = Bytes as unknown as Omit<typeof Bytes, keyof Statics> & Statics & (new (...args: never[]) => Bytes);
/** A buffer. */
export type Buffer = Bytes;

/** Bytes that a buffer may have. */
export const kMaxLength = MOST_BYTES;
/** Units that a text may have. */
export const kStringMaxLength = 2 ** 30 - 1;
/** The same by other names. */
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: kStringMaxLength };
/** Bytes of a buffer that are shown. */
export const INSPECT_MAX_BYTES = 50;

/** Whether bytes are UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  return validUtf8(bytes) === bytes.length;
}

/** Whether bytes are ASCII. */
export function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}

/** Base64 of a text whose characters are bytes. */
export function btoa(text: string): string {
  const given = String(text);
  for (let at = 0; at < given.length; at += 1) if (given.charCodeAt(at) > 0xff) throw invalidCharacter("Invalid character");
  return encodingOf("base64").decode(encodingOf("latin1").encode(given));
}

/** The text whose characters are the bytes of base64. */
export function atob(text: string): string {
  const given = String(text).replace(/[\t\n\f\r ]/g, "");
  const bare = given.length % 4 === 0 ? given.replace(/==?$/, "") : given;
  if (bare.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(bare))
    throw invalidCharacter("The string to be decoded is not correctly encoded.");
  return encodingOf("latin1").decode(encodingOf("base64").encode(bare));
}

function invalidCharacter(message: string): Error {
  return Object.assign(coded("ERR_INVALID_CHARACTER", message), { name: "InvalidCharacterError", code: 5 });
}

export default { Buffer, INSPECT_MAX_BYTES, atob, btoa, constants, isAscii, isUtf8, kMaxLength, kStringMaxLength };
