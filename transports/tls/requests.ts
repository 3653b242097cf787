// What a manager asks of a 'norouter serve' that let it in, and what it answers. Both come from another machine: whatever does not have
// the right form is refused.

import { ERRORS, type ErrorCode, NoRouterError, printable } from "../../core/mod.ts";

/** Of these messages; both sides have to have the same. What the link speaks has versions of its own. */
export const VERSION_OF_MESSAGES = 1;

/** What is asked for. */
export type Request =
  | {
      readonly want: "agent";
      /** Stays the same when the manager connects anew: an agent that is left of it is then ended first. */
      readonly session: string;
    }
  | {
      readonly want: "run";
      /** Words of a program, or one line for a shell. */
      readonly command: string | readonly string[];
      /** How long it may take, in milliseconds. */
      readonly timeoutMs: number;
    };

/** What became of a command. */
export interface CommandResult {
  readonly exitCode?: number;
  readonly signal?: string;
  /** It was ended because it took too long. */
  readonly late?: boolean;
  /** The end of what it wrote. */
  readonly output: string;
}

/** What is answered. */
export interface Answer {
  /** What the peer may do there, for people. */
  readonly allows?: string;
  readonly result?: CommandResult;
}

/** What 'serve' says first. */
export interface Greeting {
  readonly version: number;
  /** Where both have a secret. */
  readonly proof?: Buffer;
}

const LONGEST_SESSION = 300;
const MOST_WORDS = 200;

/** A request as it came. @throws NoRouterError `malformed-frame` or `usage` */
export function requestOf(message: unknown): Request {
  const { version, want, session, command, timeoutMs } = fieldsOf(message);
  if (version !== VERSION_OF_MESSAGES)
    throw new NoRouterError("protocol-mismatch", `Manager speaks version ${whole(version)}; ${VERSION_OF_MESSAGES} was wanted`);
  if (want === "agent" && typeof session === "string" && session.length <= LONGEST_SESSION) return { want, session };
  const isTime = typeof timeoutMs === "number" && Number.isInteger(timeoutMs) && timeoutMs > 0;
  if (want === "run" && isTime && isCommand(command)) return { want, command, timeoutMs };
  throw new NoRouterError("malformed-frame", "Request has no form that is known");
}

/** A greeting as it came. @throws NoRouterError `malformed-frame` */
export function greetingOf(message: unknown): Greeting {
  const { version, proof } = fieldsOf(message);
  const proven = typeof proof === "string" ? { proof: Buffer.from(proof, "base64") } : {};
  return { version: typeof version === "number" ? version : 0, ...proven };
}

/** An answer as it came. @throws NoRouterError what the other side answers, or `malformed-frame` */
export function answerOf(message: unknown): Answer {
  const { error, allows, result } = fieldsOf(message);
  if (error !== undefined) throw refusalOf(fieldsOf(error));
  return {
    ...(typeof allows === "string" ? { allows: printable(allows) } : {}),
    ...(result === undefined ? {} : { result: resultOf(fieldsOf(result)) }),
  };
}

function refusalOf({ code, message }: Fields): NoRouterError {
  const known = typeof code === "string" && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "agent-failed";
  return new NoRouterError(known, typeof message === "string" ? printable(message) : undefined);
}

function resultOf({ exitCode, signal, late, output }: Fields): CommandResult {
  return {
    ...(typeof exitCode === "number" ? { exitCode } : {}),
    ...(typeof signal === "string" ? { signal: printable(signal) } : {}),
    ...(late === true ? { late } : {}),
    output: typeof output === "string" ? output : "",
  };
}

type Fields = { readonly [name: string]: unknown };

function fieldsOf(message: unknown): Fields {
  if (typeof message !== "object" || message === null || Array.isArray(message))
    throw new NoRouterError("malformed-frame", "Message is no object");
  return message as Fields;
}

function isCommand(command: unknown): command is string | readonly string[] {
  if (typeof command === "string") return command.trim() !== "" && !command.includes("\0");
  if (!Array.isArray(command) || command.length === 0 || command.length > MOST_WORDS || command[0] === "") return false;
  return command.every((word) => typeof word === "string" && !word.includes("\0"));
}

function whole(value: unknown): string {
  return typeof value === "number" ? String(value) : "none";
}
