// The program's entry: one command, one exit code, and no stack trace for a person.

import { readFile } from "node:fs/promises";
import { asNoRouterError, ERRORS, printable } from "../core/errors.ts";
import { type Invocation, parseInvocation } from "./args.ts";
import { tuneGarbageCollector } from "./tune.ts";

const io = {
  stdout: (text: string) => void process.stdout.write(text),
  stderr: (text: string) => void process.stderr.write(text),
  readInput,
};

/** Runs one command; commands are loaded when they are asked for. */
async function perform(invocation: Invocation): Promise<number> {
  switch (invocation.command) {
    case "agent":
      return (await import("./agent.ts")).agent(invocation);
    case "run":
      return (await import("./run.ts")).run(invocation, io);
    case "check":
      return (await import("./check.ts")).check(invocation, io);
    case "schema":
      return (await import("./schema.ts")).schema(io);
    case "version":
      io.stdout(`${(await import("./version.ts")).VERSION}\n`);
      return 0;
    case "help":
      io.stdout((await import("./help.ts")).helpText(invocation.topic));
      return 0;
  }
}

async function readInput(file: string): Promise<Uint8Array> {
  if (file !== "-") return readFile(file);
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function explain(thrown: unknown): number {
  const error = asNoRouterError(thrown);
  io.stderr(`norouter: ${printable(error.message)}\n  ${ERRORS[error.code].advice}\n`);
  if (process.argv.includes("--debug") && error.stack) io.stderr(`${error.stack}\n`);
  return ERRORS[error.code].exit;
}

/** Whatever nobody caught ends this process with one sentence, not with a stack trace. */
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (thrown) => process.exit(explain(thrown)));
}

/** Output that is still on its way to a pipe is written before the process ends. */
async function flushed(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))));
}

let exitCode: number;
tuneGarbageCollector();
try {
  exitCode = await perform(parseInvocation(process.argv.slice(2)));
} catch (thrown) {
  exitCode = explain(thrown);
}
if (process.argv[2] !== "agent") await flushed();
process.exit(exitCode);
