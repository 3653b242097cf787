// Passwords in text that is not ours to understand: commands, what tools print.

/** What stands in place of a password. */
export const MASK = "********";

/** The text with the password of every URL in it masked: what stands between the name's colon and the last `@` of the word. */
export function maskedUrls(text: string): string {
  return text.includes("://") ? text.replace(/\S+/g, maskedWord) : text;
}

function maskedWord(word: string): string {
  const end = word.lastIndexOf("@");
  for (let scheme = word.indexOf("://"); scheme !== -1; scheme = word.indexOf("://", scheme + 3)) {
    const start = word.indexOf(":", scheme + 3) + 1;
    if (start === 0 || start >= end) return word;
    if (!/[/@]/.test(word.slice(scheme + 3, start))) return word.slice(0, start) + MASK + word.slice(end);
  }
  return word;
}
