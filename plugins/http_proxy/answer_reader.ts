// Reads the answers of a server, in any pieces (RFC 9112). Liberal where it does no harm, because the proxy writes a new head
// and new chunks; strict where two programs could see two different answers in the same bytes. Pure.

import { type BodyReader, bodyReader, type ChunkRules } from "./body.ts";
import type { Framing } from "./framing.ts";
import { type Header, TOKEN, trimmed } from "./head.ts";
import { listOf, valuesOf, without } from "./headers.ts";
import { type LineFault, lineReader } from "./lines.ts";
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

/** What the reader has to know of the request, and of whom it asks. */
export interface AskedRequest {
  readonly method: string;
  /** The server's name, for messages. */
  readonly where: string;
  /** Of each head. */
  readonly mostBytes: number;
}

/** Takes the bytes of the answer to one request as they come. */
export class AnswerReader {
  readonly #asked: AskedRequest;
  readonly #handlers: AnswerHandlers;
  readonly #lines = lineReader({ bareLf: true, refuse: (fault) => this.#badLine(fault) });
  #first: Omit<ServerHead, "headers"> | undefined;
  #headers: Header[] = [];
  #headBytes = 0;
  #body: BodyReader | "close" | undefined;
  #ended = false;
  #leftOut = false;
  #persists = false;

  constructor(asked: AskedRequest, handlers: AnswerHandlers) {
    this.#asked = asked;
    this.#handlers = handlers;
  }

  /** The answer is whole. That to 101 is so behind its head: what follows is of the other protocol. */
  get done(): boolean {
    return this.#ended || (typeof this.#body === "object" && this.#body.done);
  }

  /** Whether the server can be asked again on the same connection once the answer is whole. */
  get persists(): boolean {
    return this.#persists;
  }

  /** What came behind a chunked body. */
  get trailers(): readonly Header[] {
    return typeof this.#body === "object" ? this.#body.trailers : [];
  }

  /**
   * Returns the bytes behind the end of the answer.
   * @throws Refusal `bad-answer`
   */
  push(chunk: Uint8Array): Uint8Array {
    let rest = chunk;
    while (rest.length > 0 && this.#body === undefined) {
      const before = this.#lines.partial.length;
      const { line, used } = this.#lines.push(rest, this.#asked.mostBytes - this.#headBytes);
      rest = rest.subarray(used);
      if (line === undefined) this.#checkBeginning(before);
      else this.#takeLine(line);
    }
    if (rest.length === 0 || this.done) return rest;
    if (typeof this.#body === "object") return this.#body.push(rest, this.#handlers.data);
    this.#handlers.data(rest);
    return EMPTY;
  }

  /** The connection ended; the answer may be {@link done} by that. */
  end(): void {
    if (this.#body === "close") this.#ended = true;
  }

  /** Other protocols may begin with something that never becomes a line. */
  #checkBeginning(before: number): void {
    const begun = this.#lines.partial.slice(0, BEGINNING.length);
    const checks = this.#first === undefined && before < BEGINNING.length;
    if (checks && begun !== "\r" && !BEGINNING.startsWith(begun)) throw this.#bad(NOT_HTTP);
  }

  #takeLine(line: string): void {
    this.#headBytes = Math.min(this.#asked.mostBytes, this.#headBytes + line.length + 1);
    if (this.#first === undefined) {
      if (line === "") return; // behind the answer before, some servers send one
      const [, minor, status, reason = ""] = STATUS_LINE.exec(line) ?? [];
      if (status === undefined) throw this.#bad(NOT_HTTP);
      this.#first = { status: Number(status), reason: cleaned(reason), minor: minor === "0" ? 0 : 1 };
    } else if (line === "") this.#takeHead({ ...this.#first, headers: this.#headers });
    else {
      const field = answerField(line);
      if (field) this.#headers.push(field);
      else this.#leftOut = true;
    }
  }

  #takeHead(given: ServerHead): void {
    const { framing, head, keeps } = framed(this.#asked.method, given);
    if (head.status < 200 && head.status !== 101) {
      this.#first = undefined;
      this.#headers = [];
      this.#headBytes = 0;
      this.#handlers.interim(head);
      return;
    }
    this.#persists = keeps && !this.#leftOut;
    this.#body = framing.kind === "close" ? "close" : bodyReader(framing, OF_ANSWERS);
    this.#handlers.head(head);
  }

  #badLine(fault: LineFault): Refusal {
    if (this.#first === undefined) return this.#bad(NOT_HTTP);
    if (fault === "is too long") return this.#bad(`answers with a head of more than ${this.#asked.mostBytes} bytes`);
    return this.#bad(`answers with a line that ${fault}`);
  }

  #bad(message: string): Refusal {
    return new Refusal("bad-answer", `${this.#asked.where} ${message}`);
  }
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

interface Coding {
  readonly chunked: boolean;
  /** As the standard has it. */
  readonly usual: boolean;
}

/** The framing of an answer's body (RFC 9112 section 6.3), and the head as it is meant. */
function framed(method: string, given: ServerHead): { framing: AnswerFraming; head: ServerHead; keeps: boolean } {
  const { status, minor, headers } = given;
  const length = lengthOf(headers);
  const coding = codingOf(headers);
  if (coding?.chunked && length !== undefined)
    throw new Refusal("bad-answer", "The server's answer has both Content-Length and Transfer-Encoding");
  const noBody = method === "HEAD" || status < 200 || status === 204 || status === 304;
  const connection = listOf(headers, "connection");
  // Whoever uses a coding in another way than the standard is not asked again.
  const usual = coding === undefined || (coding.usual && minor === 1);
  const keeps = usual && !connection.includes("close") && (minor === 1 || connection.includes("keep-alive"));
  const head = length === undefined ? given : { ...given, headers: withLength(headers, length) };
  if (noBody) return { framing: { kind: "none" }, head, keeps };
  if (coding?.chunked) return { framing: { kind: "chunked" }, head, keeps };
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

/** `identity` is what there is without a coding (RFC 2616 section 3.6), so that nothing changes where it stands before another. */
function codingOf(headers: readonly Header[]): Coding | undefined {
  if (valuesOf(headers, "transfer-encoding").length === 0) return undefined;
  const codings = listOf(headers, "transfer-encoding");
  const last = codings.pop();
  if ((last !== "chunked" && last !== "identity") || codings.some((coding) => coding !== "identity"))
    throw new Refusal("bad-answer", "The server's answer has a Transfer-Encoding other than 'chunked'");
  return { chunked: last === "chunked", usual: last === "chunked" && codings.length === 0 };
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
