// What a control message may hold, piece by piece. Each check throws `malformed-frame`.

import { NoRouterError, printable } from "../errors.ts";
import { firstCharacters, isLonger } from "../text.ts";

/** Longest name in a message of an agent, in characters: of a plugin, a front-end, a feature, a version, a runtime. */
export const LONGEST_NAME_SENT = 64;

/** An object of JSON. */
export type JsonObject = Record<string, unknown>;

// A byte order mark is no white space (RFC 8259 section 8.1).
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The object that a payload holds; of a key that comes twice the last one counts. */
export function parse(payload: Uint8Array): JsonObject {
  try {
    return record(JSON.parse(decoder.decode(payload)), "message");
  } catch (thrown) {
    if (thrown instanceof NoRouterError) throw thrown;
    return malformed("text that is not JSON");
  }
}

/** An object. */
export function record(value: unknown, what: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  return malformed(`"${what}" that is not an object`);
}

/** Text of bounded length, in characters, without control characters: it ends on somebody's terminal. */
export function text(value: unknown, what: string, most: number): string {
  if (typeof value !== "string" || isLonger(value, most))
    return malformed(`"${what}" that is not text of at most ${most} characters`);
  return printable(value);
}

/** A whole number from 0. */
export function whole(value: unknown, what: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  return malformed(`"${what}" that is not a whole number`);
}

/** Names what is of an unknown type, which may be an object that no string can be made of, or a mebibyte of text. */
export function unknownType(what: string, type: unknown): string {
  return typeof type === "string"
    ? `${what} of type "${printable(firstCharacters(type, LONGEST_NAME_SENT))}"`
    : `${what} whose type is not text`;
}

/** Thrown within this folder, and for others a {@link NoRouterError}. */
class Malformed extends NoRouterError {
  readonly what: string;

  constructor(what: string) {
    super("malformed-frame", `Control frame carries a ${what}`);
    this.what = what;
  }
}

/** @throws NoRouterError `malformed-frame`, always */
export function malformed(what: string): never {
  throw new Malformed(what);
}

/** What a check finds wrong, without the sentence about a frame; undefined: nothing. */
export function wrongBy(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Malformed) return thrown.what;
    throw thrown;
  }
}
