// Hashes of code, SHA-256 in lower case hexadecimal, and their short form, which tells versions of an agent apart.

/** Digits of a hash. */
export const HASH_DIGITS = 64;

/** Digits of the short form: 64 bits, so that no two versions that somebody keeps have the same. */
const SHORT_HASH_DIGITS = 16;

/** Whether this is a hash. */
export function isHash(text: unknown): text is string {
  return typeof text === "string" && hasDigits(text, HASH_DIGITS);
}

/** The beginning of a hash, as files and folders have it in their names, and tables of people. */
export function shortHash(hash: string): string {
  return hash.slice(0, SHORT_HASH_DIGITS);
}

/** Whether this is what {@link shortHash} gives. */
export function isShortHash(text: string): boolean {
  return hasDigits(text, SHORT_HASH_DIGITS);
}

function hasDigits(text: string, count: number): boolean {
  return text.length === count && /^[0-9a-f]+$/.test(text);
}
