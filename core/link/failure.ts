// How a link's end reads to a person: which code, which sentence, and the last words of the command. Pure.

import { ERRORS, type ErrorCode, mends, NoRouterError, printable } from "../errors.ts";
import type { LinkFailure } from "../ledger/events.ts";
import { maskedUrls } from "../masked.ts";
import type { CarrierEnd } from "../plugin/carrier.ts";
import { firstCharacters, LONGEST_MESSAGE } from "../text.ts";
import type { LinkEnd } from "./link.ts";

/** Exit codes of a POSIX shell for a command that is not there or cannot be run. */
const SHELL_NOT_FOUND = 127;
const SHELL_NOT_EXECUTABLE = 126;

/** Whether an exit code is that of a shell, or of a tool like one, for a command that is not there or cannot be run. */
export function cannotRun(exitCode: number | undefined): boolean {
  return exitCode === SHELL_NOT_FOUND || exitCode === SHELL_NOT_EXECUTABLE;
}

/** Lines of a banner that are worth showing. */
const BANNER_LINES = 5;

/** What an agent says that finds a terminal where its manager should be. */
export const AGENT_ON_TERMINAL = "'norouter agent' is started by 'norouter run', not by hand";

/** A question for a password, of `su`, `sudo` and the like; what it was given instead may follow on its line. */
const PASSWORD_PROMPT = /\b(?:password|passphrase|passcode|verification code|PIN)\b[^:\n]{0,60}:/i;

/** Before there is an agent: how the end of a command reads that may have asked for a password. */
const MAY_HAVE_ASKED: ReadonlySet<ErrorCode> = new Set(["agent-failed", "agent-silent", "not-a-shell", "no-shell"]);

/** What becomes of a container that was started may be no fault of its own: somebody killed or removed it. */
const OF_CONTAINER: ReadonlySet<ErrorCode> = new Set(["container-ended", "container-missing"]);
/** Failures of that kind in a row that are taken for accidents. */
const ACCIDENTS = 2;

/**
 * Whether a host that failed so fails again until somebody does something.
 * @param isStarted A starter has made sure that it runs.
 * @param attempt Which failure in a row it is, from 1.
 */
export function isLasting(
  { code, starter }: Pick<LinkFailure, "code" | "starter">,
  isStarted: boolean,
  attempt: number,
): boolean {
  if (isStarted && starter === undefined && OF_CONTAINER.has(code)) return attempt > ACCIDENTS;
  return !mends(code);
}

/** The failure to record for a link's end. */
export function linkFailure({ error, carrier, banner }: LinkEnd): LinkFailure {
  const unheard = error.code === "agent-failed";
  const notFound = unheard && cannotRun(carrier.exitCode);
  const printed = banner.split(/\r?\n/).filter((line) => line.trim() !== "");
  const onTerminal = unheard && [...printed, ...carrier.stderr].some((line) => line.includes(AGENT_ON_TERMINAL));
  const asked = MAY_HAVE_ASKED.has(error.code) && carrier.stderr.some((line) => PASSWORD_PROMPT.test(line));
  const { code, message } = onTerminal
    ? new NoRouterError("terminal-in-path")
    : asked
      ? new NoRouterError("password-wanted")
      : error;
  return {
    code: notFound ? "agent-not-found" : code,
    message: notFound
      ? `Host's command ended with exit code ${carrier.exitCode}: no such program`
      : clean(sentence({ code, message }, carrier)),
    ...(carrier.command === undefined ? {} : { command: clean(carrier.command) }),
    ...(carrier.exitCode === undefined ? {} : { exitCode: carrier.exitCode }),
    ...(carrier.signal === undefined ? {} : { signal: carrier.signal }),
    stderr: [...(error.code === "link-closed" ? [] : printed.slice(-BANNER_LINES)), ...carrier.stderr].map(clean),
  };
}

/** The link's own sentence, unless all it says is that the link ended and the carrier says how. */
function sentence({ code, message }: Pick<LinkEnd["error"], "code" | "message">, { exitCode = 0, signal }: CarrierEnd): string {
  if (code !== "link-closed" || message !== ERRORS[code].meaning) return message;
  if (signal !== undefined) return `Host's command was ended by signal ${signal}`;
  return exitCode === 0 ? message : `Host's command ended with exit code ${exitCode}${bySignal(exitCode)}`;
}

/** What a shell or an engine means by an exit code above 128 (POSIX.1-2024, exit status for commands). */
function bySignal(exitCode: number): string {
  const name = { 130: "SIGINT", 137: "SIGKILL", 143: "SIGTERM" }[exitCode];
  return name === undefined ? "" : `: it, or all of its host, was ended by ${name}`;
}

function clean(line: string): string {
  return printable(firstCharacters(maskedUrls(line), LONGEST_MESSAGE));
}
