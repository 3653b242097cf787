// Makes text from a file safe to show on a terminal or in a message.

import { shortened } from "../../text.ts";
import { maskedVia } from "./secrets.ts";

/** Longest text that a finding quotes, in characters: its line is shown below it. */
const LONGEST_IN_FINDING = 60;

/**
 * The text with everything that a terminal would obey, or that would reorder the line, replaced by a sign:
 * C0 controls by their pictures, C1 and invisible format characters by U+FFFD. Tabs too.
 */
export function visible(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : "\ufffd";
  });
}

/** The text in single quotes for a message: visible, not too long, and without the password of a URL or an address. */
export function quoted(text: string): string {
  return `'${visible(shortened(maskedVia(text), LONGEST_IN_FINDING))}'`;
}

/** JSON text of a value, safe on a terminal and in YAML: JSON leaves DEL and C1 controls as they are. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(/[\u007f-\u009f\p{Cf}\u2028\u2029]/gu, (sign) =>
    Array.from({ length: sign.length }, (_, at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}
