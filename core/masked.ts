// Passwords in text that is not ours to understand: commands, what tools print. Must not know the manifest.

/** What stands in place of a password. */
export const MASK = "********";

/** The text with the password of every URL in it masked: what stands between the name's colon and the last `@` of the word. */
export function maskedUrls(text: string): string {
  return text.replace(/(?<=:\/\/[^\s:/@]*:)[^\s@]\S*(?=@)/g, MASK);
}
