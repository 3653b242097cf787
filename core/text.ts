// Texts in characters as the wire and the docs count them: Unicode code points. Must not split one of two UTF-16 units.

/**
 * Longest sentence for people that a network passes on: in bytes of UTF-8 as a payload, and in characters as a text of a fact or of
 * a failure.
 */
export const LONGEST_MESSAGE = 512;

/** Longest message of other people's code that a finding or an error repeats, in characters: theirs may be of any length. */
export const LONGEST_FOREIGN_MESSAGE = 300;

/** Longest text from elsewhere that an error quotes, in characters. */
export const LONGEST_QUOTE = 100;

/**
 * Longest line of a file that a finding shows to a program, in characters: that of a hostile file may have a mebibyte, and each finding
 * in it would repeat it.
 */
export const LONGEST_SHOWN_LINE = 1000;

/** Whether the text has more than `most` characters. */
export function isLonger(text: string, most: number): boolean {
  return text.length > most && (text.length > 2 * most || [...text].length > most);
}

/** The first `most` characters, or all. */
export function firstCharacters(text: string, most: number): string {
  return text.length > most ? [...text.slice(0, 2 * most)].slice(0, most).join("") : text;
}

/** The text, or its first `most` characters and a sign that there are more. */
export function shortened(text: string, most: number): string {
  return isLonger(text, most) ? `${firstCharacters(text, most)}…` : text;
}

/** The last `most` characters, or all. */
export function lastCharacters(text: string, most: number): string {
  return text.length > most ? [...text.slice(-2 * most)].slice(-most).join("") : text;
}

/** What a value of others is, for a message that says what was wanted instead. Runs none of its code. */
export function whatIs(value: unknown): string {
  const isLong = ["string", "object", "function", "symbol"].includes(typeof value) && value !== null;
  return isLong ? `a thing of type '${typeof value}'` : String(value);
}
