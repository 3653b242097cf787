// One finding as lines for a terminal. Must not print, and lets nothing from the file reach the terminal raw.

import type { Diagnostic } from "./types.ts";
import { visible } from "./visible.ts";

const WIDEST = 120;
const BEFORE_CARET = 60;
const TAB = "    ";
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

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
  return [before + marked + after, " ".repeat(widthOf(before)) + "^".repeat(Math.max(1, widthOf(marked)))];
}

function shown(text: string, start = ""): string {
  return start + text.split("\t").map(visible).join(TAB);
}

/** Columns on a terminal: marks that combine take none, East Asian letters and pictures take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const sign of text) width += /\p{M}/u.test(sign) ? 0 : WIDE.test(sign) ? 2 : 1;
  return width;
}
