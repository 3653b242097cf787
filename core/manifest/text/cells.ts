// How many cells a text takes on a terminal, and the only file that knows the library for East Asian width.

import { eastAsianWidth } from "get-east-asian-width";

/** Joiners, marks of direction and other invisible signs, variants of a sign, and tones of skin. */
const NOT_AGREED = /[\p{Cf}\p{Variation_Selector}]|\p{Emoji_Modifier}/gu;
/** More marks on one letter than any language writes would be drawn over the lines above and below. */
const MOST_MARKS = /(\p{M}{4})\p{M}+/gu;
/** Vowels and final consonants that a syllable of Hangul is composed of: they stand within its cells. */
const COMPOSED = /[\u1160-\u11ff\ud7b0-\ud7ff]/u;

/** The text without what terminals do not agree about how to draw: each sign that is left takes the same room everywhere. */
export function agreedSigns(text: string): string {
  return text.toWellFormed().replace(NOT_AGREED, "").replace(MOST_MARKS, "$1");
}

/** The cells of one sign of a text (a code point): 0 for marks that combine, 2 for East Asian letters and pictures. */
export function cellsOfSign(sign: string): 0 | 1 | 2 {
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(sign) || COMPOSED.test(sign)) return 0;
  return eastAsianWidth(sign.codePointAt(0) ?? 0);
}

/** The cells that a text takes, one without control characters. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const sign of text) cells += cellsOfSign(sign);
  return cells;
}
