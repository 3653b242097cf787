// Reads the answers of a server, in any pieces (RFC 9112). Liberal where it does no harm, because the proxy writes a new head
// and new chunks; strict where two programs could see two different answers in the same bytes. Pure.

import { type BodyReader, bodyReader, type ChunkRules } from "./body.ts";
import type { Framing } from "./framing.ts";
import { type Header, TOKEN, trimmed } from "./head.ts";
import { listOf, valuesOf, without } from "./headers.ts";
import { lineReader } from "./lines.ts";
import { Refusal } from "./refusal.ts";

/** An answer's head. */
export interface ServerHead {
  /** Three digits, 100 to 999. */
  readonly status: number;
  readonly reason: string;
  readonly minor: 0 | 1;
  /** There is one Content-Length at most, and no CR, LF or NUL in a value; other control characters may be. */
  readonly headers: readonly Header[];
}

/** How the body of an answer is delimited: `close` ends with the connection. */
export type AnswerFraming = Framing | { readonly kind: "close" };

/** What is read. */
export interface AnswerHandlers {
  /** An answer before the answer; not 101. */
  interim(head: ServerHead): void;
  /** The answer; once. */
  head(head: ServerHead): void;
  data(bytes: Uint8Array): void;
}

/** Takes the bytes of the answer to one request as they come. */
export interface AnswerReader {
  /** The answer is whole. That to 101 is so behind its head: what follows is of the other protocol. */
  readonly done: boolean;
  /** Whether the server can be asked again on the same connection once the answer is whole. */
  readonly persists: boolean;
  readonly trailers: readonly Header[];
  /**
   * Returns the bytes behind the end of the answer.
   * @throws Refusal `bad-answer`
   */
  push(chunk: Uint8Array): Uint8Array;
  /** The connection ended; the answer may be {@link done} by that. */
  end(): void;
}

const EMPTY = new Uint8Array(0);
const STATUS_LINE = /^HTTP\/1\.(\d)[ \t]+([1-9]\d{2})(?:[ \t](.*))?$/s;
const BEGINNING = "HTTP/1.";
const NOT_HTTP = "does not answer in HTTP/1.1";

const OF_ANSWERS: ChunkRules = {
  bareLf: true,
  refuse: (fault) => new Refusal("bad-answer", `A line within the body of the server's answer ${fault}`),
  bad: (message) => new Refusal("bad-answer", `${message} within the body of the server's answer`),
  // The standard has blanks around extensions (RFC 9112 section 7.1.1), servers have them around sizes.
  size: /^[ \t]*([0-9a-f]{1,12})[ \t]*(?:;.*)?$/is,
  field: answerField,
};

/**
 * A reader of the answer to a request of this method.
 * @param where The server's name, for messages.
 * @param mostBytes Of each head.
 */
export function answerReader(method: string, where: string, mostBytes: number, handlers: AnswerHandlers): AnswerReader {
  const bad = (message: string) => new Refusal("bad-answer", `${where} ${message}`);
  const tooLong = `answers with a head of more than ${mostBytes} bytes`;
  let first: Omit<ServerHead, "headers"> | undefined;
  let headers: Header[] = [];
  let taken = 0;
  let body: BodyReader | "close" | undefined;
  let ended = false;
  let odd = false;
  let persists = false;
  const lines = lineReader({
    bareLf: true,
    refuse: (fault) =>
      bad(first === undefined ? NOT_HTTP : fault === "is too long" ? tooLong : `answers with a line that ${fault}`),
  });

  /** Other protocols may begin with something that never becomes a line. */
  function takePart(before: number): void {
    const begun = lines.partial.slice(0, BEGINNING.length);
    if (first === undefined && before < BEGINNING.length && begun !== "\r" && !BEGINNING.startsWith(begun)) throw bad(NOT_HTTP);
  }

  function takeLine(line: string): void {
    if (first === undefined) {
      if (line === "") return; // behind the answer before, some servers send one
      const [, minor, status, reason = ""] = STATUS_LINE.exec(line) ?? [];
      if (status === undefined) throw bad(NOT_HTTP);
      first = { status: Number(status), reason: cleaned(reason), minor: minor === "0" ? 0 : 1 };
    } else if (line === "") takeHead({ ...first, headers });
    else {
      const field = answerField(line);
      if (field) headers.push(field);
      else odd = true;
    }
  }

  function takeHead(given: ServerHead): void {
    const { framing, head, keeps } = framed(method, given);
    if (head.status < 200 && head.status !== 101) {
      first = undefined;
      headers = [];
      taken = 0;
      handlers.interim(head);
      return;
    }
    persists = keeps && !odd;
    body = framing.kind === "close" ? "close" : bodyReader(framing, OF_ANSWERS);
    handlers.head(head);
  }

  const isDone = () => ended || (typeof body === "object" && body.done);
  return {
    get done() {
      return isDone();
    },
    get persists() {
      return persists;
    },
    get trailers() {
      return typeof body === "object" ? body.trailers : [];
    },
    push(chunk) {
      let rest = chunk;
      while (rest.length > 0 && body === undefined) {
        const before = lines.partial.length;
        const { line, used } = lines.push(rest, mostBytes - taken);
        rest = rest.subarray(used);
        if (line === undefined) takePart(before);
        else {
          taken = Math.min(mostBytes, taken + line.length + 1);
          takeLine(line);
        }
      }
      if (rest.length === 0 || isDone()) return rest;
      if (typeof body === "object") return body.push(rest, handlers.data);
      handlers.data(rest);
      return EMPTY;
    },
    end() {
      if (body === "close") ended = true;
    },
  };
}

/** A field; undefined for one with a name that none may have, which goes no further: clients would read it in many ways. */
function answerField(line: string): Header | undefined {
  if (/^[ \t]/.test(line)) throw new Refusal("bad-answer", "A header field of the server's answer goes on in a second line");
  const colon = line.indexOf(":");
  const name = trimmed(line.slice(0, Math.max(colon, 0))); // with the blanks before the colon (RFC 9112 section 5.1)
  if (name === "") throw new Refusal("bad-answer", "A line in the head of the server's answer is no header field");
  return TOKEN.test(name) ? [name, cleaned(line.slice(colon + 1))] : undefined;
}

/** NUL becomes a space; other control characters may stay (RFC 9110 section 5.5). */
function cleaned(value: string): string {
  return trimmed(value.replaceAll("\0", " "));
}

/** The framing of an answer's body (RFC 9112 section 6.3), and the head as it is meant. */
function framed(method: string, given: ServerHead): { framing: AnswerFraming; head: ServerHead; keeps: boolean } {
  const { status, minor, headers } = given;
  const length = lengthOf(headers);
  const coding = codingOf(headers);
  if (coding === "chunked" && length !== undefined)
    throw new Refusal("bad-answer", "The server's answer has both Content-Length and Transfer-Encoding");
  const noBody = method === "HEAD" || status < 200 || status === 204 || status === 304;
  const connection = listOf(headers, "connection");
  // Whoever uses a coding in another way than the standard is not asked again.
  const usual = coding === undefined || (coding === "chunked" && minor === 1);
  const keeps = usual && !connection.includes("close") && (minor === 1 || connection.includes("keep-alive"));
  const head = length === undefined ? given : { ...given, headers: withLength(headers, length) };
  if (noBody) return { framing: { kind: "none" }, head, keeps };
  if (coding === "chunked") return { framing: { kind: "chunked" }, head, keeps };
  if (length !== undefined) return { framing: { kind: "length", bytes: Number(length) }, head, keeps };
  return { framing: { kind: "close" }, head, keeps: false };
}

/** The one length that all fields say. */
function lengthOf(headers: readonly Header[]): string | undefined {
  const lengths = valuesOf(headers, "content-length").flatMap((value) => value.split(",").map(trimmed));
  const [length] = lengths;
  if (length === undefined) return undefined;
  if (lengths.some((other) => other !== length)) throw new Refusal("bad-answer", "The server's answer has several lengths");
  if (!/^\d{1,15}$/.test(length)) throw new Refusal("bad-answer", "The length of the server's answer is no number of bytes");
  return length;
}

/** `identity` is what there is without a coding (RFC 2616 section 3.6). */
function codingOf(headers: readonly Header[]): "chunked" | "identity" | undefined {
  const values = valuesOf(headers, "transfer-encoding").map((value) => value.toLowerCase());
  const [coding] = values;
  if (coding === undefined) return undefined;
  if (values.length > 1 || (coding !== "chunked" && coding !== "identity"))
    throw new Refusal("bad-answer", "The server's answer has a Transfer-Encoding other than 'chunked'");
  return coding;
}

function withLength(headers: readonly Header[], length: string): Header[] {
  const at = headers.findIndex(([name]) => name.toLowerCase() === "content-length");
  const name = headers[at]?.[0] ?? "Content-Length";
  return [
    ...without(headers.slice(0, at), "content-length"),
    [name, length],
    ...without(headers.slice(at + 1), "content-length"),
  ];
}
