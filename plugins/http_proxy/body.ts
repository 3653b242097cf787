// Reads a request's body by its framing (RFC 9112 sections 6 and 7), in any pieces. Pure.

import type { Framing } from "./framing.ts";
import { FIELD_VALUE, type Header, TOKEN, trimmed } from "./head.ts";
import { badRequest } from "./refusal.ts";

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

const CR = 13;
const LF = 10;
const EMPTY = new Uint8Array(0);
/** A chunk's size and its extensions, of which nobody sends any; one trailer field. */
const LONGEST_LINE = 1024;
const MOST_TRAILERS = 64;
/** Twelve digits are more than any disk holds, and exact. */
const CHUNK_SIZE = /^([0-9a-f]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/i;

/** A reader of one body. */
export function bodyReader(framing: Framing): BodyReader {
  return framing.kind === "chunked" ? chunkedReader() : lengthReader(framing.kind === "none" ? 0 : framing.bytes);
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

function chunkedReader(): BodyReader {
  const trailers: Header[] = [];
  const lines = lineReader();
  let state: "size" | "data" | "end-of-data" | "trailers" | "done" = "size";
  let left = 0;

  function takeLine(line: string): void {
    if (state === "size") {
      left = sizeOf(line);
      state = left === 0 ? "trailers" : "data";
    } else if (state === "end-of-data") {
      if (line !== "") throw badRequest("A chunk of the body is longer than it says");
      state = "size";
    } else if (line === "") state = "done";
    else trailers.push(trailerOf(line, trailers.length));
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
          const { line, used } = lines.push(rest, state === "end-of-data" ? 0 : LONGEST_LINE);
          rest = rest.subarray(used);
          if (line !== undefined) takeLine(line);
        }
      }
      return rest.length > 0 ? rest : EMPTY;
    },
  };
}

function sizeOf(line: string): number {
  const digits = CHUNK_SIZE.exec(line)?.[1];
  if (digits === undefined) throw badRequest("A chunk of the body has no good size");
  return Number.parseInt(digits, 16);
}

function trailerOf(line: string, before: number): Header {
  const [, name = "", value = ""] = /^([^:]*):(.*)$/s.exec(line) ?? [];
  if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) throw badRequest("A trailer field of the body is not one");
  if (before >= MOST_TRAILERS) throw badRequest(`The body has more than ${MOST_TRAILERS} trailer fields`);
  return [name, trimmed(value)];
}

/** Collects one line after another; its end is CR LF and nothing else. */
function lineReader() {
  let line = "";
  return {
    /** How many bytes were used, and the line once it is whole. */
    push(chunk: Uint8Array, longest: number): { readonly line: string | undefined; readonly used: number } {
      for (let at = 0; at < chunk.length; at += 1) {
        const byte = chunk[at] as number;
        const afterCr = line.endsWith("\r");
        if (byte === LF && afterCr) {
          const whole = line.slice(0, -1);
          line = "";
          return { line: whole, used: at + 1 };
        }
        if (byte === LF || afterCr) throw badRequest("A line within the body does not end in CR and LF");
        if (line.length >= longest && byte !== CR) throw badRequest("A line within the body is too long");
        line += String.fromCharCode(byte);
      }
      return { line: undefined, used: chunk.length };
    },
  };
}
