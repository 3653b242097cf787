// Collects what is found wrong with one manifest.

import type { Diagnostic } from "../types.ts";
import { MANIFEST_BOUNDS } from "./bounds.ts";
import { concealed, secretSpans } from "./concealed.ts";
import { maskedMessage } from "./secrets.ts";
import { diagnosticAt, diagnosticOfFile, type Finding, lineOf, type Source, type Span } from "./source.ts";
import type { Value } from "./tree.ts";

/** Advice; a function when it takes work that a finding that is not kept should not cost. */
export type Hint = string | undefined | (() => string | undefined);

/** Takes what is wrong with a value. */
export interface Notes {
  /** Notes an error; without a span it is about the file as a whole. */
  readonly error: (span: Span | undefined, message: string, hint?: Hint, code?: Diagnostic["code"]) => void;
  /** Notes a warning. */
  readonly warn: (span: Span, message: string, hint?: Hint) => void;
}

/** The findings about one manifest, in the making. */
export interface Findings extends Notes {
  /** The line of an offset, for messages that name another place. */
  readonly line: (offset: number) => number;
  /** True when an error was noted. */
  readonly failed: () => boolean;
  /**
   * All findings in the order of the text; their lines show no secret.
   * @param tree What the text holds, where that could be read: it tells where secrets stand.
   */
  readonly list: (tree: Value | undefined) => Diagnostic[];
}

/** An empty collection for one source. */
export function createFindings(source: Source): Findings {
  const found = new Map<string, { readonly span: Span | undefined; readonly finding: Finding }>();
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
    // A schema of others may quote what it was given.
    const finding = {
      severity,
      message: maskedMessage(message),
      hint: typeof hint === "function" ? hint() : hint,
      ...(code && { code }),
    };
    found.set(key, { span, finding });
  };
  return {
    error: (span, message, hint, code) => add("error", span, message, hint, code),
    warn: (span, message, hint) => add("warning", span, message, hint),
    line: (offset) => lineOf(source, offset),
    failed: () => failed,
    list: (tree) => {
      if (found.size === 0) return [];
      const shown = { ...source, text: concealed(source.text, secretSpans(source.text, tree)) };
      const drawn = [...found.values()].map(({ span, finding }) =>
        span === undefined ? diagnosticOfFile(source.file, finding) : diagnosticAt(shown, span, finding),
      );
      const sorted = drawn.sort((a, b) => a.line - b.line || a.column - b.column);
      const more = { severity: failed ? "error" : "warning", message: `${left} more findings are not shown` } as const;
      return left > 0 ? [...sorted, diagnosticOfFile(source.file, more)] : sorted;
    },
  };
}
