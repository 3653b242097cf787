// Reads the head of a request, byte by byte and strictly (RFC 9112 sections 2 to 5): whatever two programs could read in
// two ways is refused. Pure. Must not know what a request means.

import { badRequest, Refusal } from "./refusal.ts";

/** A header field as it was written, without the white space around its value; each character is one byte. */
export type Header = readonly [name: string, value: string];

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** The version is HTTP/1.0 or HTTP/1.1. */
  readonly minor: 0 | 1;
  readonly headers: readonly Header[];
}

/** A head, and the bytes that came behind it. */
export interface ReadHead {
  readonly head: RequestHead;
  readonly rest: Uint8Array;
}

/** Takes the bytes of one head as they come. */
export interface HeadReader {
  /** Whether anything but empty lines has come. */
  readonly begun: boolean;
  /**
   * The head, once it is whole.
   * @throws Refusal
   */
  push(chunk: Uint8Array): ReadHead | undefined;
}

const CR = 13;
const LF = 10;
/** Empty lines that some clients send behind a body (RFC 9112 section 2.2). */
const MOST_EMPTY_LINES = 2;

/** Characters of RFC 9110 section 5.6.2. */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 section 5.5: no control characters but the tab. */
export const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The target may have bytes beyond ASCII, as clients send them: `request_target.ts` escapes them. */
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) HTTP\/(\d)\.(\d)$/;

/** A reader of one head of at most so many bytes, of which the target takes at most half. */
export function headReader(mostBytes: number): HeadReader {
  const lines = new HeadLines();
  /** What has come: `size` bytes, of which those before `at` were looked at, and room for more. */
  let memory = new Uint8Array(0);
  let size = 0;
  let at = 0;
  let lineStart = 0;

  return {
    get begun() {
      return lines.first !== undefined || size > lineStart;
    },
    push(chunk) {
      memory = withRoom(memory, size, chunk.length);
      memory.set(chunk, size);
      size += chunk.length;
      for (; at < size; at += 1) {
        if (at >= mostBytes) throw badRequest(`The head of the request is longer than ${mostBytes} bytes`, 431);
        if (memory[at] !== LF) {
          if (lines.first === undefined) checkBeginning(memory[at] as number, at - lineStart, mostBytes / 2);
          continue;
        }
        if (at === lineStart || memory[at - 1] !== CR) throw badRequest("A line of the request ends without a carriage return");
        const head = lines.take(Buffer.from(memory.buffer, lineStart, at - 1 - lineStart).toString("latin1"));
        lineStart = at + 1;
        if (head) return { head, rest: memory.subarray(lineStart, size) };
      }
      return undefined;
    },
  };
}

/** The same bytes with room for `more` behind the first `size`. It doubles, so that bytes that come one by one are copied seldom. */
function withRoom(memory: Uint8Array<ArrayBuffer>, size: number, more: number): Uint8Array<ArrayBuffer> {
  if (size + more <= memory.length) return memory;
  const grown = new Uint8Array(size === 0 ? more : 2 * (size + more));
  grown.set(memory.subarray(0, size));
  return grown;
}

/** Makes a head of its lines. */
class HeadLines {
  /** The request line. */
  first: Omit<RequestHead, "headers"> | undefined;
  readonly #headers: Header[] = [];
  #emptyLines = 0;

  /** The head, when this was the line that ends it. */
  take(line: string): RequestHead | undefined {
    if (line.includes("\r")) throw badRequest("A line of the request holds a carriage return");
    if (this.first === undefined) this.#begin(line);
    else if (line === "") return { ...this.first, headers: this.#headers };
    else this.#headers.push(headerField(line));
    return undefined;
  }

  #begin(line: string): void {
    if (line !== "") this.first = requestLine(line);
    else if (++this.#emptyLines > MOST_EMPTY_LINES) throw badRequest("The request begins with empty lines");
  }
}

/** Refuses at the first byte what would otherwise be waited for: other protocols seldom send line ends. */
function checkBeginning(byte: number, place: number, mostBytes: number): void {
  if (place === 0 && byte !== CR && !TOKEN.test(String.fromCharCode(byte))) {
    const guess: Record<number, string> = { 22: "TLS", 4: "SOCKS4", 5: "SOCKS5" };
    const what = guess[byte] ?? "no HTTP";
    throw badRequest(`The connection begins with ${what}, this is an HTTP proxy`);
  }
  if (place >= mostBytes) throw badRequest(`The request's target is longer than ${mostBytes} bytes`, 414);
}

function requestLine(text: string): Omit<RequestHead, "headers"> {
  const [, method, target, major, minor] = REQUEST_LINE.exec(text) ?? [];
  if (method === undefined || target === undefined)
    throw badRequest("The first line is not a method, a target and a version with one space between them");
  if (major !== "1" || (minor !== "0" && minor !== "1"))
    throw new Refusal("bad-request", `HTTP/${major}.${minor} is not spoken here`, { status: 505, advice: "Use HTTP/1.1" });
  return { method, target, minor: minor === "1" ? 1 : 0 };
}

function headerField(text: string): Header {
  if (/^[ \t]/.test(text)) throw badRequest("A header field goes on in a second line");
  const colon = text.indexOf(":");
  const name = text.slice(0, Math.max(colon, 0));
  const value = trimmed(text.slice(colon + 1));
  if (!TOKEN.test(name)) throw badRequest("A header field has no name, or one with characters that no name may have");
  if (!FIELD_VALUE.test(value)) throw badRequest(`Header field '${name}' holds a control character`);
  return [name, value];
}

/**
 * A value without the white space around it, which is space and tab alone (RFC 9110 section 5.6.3). Not by a pattern: one
 * that looks for white space at an end takes its time for long runs of it elsewhere.
 */
export function trimmed(value: string): string {
  const isSpace = (at: number) => value[at] === " " || value[at] === "\t";
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(start)) start += 1;
  while (end > start && isSpace(end - 1)) end -= 1;
  return value.slice(start, end);
}
