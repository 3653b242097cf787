// Runs commands that a peer may run, for a bounded time and with a bounded output. What a command that succeeds leaves running stays.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { NoRouterError } from "../../../core/mod.ts";
import { signalGroup } from "../../support/process_group.ts";
import { COMMAND_STOP_MS, LONGEST_COMMAND_MS, MOST_OUTPUT_BYTES } from "../limits.ts";
import type { CommandResult } from "../requests.ts";

/** What is run. */
export interface CommandOptions {
  readonly command: string | readonly string[];
  readonly timeoutMs: number;
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** How long the output of a command that has ended is waited for. */
const OUTPUT_MS = 500;

/** Keeps the end of what was written. */
class Tail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= 2 * MOST_OUTPUT_BYTES) return;
    this.#chunks = [this.#end()];
    this.#bytes = MOST_OUTPUT_BYTES;
  }

  text(): string {
    return this.#end().toString("utf8");
  }

  #end(): Buffer {
    return Buffer.concat(this.#chunks).subarray(-MOST_OUTPUT_BYTES);
  }
}

/** Runs a command in a process group of its own, to its end or that of its time. @throws NoRouterError `agent-not-found` */
export async function runCommand({ command, timeoutMs, signal }: CommandOptions): Promise<CommandResult> {
  const [program = "", ...words] = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], detached: true, windowsHide: true });
  const tail = new Tail();
  for (const output of [child.stdout, child.stderr])
    output.on("data", (chunk: Buffer) => tail.add(chunk)).on("error", () => undefined);
  let late = false;
  const end = ending(child);
  const timer = setTimeout(
    () => {
      late = true;
      end();
    },
    Math.min(timeoutMs, LONGEST_COMMAND_MS),
  );
  signal.addEventListener("abort", end);
  try {
    return await new Promise<CommandResult>((resolve, reject) => {
      child.once("error", (thrown: NodeJS.ErrnoException) => {
        reject(new NoRouterError("agent-not-found", `Command "${program}" cannot be started: ${thrown.code}`, { cause: thrown }));
      });
      child.once("exit", (exitCode, ended) => {
        const told = {
          ...(exitCode === null ? {} : { exitCode }),
          ...(ended === null ? {} : { signal: ended }),
          ...(late ? { late } : {}),
        };
        const done = () => {
          for (const output of [child.stdout, child.stderr]) leave(output, exitCode === 0);
          resolve({ ...told, output: tail.text() });
        };
        child.once("close", done);
        // A program that it left behind, such as a server, may hold its output.
        setTimeout(done, OUTPUT_MS).unref();
      });
    });
  } finally {
    // What ignores the end of its group has its time still.
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

/** A program that a command left behind may write on: a pipe that nobody reads would end it. */
function leave(output: Readable, goesOn: boolean): void {
  if (goesOn) (output as Socket).unref?.();
  else output.destroy();
}

/** Ends a command, when it is called first: by asking, and in the end by force. */
function ending(child: ChildProcessByStdio<null, Readable, Readable>): () => void {
  let force: ReturnType<typeof setTimeout> | undefined;
  return () => {
    if (child.pid === undefined || force !== undefined) return;
    signalGroup(child, "SIGTERM");
    force = setTimeout(() => {
      signalGroup(child, "SIGKILL");
      // What left the group holds the pipes, and nobody waits for it.
      for (const output of [child.stdout, child.stderr]) output.destroy();
    }, COMMAND_STOP_MS);
  };
}
