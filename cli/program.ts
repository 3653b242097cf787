// How a program of this project begins and ends: tuned, with one exit code, and no stack trace for a person. Must
// not know any command.

import { asNoRouterError, ERRORS, printable } from "../core/errors.ts";
import { tuneGarbageCollector } from "./tune.ts";

/** What a program does, and how it leaves. */
export interface Program {
  /** Does the work and gives the exit code; what it throws is explained in a sentence on standard error. */
  readonly perform: () => Promise<number>;
  /** Whether output that is still on its way is waited for; not so where nobody may be reading any more. */
  readonly flush: boolean;
}

/** Runs a program in this process and ends the process. */
export async function runProgram({ perform, flush }: Program): Promise<never> {
  tuneGarbageCollector();
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (thrown) => process.exit(explain(thrown)));
  }
  // Whoever reads has had enough, as `head` has: nothing is wrong, and nobody would read about it.
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (thrown) => (thrown as { code?: unknown }).code === "EPIPE" && flush && process.exit(0));
  let exitCode: number;
  try {
    exitCode = await perform();
  } catch (thrown) {
    exitCode = explain(thrown);
  }
  if (flush) await flushed();
  process.exit(exitCode);
}

function explain(thrown: unknown): number {
  const error = asNoRouterError(thrown);
  process.stderr.write(`norouter: ${printable(error.message)}\n  ${ERRORS[error.code].advice}\n`);
  if (process.argv.includes("--debug") && error.stack) process.stderr.write(`${error.stack}\n`);
  return ERRORS[error.code].exit;
}

/** Output that is still on its way to a pipe is written before the process ends. */
async function flushed(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))));
}
