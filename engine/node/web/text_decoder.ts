// TextDecoder for UTF-8, UTF-16LE and windows-1252, as the Encoding Standard (section 7.2) has it.

import { decodeLatin1, decodeUtf8, validUtf8 } from "engine:host";
import { coded, invalidArgType } from "../errors.ts";

/** Labels of the encodings (section 4.2); the first is the encoding's name. */
const LABELS: readonly string[] = [
  "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
  "utf-16le utf-16 ucs-2 unicode csunicode iso-10646-ucs-2 unicodefeff",
  "windows-1252 ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii x-cp1252",
];

/** Characters of the bytes 0x80 to 0x9f in windows-1252. */
const WINDOWS_1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";
const BOM = "\ufeff";
const NOTHING = new Uint8Array();

/** How a decoder treats what is wrong, and a byte order mark. */
export interface TextDecoderOptions {
  /** Throws a TypeError at bytes that are no text; otherwise they become U+FFFD. */
  fatal?: boolean | undefined;
  /** Keeps a byte order mark in the text. */
  ignoreBOM?: boolean | undefined;
}

/** Turns bytes into text. */
export class TextDecoder {
  readonly #encoding: string;
  readonly #fatal: boolean;
  readonly #ignoreBom: boolean;
  /** The first bytes of a character whose other bytes come with the next call. */
  #pending: Uint8Array = NOTHING;
  /** Whether something of this stream was decoded, so that no byte order mark can follow. */
  #begun = false;

  /** @throws RangeError for an encoding that this engine does not know */
  constructor(label: string = "utf-8", { fatal = false, ignoreBOM = false }: TextDecoderOptions = {}) {
    const encoding = encodingOf(String(label));
    if (encoding === undefined) throw coded("ERR_ENCODING_NOT_SUPPORTED", `The "${label}" encoding is not supported`, RangeError);
    this.#encoding = encoding;
    this.#fatal = Boolean(fatal);
    this.#ignoreBom = Boolean(ignoreBOM);
  }

  get encoding(): string {
    return this.#encoding;
  }

  get fatal(): boolean {
    return this.#fatal;
  }

  get ignoreBOM(): boolean {
    return this.#ignoreBom;
  }

  /**
   * The text of some bytes; with `stream`, of a part of them.
   * @throws TypeError with `fatal` for bytes that are no text; the decoder is then as new
   */
  decode(input: AllowSharedBufferSource = NOTHING, { stream = false }: { stream?: boolean | undefined } = {}): string {
    if (this.#encoding === "windows-1252") return fromWindows1252(bytesOf(input));
    const bytes = joined(this.#pending, bytesOf(input));
    const end = stream ? this.#endOfWhole(bytes) : bytes.length;
    this.#pending = end === bytes.length ? NOTHING : bytes.slice(end);
    const text = this.#decodeWhole(end === bytes.length ? bytes : bytes.subarray(0, end));
    const hasMark = !this.#begun && !this.#ignoreBom && text.startsWith(BOM);
    this.#begun = stream && (this.#begun || text !== "");
    return hasMark ? text.slice(1) : text;
  }

  #endOfWhole(bytes: Uint8Array): number {
    return this.#encoding === "utf-8" ? bytes.length - unfinished(bytes) : endOfUtf16(bytes);
  }

  #decodeWhole(bytes: Uint8Array): string {
    if (this.#encoding === "utf-8") {
      if (this.#fatal && validUtf8(bytes) < bytes.length) this.#fail();
      return decodeUtf8(bytes);
    }
    const text = fromUtf16(bytes);
    if (this.#fatal && (bytes.length % 2 === 1 || !text.isWellFormed())) this.#fail();
    return text.toWellFormed();
  }

  #fail(): never {
    this.#pending = NOTHING;
    this.#begun = false;
    const message = `The encoded data was not valid for encoding ${this.#encoding}`;
    throw coded("ERR_ENCODING_INVALID_ENCODED_DATA", message, TypeError);
  }
}

/** The name of the encoding with a label. */
function encodingOf(label: string): string | undefined {
  if (label === "utf-8") return label;
  const wanted = label.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "").toLowerCase();
  return LABELS.map((labels) => labels.split(" ")).find((labels) => labels.includes(wanted))?.[0];
}

/** What the methods of the web's interfaces take for bytes. */
export type AllowSharedBufferSource = ArrayBufferLike | ArrayBufferView;

function bytesOf(input: AllowSharedBufferSource): Uint8Array {
  if (input instanceof Uint8Array) return input;
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (input instanceof ArrayBuffer || input instanceof SharedArrayBuffer) return new Uint8Array(input);
  throw invalidArgType("list", "an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView", input);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Bytes at the end that can still become a character. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const lead = bytes[bytes.length - back] ?? 0;
    if ((lead & 0xc0) === 0x80) continue;
    const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    return lead < 0xf5 && back < wanted && (back < 2 || canFollow(lead, bytes[bytes.length - back + 1] ?? 0)) ? back : 0;
  }
  return 0;
}

/** Whether the second byte of a character fits to its first one: neither too long a form, nor a surrogate, nor beyond U+10FFFF. */
function canFollow(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second <= 0x9f;
  if (lead === 0xf0) return second >= 0x90;
  if (lead === 0xf4) return second <= 0x8f;
  return true;
}

/** Where whole characters end: an odd byte and a first surrogate wait for more. */
function endOfUtf16(bytes: Uint8Array): number {
  const end = bytes.length - (bytes.length % 2);
  return end > 0 && ((bytes[end - 1] ?? 0) & 0xfc) === 0xd8 ? end - 2 : end;
}

/** UTF-16LE as it is; an odd byte at the end becomes U+FFFD. */
function fromUtf16(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at + 1 < bytes.length; at += 2) text += String.fromCharCode((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
  return bytes.length % 2 === 1 ? `${text}\ufffd` : text;
}

function fromWindows1252(bytes: Uint8Array): string {
  return decodeLatin1(bytes).replace(/[\x80-\x9f]/g, (one) => WINDOWS_1252[one.charCodeAt(0) - 0x80] ?? "");
}
