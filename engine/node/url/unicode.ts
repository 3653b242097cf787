// What the engine's own Unicode tables say of a character, for IDNA. idna_table.ts holds where that is not what UTS 46 says.

/** Characters that have no place in a name by their category: controls, private use, surrogates, and those that are not assigned. */
const NO_CHARACTER = /^\p{C}$/u;
const IGNORABLE = /^\p{Default_Ignorable_Code_Point}$/u;
const MARK = /^\p{M}$/u;
const NON_SPACING = /^[\p{Mn}\p{Me}]$/u;
/** Greek letters with an iota below, and Cyrillic variants, are folded by way of their capitals. */
const FOLDED_BY_CAPITALS = /[\u0345\u1c80-\u1c88\u1f80-\u1fff]/;
/** Capitals of Cherokee came first, so that its small letters are folded to them. */
const CHEROKEE = /[\u13a0-\u13f5\u13f8-\u13fd\uab70-\uabbf]/;

/** What is wrong with a name that has the character, by its category alone. */
export function hasNoPlace(character: string): boolean {
  return NO_CHARACTER.test(character);
}

/** Whether a character is left out. */
export function isLeftOut(character: string): boolean {
  return IGNORABLE.test(character);
}

/** Whether a character cannot begin a label. */
export function isMark(character: string): boolean {
  return MARK.test(character);
}

/** Whether a character takes the direction of those before it. */
export function isNonSpacing(character: string): boolean {
  return NON_SPACING.test(character);
}

/** The character in its one form: compatible characters and small letters. */
export function folded(character: string): string {
  if (CHEROKEE.test(character)) return character.toUpperCase();
  if (character === "ς") return character;
  const small = lower(lower(character).normalize("NFKC")).normalize("NFKC");
  return FOLDED_BY_CAPITALS.test(small) ? lower(small.toUpperCase()).normalize("NFKC") : small;
}

/** Small letters, of each character for itself: only at the end of a word a capital sigma has another one. */
function lower(text: string): string {
  return text.replace(/\P{Ll}/gu, (one) => one.toLowerCase()).replaceAll("ς", "σ");
}
