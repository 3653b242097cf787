// Runs a command on a machine behind a 'norouter serve' that allows it: how hosts behind it are started and stopped.

import { NoRouterError, printable } from "../../core/mod.ts";
import { ask } from "./connect.ts";
import { LONGEST_COMMAND_MS } from "./limits.ts";
import type { CommandResult } from "./requests.ts";
import type { TlsSettings } from "./settings.ts";

/** How a command is run. */
export interface RunRequest {
  /** How long the connection may take, in milliseconds. */
  readonly connectMs: number;
  /** How long the command may take, in milliseconds; at most ten minutes. */
  readonly timeoutMs: number;
  /** Aborted when nobody wants the outcome any more: the command is then ended. */
  readonly signal: AbortSignal;
}

/** What the way takes beyond the command itself. */
const SPARE_MS = 15_000;
const SHOWN_LINES = 5;

/**
 * Runs a command there: words of a program, or one line for its shell.
 * @returns the end of what it wrote
 * @throws NoRouterError `start-failed` when it fails or takes too long, else as {@link resultOverTls}
 */
export async function runOverTls(
  settings: TlsSettings,
  command: string | readonly string[],
  request: RunRequest,
): Promise<string> {
  const { exitCode, signal, late, output } = await resultOverTls(settings, command, request);
  if (exitCode === 0) return output;
  const how = late
    ? `took longer than ${boundedMs(request.timeoutMs) / 1000} s`
    : signal === undefined
      ? `failed with exit code ${exitCode ?? "unknown"}`
      : `was ended by ${signal}`;
  const last = output.trimEnd().split("\n").slice(-SHOWN_LINES).map(printable).join(" | ");
  throw new NoRouterError("start-failed", `Command at ${settings.address} ${how}${last === "" ? "" : `: ${last}`}`);
}

/**
 * The same, with whatever became of it.
 * @throws NoRouterError `denied` where the command is not allowed, or as `ask`
 */
export async function resultOverTls(
  settings: TlsSettings,
  command: string | readonly string[],
  { connectMs, timeoutMs: asked, signal }: RunRequest,
): Promise<CommandResult> {
  const timeoutMs = boundedMs(asked);
  const patience = { withinMs: connectMs, answerMs: timeoutMs + SPARE_MS, signal };
  const { socket, answer } = await ask(settings, { want: "run", command, timeoutMs }, patience);
  socket.destroy();
  if (answer.result) return answer.result;
  throw new NoRouterError("malformed-frame", `${settings.address} did not say what became of the command`);
}

function boundedMs(asked: number): number {
  return Math.min(Math.max(1, Math.round(asked)), LONGEST_COMMAND_MS);
}
