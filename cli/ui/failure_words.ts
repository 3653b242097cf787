// How a failure of the log reads for people, whatever version wrote it.

import { ERRORS, type HostState, type LinkFailure, type Phase } from "../../core/mod.ts";
import { isOrderly } from "./view.ts";

/** What to do about a code; empty for one of a later version. */
export function adviceFor(code: string): string {
  return Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS].advice : "";
}

/** What a code means; the code itself for one of a later version. */
export function meaningOf(code: string): string {
  return Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS].meaning : code;
}

/** How a link ended, in one clause: the sentence, the code, the exit code or signal. */
export function endingOf({ code, message, exitCode, signal }: LinkFailure): string {
  const ended = signal !== undefined ? `, ended by ${signal}` : exitCode !== undefined ? `, exit code ${exitCode}` : "";
  return `${message || meaningOf(code)} (${code}${ended})`;
}

/** Where a host stands; one that was told to leave has not failed. */
export function phaseOf({ phase, failure }: HostState): Phase | "left" {
  return phase === "failed" && failure && isOrderly(failure) ? "left" : phase;
}
