// Takes lines of text out of bytes as they come, in any pieces. Pure.

import type { Refusal } from "./refusal.ts";

/** What can be wrong with a line. */
export type LineFault = "is too long" | "holds a carriage return" | "ends without a carriage return";

/** What a line must be. */
export interface LineRules {
  /** Whether LF alone ends a line too (RFC 9112 section 2.2). */
  readonly bareLf: boolean;
  /** What is thrown. */
  refuse(fault: LineFault): Refusal;
}

/** Collects one line after another. */
export interface LineReader {
  /** What has come of the line that is not whole yet; each character is one byte. */
  readonly partial: string;
  /**
   * How many bytes were used, and the line once it is whole, without its end.
   * @throws Refusal for a line of more than `longest` bytes, or with a CR inside
   */
  push(chunk: Uint8Array, longest: number): { readonly line: string | undefined; readonly used: number };
}

const LF = 10;

/** A reader of lines. */
export function lineReader({ bareLf, refuse }: LineRules): LineReader {
  let partial = "";
  let firstCr = -1;
  return {
    get partial() {
      return partial;
    },
    push(chunk, longest) {
      const end = chunk.indexOf(LF);
      const piece = latin1(chunk.subarray(0, end === -1 ? chunk.length : end));
      const cr = firstCr === -1 ? piece.indexOf("\r") : -1;
      if (cr !== -1) firstCr = partial.length + cr;
      partial += piece;
      const last = partial.length - 1;
      const endsInCr = firstCr !== -1 && firstCr === last;
      if (firstCr !== -1 && !endsInCr && firstCr < longest) throw refuse("holds a carriage return");
      if (partial.length - (endsInCr ? 1 : 0) > longest) throw refuse("is too long");
      if (end === -1) return { line: undefined, used: chunk.length };
      if (!endsInCr && !bareLf) throw refuse("ends without a carriage return");
      const line = endsInCr ? partial.slice(0, last) : partial;
      partial = "";
      firstCr = -1;
      return { line, used: end + 1 };
    },
  };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
