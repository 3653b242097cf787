// The one error class, and the ways from anything that was thrown and from the wire's numbers to a code.

import type { ErrorRow } from "./error_row.ts";
import { ERRORS, type ErrorCode } from "./error_table.ts";

export type { ErrorRow } from "./error_row.ts";
export { ERRORS, type ErrorCode } from "./error_table.ts";

/** The only error that the project throws on purpose: a code and a sentence. */
export class NoRouterError extends Error {
  override readonly name = "NoRouterError";
  readonly code: ErrorCode;

  /** @param message What is and what was wanted, sentence case, no full stop. Default: the code's meaning. */
  constructor(code: ErrorCode, message: string = ERRORS[code].meaning, options: ErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }

  /** The table's row for this error's code. */
  get row(): ErrorRow {
    return ERRORS[this.code];
  }
}

/** Whether a host that failed so may be back by itself; true for a code of a later version. */
export function mends(code: ErrorCode): boolean {
  return (ERRORS[code] as ErrorRow | undefined)?.mends !== false;
}

/** Whether a host that failed so is started again. */
export function triesAgain(code: ErrorCode): boolean {
  return (ERRORS[code] as ErrorRow).again !== false;
}

/** The code for a reset frame; codes without a number travel as `internal`. */
export function wireNumberOf(code: ErrorCode): number {
  return (ERRORS[code] as ErrorRow).wire ?? ERRORS.internal.wire;
}

const codesByNumber = new Map<number, ErrorCode>(
  (Object.entries(ERRORS) as [ErrorCode, ErrorRow][]).flatMap(([code, { wire }]) => (wire === undefined ? [] : [[wire, code]])),
);

/** The code of a reset frame's number; a number from a later version reads as `reset`. */
export function codeOfWireNumber(wire: number): ErrorCode {
  return codesByNumber.get(wire) ?? "reset";
}

/** The sentence of anything that was thrown, also of what cannot be made a text. Throws nothing itself. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return "What was thrown cannot be shown";
  }
}

/** What engines say when there is no memory for an array, or for anything; and Node's code for the same in its own modules. */
const NO_MEMORY = /^(?:Array buffer allocation failed|out of memory)\b/i;
const NO_MEMORY_CODE = "ERR_MEMORY_ALLOCATION_FAILED";

/** Whether something was thrown because memory is lacking. Where V8 has none for its own heap, it ends the process instead. */
function isOutOfMemory(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if ("code" in thrown && thrown.code === NO_MEMORY_CODE) return true;
  return (thrown.name === "InternalError" || thrown instanceof RangeError) && NO_MEMORY.test(thrown.message);
}

/** Anything that was thrown as a {@link NoRouterError}; what is not one already, nor a lack of memory, becomes `fallback`. */
export function asNoRouterError(thrown: unknown, fallback: ErrorCode = "internal"): NoRouterError {
  if (thrown instanceof NoRouterError) return thrown;
  if (isOutOfMemory(thrown)) return new NoRouterError("out-of-memory", undefined, { cause: thrown });
  return new NoRouterError(fallback, messageOf(thrown), { cause: thrown });
}

/** The text with its control characters, such as terminal escapes, and halves of pairs of UTF-16 units shown as U+FFFD. */
export function printable(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return value.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}
