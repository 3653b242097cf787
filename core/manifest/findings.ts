// Collects what is found wrong with one manifest. Must not decide what is wrong.

import { MANIFEST_BOUNDS } from "./bounds.ts";
import { diagnosticAt, diagnosticOfFile, lineOf, type Source, type Span } from "./source.ts";
import type { Diagnostic } from "./types.ts";

/** Advice; a function when it takes work that a finding that is not kept should not cost. */
export type Hint = string | undefined | (() => string | undefined);

/** The findings about one manifest, in the making. */
export interface Findings {
  /** Notes an error; without a span it is about the file as a whole. */
  readonly error: (span: Span | undefined, message: string, hint?: Hint, code?: Diagnostic["code"]) => void;
  /** Notes a warning. */
  readonly warn: (span: Span, message: string, hint?: Hint) => void;
  /** The line of an offset, for messages that name another place. */
  readonly line: (offset: number) => number;
  /** True when an error was noted. */
  readonly failed: () => boolean;
  /** All findings in the order of the text. */
  readonly list: () => Diagnostic[];
}

/** An empty collection for one source. */
export function createFindings(source: Source): Findings {
  const found = new Map<string, Diagnostic>();
  let failed = false;
  let left = 0;
  const add = (
    severity: Diagnostic["severity"],
    span: Span | undefined,
    message: string,
    hint?: Hint,
    code?: Diagnostic["code"],
  ): void => {
    if (severity === "error") failed = true;
    // One anchor used by many hosts would otherwise repeat its finding for each of them.
    const key = `${span?.start}:${message}`;
    if (found.has(key)) return;
    if (found.size >= MANIFEST_BOUNDS.diagnostics) {
      left++;
      return;
    }
    const finding = { severity, message, hint: typeof hint === "function" ? hint() : hint, ...(code && { code }) };
    found.set(key, span === undefined ? diagnosticOfFile(source.file, finding) : diagnosticAt(source, span, finding));
  };
  return {
    error: (span, message, hint, code) => add("error", span, message, hint, code),
    warn: (span, message, hint) => add("warning", span, message, hint),
    line: (offset) => lineOf(source, offset),
    failed: () => failed,
    list: () => {
      const sorted = [...found.values()].sort((a, b) => a.line - b.line || a.column - b.column);
      const more = { severity: failed ? "error" : "warning", message: `${left} more findings are not shown` } as const;
      return left > 0 ? [...sorted, diagnosticOfFile(source.file, more)] : sorted;
    },
  };
}
