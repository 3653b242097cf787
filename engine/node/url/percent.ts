// Percent-encoding (URL Standard section 1.3): each part of a URL has its own set of characters that are encoded.

/** Encodes the characters of each part; beside these, controls and all that is not ASCII (section 1.3). */
const SETS = {
  control: /[\p{Cc}\P{ASCII}]/gu,
  fragment: /[\p{Cc}\P{ASCII} "<>`]/gu,
  query: /[\p{Cc}\P{ASCII} "#<>]/gu,
  specialQuery: /[\p{Cc}\P{ASCII} "#'<>]/gu,
  path: /[\p{Cc}\P{ASCII} "#<>?^`{}]/gu,
  userinfo: /[\p{Cc}\P{ASCII} "#/:;<=>?@[\\\]^`{|}]/gu,
} as const;

/** A text with the characters of a part's set encoded. */
export function percentEncoded(text: string, set: keyof typeof SETS): string {
  return text.replace(SETS[set], encodedCharacter);
}

function encodedCharacter(character: string): string {
  if (character > "\x7f") return encodeURIComponent(character);
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** A text with what is percent-encoded decoded; bytes that are no UTF-8 become U+FFFD. */
export function percentDecoded(text: string): string {
  if (!text.includes("%")) return text;
  const bytes = new TextEncoder().encode(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const digits = bytes[at] === 0x25 ? String.fromCharCode(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0) : "";
    const isEncoded = /^[0-9a-f]{2}$/i.test(digits);
    bytes[length++] = isEncoded ? Number.parseInt(digits, 16) : (bytes[at] ?? 0);
    if (isEncoded) at += 2;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, length));
}
