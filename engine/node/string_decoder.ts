// node:string_decoder: text of chunks that may end within a character.

import { Buffer } from "./buffer/bytes.ts";
import { type Encoding, encodingOf } from "./buffer/encodings.ts";
import { concat } from "./buffer/make.ts";
import { invalidArgType } from "./errors.ts";

const NOTHING = new Buffer(0);

/** Decodes bytes chunk by chunk; what is unfinished at the end of a chunk waits for the next one. */
export class StringDecoder {
  readonly encoding: string;
  readonly #encoding: Encoding;
  readonly #unfinished: (bytes: Uint8Array) => number;
  #rest: Uint8Array = NOTHING;

  constructor(encoding?: string) {
    this.#encoding = encodingOf(encoding);
    this.encoding = this.#encoding.name;
    this.#unfinished = UNFINISHED[this.encoding] ?? (() => 0);
  }

  /** The whole characters of what came. */
  write(chunk: string | ArrayBufferView): string {
    if (typeof chunk === "string") return chunk;
    if (!ArrayBuffer.isView(chunk)) throw invalidArgType("buf", "an instance of Buffer, TypedArray, or DataView", chunk);
    const bytes = new Buffer(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength);
    const all = this.#rest.length === 0 ? bytes : concat([this.#rest, bytes]);
    const whole = all.length - this.#unfinished(all);
    this.#rest = whole === all.length ? NOTHING : new Buffer(all.subarray(whole));
    return whole === 0 ? "" : this.#encoding.decode(all.subarray(0, whole));
  }

  /** What is left, as far as it is text. */
  end(chunk?: string | ArrayBufferView): string {
    const text = chunk === undefined ? "" : this.write(chunk);
    const rest = this.#rest.length === 0 ? "" : this.#encoding.decode(this.#rest);
    this.#rest = NOTHING;
    return text + rest;
  }
}

/** By encoding: how many bytes at the end are the beginning of a character. */
const UNFINISHED: Readonly<Record<string, (bytes: Uint8Array) => number>> = {
  utf8: unfinishedUtf8,
  utf16le(bytes) {
    const odd = bytes.length % 2;
    const high = bytes[bytes.length - 1 - odd];
    return high !== undefined && bytes.length > 1 && (high & 0xfc) === 0xd8 ? odd + 2 : odd;
  },
  base64: (bytes) => bytes.length % 3,
  base64url: (bytes) => bytes.length % 3,
};

function unfinishedUtf8(bytes: Uint8Array): number {
  const { length } = bytes;
  for (let back = 1; back <= 3 && back <= length; back += 1) {
    const byte = bytes[length - back] as number;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return byte < 0xf5 && size > back ? back : 0;
  }
  return 0;
}

export default { StringDecoder };
