// Texts in characters as the wire and the docs count them: Unicode code points. Must not split one of two UTF-16 units.

/** Whether the text has more than `most` characters. */
export function isLonger(text: string, most: number): boolean {
  return text.length > most && (text.length > 2 * most || [...text].length > most);
}

/** The first `most` characters, or all. */
export function firstCharacters(text: string, most: number): string {
  return text.length > most ? [...text.slice(0, 2 * most)].slice(0, most).join("") : text;
}

/** The last `most` characters, or all. */
export function lastCharacters(text: string, most: number): string {
  return text.length > most ? [...text.slice(-2 * most)].slice(-most).join("") : text;
}
