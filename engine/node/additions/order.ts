// `localeCompare` about as the root collation has it (UTS 10): signs, digits, letters; letters first without their marks and case, then
// by their marks, then small ones first. No language's own order.

/** What of the options changes the order. */
interface CompareOptions {
  readonly numeric?: boolean | undefined;
  readonly sensitivity?: "base" | "accent" | "case" | "variant" | undefined;
}

/** Below zero, 0, or above zero: `one` is before `other`, equal, or after it. */
export function localeCompare(
  one: string,
  other: string,
  { numeric = false, sensitivity = "variant" }: CompareOptions = {},
): number {
  const byLetters = compareLists(keysOf(baseOf(one), numeric), keysOf(baseOf(other), numeric));
  if (byLetters !== 0 || sensitivity === "base") return byLetters;
  const byMarks = sensitivity === "case" ? 0 : compareTexts(marksOf(one), marksOf(other));
  return byMarks !== 0 || sensitivity === "accent" ? byMarks : compareTexts(caseOf(one), caseOf(other));
}

/** Letters without marks and case. */
function baseOf(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function marksOf(text: string): string {
  return text.normalize("NFKD").toLowerCase();
}

/** A capital is after its small letter. */
function caseOf(text: string): string {
  return text.replace(/./gsu, (character) => (character === character.toLowerCase() ? "0" : "1"));
}

type Key = readonly [group: number, value: number | string];

function keysOf(text: string, numeric: boolean): Key[] {
  const parts = text.match(numeric ? /\d+|./gsu : /./gsu) ?? [];
  return parts.map((part) => (/^\d/.test(part) ? [1, Number(part)] : [/\p{L}/u.test(part) ? 2 : 0, part]));
}

function compareLists(one: readonly Key[], other: readonly Key[]): number {
  for (let at = 0; at < Math.min(one.length, other.length); at += 1) {
    const [a, b] = [one[at], other[at]] as [Key, Key];
    if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
    if (a[1] !== b[1]) return a[1] < b[1] ? -1 : 1;
  }
  return Math.sign(one.length - other.length);
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
