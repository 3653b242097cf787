// How a program of this project begins and ends: tuned, with one exit code, and no stack trace for a person.

import { existsSync } from "node:fs";
import { asNoRouterError, ERRORS, type NoRouterError, printable } from "../../core/errors.ts";
import { tuneGarbageCollector } from "./tune.ts";

const SHELL = "/bin/sh";

/** What a program does, and how it leaves. */
export interface Program {
  /** Does the work and gives the exit code; what it throws is explained in a sentence on standard error. */
  readonly perform: () => Promise<number>;
  /** Whether an output that fails ends the program. */
  readonly watch: boolean;
  /** Whether output that is still on its way is waited for at the end; not so where nobody may be reading any more. */
  readonly flush: () => boolean;
  /** What to do about an error of this program, where it can say more than the table of codes. */
  readonly adviceFor?: (error: NoRouterError) => string | undefined;
}

/** Runs a program in this process and ends the process. */
export async function runProgram({ perform, watch, flush, adviceFor }: Program): Promise<never> {
  const explain = (thrown: unknown) => explained(thrown, adviceFor);
  tuneGarbageCollector();
  process.on("exit", leaveLookUps);
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (thrown) => process.exit(explain(thrown)));
  }
  if (watch) watchOutput(explain);
  let exitCode: number;
  try {
    exitCode = await perform();
  } catch (thrown) {
    exitCode = explain(thrown);
  }
  if (flush()) await flushed();
  process.exit(exitCode);
}

/**
 * At its end Node waits for names that are still looked up: ten seconds and more where no name server answers, in which no signal
 * ends it. Another program in its place ends at once. Deno and Bun do not wait, and an older Node has no other way.
 */
function leaveLookUps(exitCode: number): void {
  if (!process.execve || !process.getActiveResourcesInfo().includes("GetAddrInfoReqWrap") || !existsSync(SHELL)) return;
  process.execve(SHELL, [SHELL, "-c", `exit ${exitCode}`], {});
}

function explained(thrown: unknown, adviceFor: Program["adviceFor"]): number {
  const error = asNoRouterError(thrown);
  process.stderr.write(`norouter: ${printable(error.message)}\n  ${adviceFor?.(error) ?? ERRORS[error.code].advice}\n`);
  if (process.argv.includes("--debug") && error.stack) process.stderr.write(`${error.stack}\n`);
  return ERRORS[error.code].exit;
}

/**
 * A reader of standard output that has had enough, as `head` has, is no failure; a full disk is one. Whoever listens as well
 * decides for himself, as a network that has to be stopped does. Without standard error nobody is told, and nothing changes.
 */
function watchOutput(explain: (thrown: unknown) => number): void {
  process.stdout.on("error", (thrown) => {
    if (process.stdout.listenerCount("error") > 1) return;
    process.exit((thrown as { code?: unknown }).code === "EPIPE" ? 0 : explain(thrown));
  });
  process.stderr.on("error", () => undefined);
}

/** Output that is still on its way to a pipe is written before the process ends. Deno writes at once, and after a failure never again. */
async function flushed(): Promise<void> {
  if (process.versions.deno !== undefined) return;
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))));
}
