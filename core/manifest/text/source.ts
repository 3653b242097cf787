// A text with its lines, and the way from an offset to a place.

import type { Diagnostic } from "../types.ts";

/** A piece of the text: UTF-16 offsets, `end` not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A manifest's text, decoded. */
export interface Source {
  readonly file: string;
  readonly text: string;
  /** Offset of each line's first unit, ascending. */
  readonly lineStarts: readonly number[];
}

/** A text with its lines found; a line ends at LF, CR before it belongs to the end. */
export function sourceOf(file: string, text: string): Source {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** The line of an offset, counted from 1. */
export function lineOf({ lineStarts }: Source, offset: number): number {
  let low = 0;
  let high = lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

/** The text of a line counted from 1, without its end. */
export function textOfLine({ text, lineStarts }: Source, line: number): string {
  const end = (lineStarts[line] ?? text.length + 1) - 1;
  return text.slice(lineStarts[line - 1] ?? 0, text[end - 1] === "\r" ? end - 1 : end);
}

/** What a finding says, without its place. */
export interface Finding {
  readonly severity: Diagnostic["severity"];
  readonly message: string;
  readonly hint?: string | undefined;
  readonly code?: Diagnostic["code"];
}

/**
 * A finding about a piece of the text; it is drawn on the piece's first line only.
 * @param source As it may be shown: secrets masked.
 */
export function diagnosticAt(source: Source, { start, end }: Span, { severity, message, hint, code }: Finding): Diagnostic {
  const line = lineOf(source, start);
  const text = textOfLine(source, line);
  // An offset within the line's end is drawn just behind the line.
  const column = Math.min(start - (source.lineStarts[line - 1] ?? 0), text.length) + 1;
  const length = Math.max(1, Math.min(end - start, text.length - column + 1));
  return { severity, message, hint, file: source.file, line, column, text, length, ...(code && { code }) };
}

/** A finding about the file as a whole. */
export function diagnosticOfFile(file: string, { severity, message, hint }: Finding): Diagnostic {
  return { severity, message, hint, file, line: 0, column: 0, text: "", length: 1 };
}
