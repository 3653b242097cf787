// One finding as lines for a terminal. Nothing from the file reaches the terminal raw.

import type { Diagnostic } from "../types.ts";
import { agreedSigns, cellsOf } from "./cells.ts";
import { visible } from "./visible.ts";

/** Letters of the line that are shown, and how many of them come before what is meant where the line is cut. */
const WIDEST = 120;
const BEFORE_CARET = 60;
const TAB = "    ";
/**
 * `file:line:column: error: message`, the line with a caret under what is meant, and a hint. Columns count UTF-16
 * units; the caret stands by the width of what is shown. No line end at the end.
 */
export function formatDiagnostic({ severity, message, hint, file, line, column, text, length }: Diagnostic): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const lines = [`${visible(place)}: ${severity}: ${visible(message)}`];
  if (line > 0) lines.push(...drawn(text, column - 1, length));
  if (hint !== undefined) lines.push(`  hint: ${visible(hint)}`);
  return lines.join("\n");
}

function drawn(text: string, at: number, length: number): [string, string] {
  const from = text.length <= WIDEST ? 0 : Math.max(0, Math.min(at - BEFORE_CARET, text.length - WIDEST));
  const to = Math.min(text.length, from + WIDEST);
  const before = shown(text.slice(from, at), from > 0 ? "…" : "");
  const marked = shown(text.slice(at, Math.min(at + length, to)));
  const after = shown(text.slice(Math.min(at + length, to), to)) + (to < text.length ? "…" : "");
  return [before + marked + after, " ".repeat(cellsOf(before)) + "^".repeat(Math.max(1, cellsOf(marked)))];
}

function shown(text: string, start = ""): string {
  return agreedSigns(start + text.split("\t").map(visible).join(TAB));
}
