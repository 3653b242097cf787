// Reads the body of a message by its framing (RFC 9112 sections 6 and 7), in any pieces. Pure.

import type { Framing } from "./framing.ts";
import { FIELD_VALUE, type Header, TOKEN, trimmed } from "./head.ts";
import { type LineRules, lineReader } from "./lines.ts";
import { badRequest, type Refusal } from "./refusal.ts";

/** Takes the bytes of one body as they come. */
export interface BodyReader {
  readonly done: boolean;
  /** What came behind a chunked body. */
  readonly trailers: readonly Header[];
  /**
   * Hands over the body's bytes; returns those behind its end.
   * @throws Refusal
   */
  push(chunk: Uint8Array, take: (data: Uint8Array) => void): Uint8Array;
}

/** What chunks must be like. */
export interface ChunkRules extends LineRules {
  /** A size and its extensions; the size is the first group. */
  readonly size: RegExp;
  /** What is thrown for anything else. */
  bad(message: string): Refusal;
  /**
   * A trailer field; undefined for one that is left out.
   * @throws Refusal
   */
  field(line: string): Header | undefined;
}

const EMPTY = new Uint8Array(0);
/** Bytes of a chunk's size and its extensions, of which nobody sends any, and of one trailer field. */
const LONGEST_LINE = 1024;
/** Trailer fields of a body; programs that send any send a few. */
const MOST_TRAILERS = 64;

/** Chunks of requests. Blanks behind a size can be read in one way only, and go no further: the chunks are written anew. */
const OF_REQUESTS: ChunkRules = {
  bareLf: false,
  refuse: (fault) => badRequest(`A line within the body ${fault}`),
  bad: (message) => badRequest(`${message} within the body`),
  // Twelve digits are more than any disk holds, and exact.
  size: /^([0-9a-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i,
  field(line) {
    const [, name = "", value = ""] = /^([^:]*):(.*)$/s.exec(line) ?? [];
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) throw badRequest("A trailer field of the body is not one");
    return [name, trimmed(value)];
  },
};

/** A reader of one body. */
export function bodyReader(framing: Framing, rules: ChunkRules = OF_REQUESTS): BodyReader {
  return framing.kind === "chunked" ? chunkedReader(rules) : lengthReader(framing.kind === "none" ? 0 : framing.bytes);
}

function lengthReader(bytes: number): BodyReader {
  let left = bytes;
  return {
    get done() {
      return left === 0;
    },
    trailers: [],
    push(chunk, take) {
      const data = chunk.subarray(0, Math.min(left, chunk.length));
      left -= data.length;
      if (data.length > 0) take(data);
      return chunk.subarray(data.length);
    },
  };
}

function chunkedReader(rules: ChunkRules): BodyReader {
  const trailers: Header[] = [];
  const lines = lineReader(rules);
  let state: "size" | "data" | "end-of-data" | "trailers" | "done" = "size";
  let left = 0;

  function takeLine(line: string): void {
    if (state === "size") {
      const digits = rules.size.exec(line)?.[1];
      if (digits === undefined) throw rules.bad("A chunk has no good size");
      left = Number.parseInt(digits, 16);
      state = left === 0 ? "trailers" : "data";
    } else if (state === "end-of-data") state = "size";
    else if (line === "") state = "done";
    else if (trailers.length === MOST_TRAILERS) throw rules.bad(`There are more than ${MOST_TRAILERS} trailer fields`);
    else {
      const field = rules.field(line);
      if (field) trailers.push(field);
    }
  }

  return {
    get done() {
      return state === "done";
    },
    trailers,
    push(chunk, take) {
      let rest = chunk;
      while (rest.length > 0 && state !== "done") {
        if (state === "data") {
          const data = rest.subarray(0, Math.min(left, rest.length));
          left -= data.length;
          rest = rest.subarray(data.length);
          take(data);
          if (left === 0) state = "end-of-data";
        } else {
          // Behind a chunk stands the end of a line and nothing else.
          const { line, used } = lines.push(rest, state === "end-of-data" ? 0 : LONGEST_LINE);
          rest = rest.subarray(used);
          if (line !== undefined) takeLine(line);
        }
      }
      return rest.length > 0 ? rest : EMPTY;
    },
  };
}
