// Names of hosts in other letters than ASCII (UTS 46, as the URL Standard section 3.3 asks for it): without transitional mapping, and
// without checks of length and hyphens. Bidirectional text and joiners are judged within each label, as Node does.

import {
  BEGINS_NO_LABEL,
  DIRECTION_OF_NUMBERS,
  DUAL_JOINING,
  LEFT_JOINING,
  MAPPED,
  NEITHER_DIRECTION,
  NON_SPACING,
  OF_ARABIC_NUMBERS,
  PLACE,
  RIGHT_JOINING,
  RIGHT_TO_LEFT,
  VIRAMA,
} from "./idna_table.ts";
import { decoded, encoded } from "./punycode.ts";
import { folded, hasNoPlace, isLeftOut, isMark, isNonSpacing } from "./unicode.ts";

const ASCII = /^[\0-\x7f]*$/;
const PREFIX = "xn--";
const NON_JOINER = "\u200c";
const JOINER = "\u200d";

const codePointOf = (character: string): number => character.codePointAt(0) ?? 0;

/**
 * A name as it is looked up; undefined for what is none. One that is in ASCII already is taken as it is, also where its punycode stands for
 * nothing. Characters that no host name may have are not looked for.
 */
export function toAscii(name: string): string | undefined {
  if (ASCII.test(name)) return name.toLowerCase();
  const labels = mappedName(name)?.split(".").map(asciiLabel);
  return labels === undefined || labels.includes(undefined) ? undefined : labels.join(".");
}

/** A name as people read it; labels that stand for nothing stay as they are. */
export function toUnicode(name: string): string {
  return name
    .split(".")
    .map((label) => readableLabel(label) ?? label)
    .join(".");
}

/** Each character in its one form (UTS 46 section 4); undefined if one has no place in a name. */
function mappedName(name: string): string | undefined {
  let mapped = "";
  for (const character of name) {
    const one = mappedCharacter(character);
    if (one === undefined) return undefined;
    mapped += one;
  }
  return mapped.normalize("NFC");
}

function mappedCharacter(character: string): string | undefined {
  if (character < "\x80") return character.toLowerCase();
  if (character === NON_JOINER || character === JOINER) return character;
  const codePoint = codePointOf(character);
  if (hasNoPlace(character) !== PLACE(codePoint)) return undefined;
  if (isLeftOut(character)) return "";
  for (const [first, last, to] of MAPPED) {
    if (codePoint >= first && codePoint <= last) return String.fromCodePoint(to + codePoint - first);
  }
  return folded(character);
}

function asciiLabel(label: string): string | undefined {
  if (label.startsWith(PREFIX)) return readableLabel(label) === undefined ? undefined : label;
  if (ASCII.test(label)) return label;
  return isValid(label) ? PREFIX + encoded(label) : undefined;
}

/** What an encoded label stands for; undefined where that would not have been encoded so. */
function readableLabel(label: string): string | undefined {
  if (!label.startsWith(PREFIX) || !ASCII.test(label)) return undefined;
  const readable = decoded(label.slice(PREFIX.length));
  if (readable === undefined || ASCII.test(readable) || mappedName(readable) !== readable) return undefined;
  return isValid(readable) ? readable : undefined;
}

/** Whether a label has nothing where it must not be (UTS 46 section 4.1). */
function isValid(label: string): boolean {
  const characters = [...label];
  const [first = ""] = characters;
  if (isMark(first) !== BEGINS_NO_LABEL(codePointOf(first))) return false;
  const joiner = characters.findIndex((one) => one === NON_JOINER || one === JOINER);
  return joiner < 0 ? isOneWay(characters) : joins(characters, joiner);
}

/** Whether the first joiner stands where it changes how others look (RFC 5892 appendix A.1 and A.2). */
function joins(characters: readonly string[], at: number): boolean {
  const codes = characters.map(codePointOf);
  if (at > 0 && VIRAMA(codes[at - 1] ?? 0)) return true;
  if (characters[at] === JOINER || at === 0 || at === characters.length - 1) return false;
  const before = codes.slice(0, at).some((one) => LEFT_JOINING(one) || DUAL_JOINING(one));
  return before && codes.slice(at + 1).some((one) => RIGHT_JOINING(one) || DUAL_JOINING(one));
}

/** The directions of characters that the rules of RFC 5893 tell apart. */
type Direction = "left" | "right" | "arabic-number" | "number" | "neither" | "non-spacing";

function directionOf(character: string): Direction {
  const code = codePointOf(character);
  if (RIGHT_TO_LEFT(code)) return "right";
  if (OF_ARABIC_NUMBERS(code)) return "arabic-number";
  if (DIRECTION_OF_NUMBERS(code)) return "number";
  if (NEITHER_DIRECTION(code)) return "neither";
  return isNonSpacing(character) !== NON_SPACING(code) ? "non-spacing" : "left";
}

/** Whether a label can be read in one way only (RFC 5893 section 2); one without letters from right to left can. */
function isOneWay(characters: readonly string[]): boolean {
  const directions = characters.map(directionOf);
  const has = (direction: Direction) => directions.includes(direction);
  if (!has("right") && !has("arabic-number")) return true;
  const last = directions.findLast((one) => one !== "non-spacing");
  if (directions[0] === "left") return !has("right") && !has("arabic-number") && (last === "left" || last === "number");
  if (directions[0] !== "right" || has("left") || (has("number") && has("arabic-number"))) return false;
  return last !== "neither";
}
