// Bytes or text to a source that is fit to be parsed: size, UTF-8, control characters.

import type { Diagnostic } from "../types.ts";
import { MANIFEST_BOUNDS } from "./bounds.ts";
import { concealed, secretSpans } from "./concealed.ts";
import { diagnosticAt, diagnosticOfFile, type Finding, type Source, sourceOf } from "./source.ts";

/** A source, or why there is none. */
export type Decoded = { readonly source: Source } | { readonly diagnostic: Diagnostic };

/** Decodes a manifest; a byte order mark at its start is dropped. */
export function decodeManifest(input: string | Uint8Array, file: string): Decoded {
  const size = sizeOf(input);
  if (size > MANIFEST_BOUNDS.bytes) {
    const message = `The file has ${grouped(size)} bytes, at most ${grouped(MANIFEST_BOUNDS.bytes)} were wanted`;
    return { diagnostic: diagnosticOfFile(file, error(message, "Check that the path names a manifest")) };
  }
  if (typeof input === "string") return checkCharacters(sourceOf(file, input.replace(/^\ufeff/, "")));
  if (isUtf16(input))
    return { diagnostic: diagnosticOfFile(file, error("The file is UTF-16, UTF-8 was wanted", "Save the file as UTF-8")) };
  const valid = validPrefix(input);
  if (valid === input.length) return checkCharacters(sourceOf(file, new TextDecoder().decode(input)));
  return { diagnostic: notUtf8(input, valid, file) };
}

/** A byte order mark of UTF-16, or a first letter of two bytes. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return false;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || (first === 0) !== (second === 0);
}

/** Bytes as UTF-8; text that is far too long is not encoded to learn by how much. */
function sizeOf(input: string | Uint8Array): number {
  if (typeof input !== "string") return input.length;
  return input.length > MANIFEST_BOUNDS.bytes ? input.length : new TextEncoder().encode(input).length;
}

/** How many bytes from the start are valid UTF-8; a prefix of a valid one is valid, so halving finds the end. */
function validPrefix(bytes: Uint8Array): number {
  if (decodes(bytes, false)) return bytes.length;
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (decodes(bytes.subarray(0, middle), true)) low = middle;
    else high = middle - 1;
  }
  if (low < bytes.length) return low;
  // The file's end cuts a character in two: it is wrong from its first byte on.
  let cut = bytes.length - 1;
  while (cut > 0 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--;
  return cut;
}

function decodes(bytes: Uint8Array, more: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: more });
    return true;
  } catch {
    return false;
  }
}

function notUtf8(bytes: Uint8Array, valid: number, file: string): Diagnostic {
  const start = new TextDecoder().decode(bytes.subarray(0, valid), { stream: true }).length;
  const text = new TextDecoder().decode(bytes);
  const source = sourceOf(file, concealed(text, secretSpans(text, undefined)));
  const byte = (bytes[valid] ?? 0).toString(16).toUpperCase().padStart(2, "0");
  const message = `Byte 0x${byte} is not valid UTF-8`;
  return diagnosticAt(source, { start, end: start + 1 }, error(message, "Save the file as UTF-8"));
}

function checkCharacters(source: Source): Decoded {
  // YAML 1.2 section 5.1 allows no other control characters; the parser would take some for its own marks.
  const at = source.text.search(/[^\t\n\r\P{Cc}\u0085]/u);
  if (at === -1) return { source };
  const code = source.text.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0");
  const what = code === "0000" ? "a NUL byte" : `the control character U+${code}`;
  const shown = { ...source, text: concealed(source.text, secretSpans(source.text, undefined)) };
  return { diagnostic: diagnosticAt(shown, { start: at, end: at + 1 }, error(`The file holds ${what}, text was wanted`)) };
}

function error(message: string, hint?: string): Finding {
  return { severity: "error", message, hint };
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
