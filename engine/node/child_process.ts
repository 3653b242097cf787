// node:child_process, as far as agents need it: a program is run to its end, without a shell and without input. Each has a process group of
// its own, so that what it started can be ended with it.

import { spawn as spawnThere } from "engine:host";
import { EventEmitter } from "node:events";
import { environmentList } from "./system/environment.ts";
import { Output, programIn } from "./system/programs.ts";
import { SIGNALS } from "./system/signals.ts";

const ENOENT = -2;
const MOST_BYTES = 64 * 1024;

interface SpawnError extends Error {
  code: string;
}

interface ExecFileError extends Error {
  code?: number | string | null;
  signal?: string | null;
  killed?: boolean;
}

type Callback = (error: ExecFileError | null, stdout: string, stderr: string) => void;

/** A program that was started; `error` or `exit` tells what became of it. */
export class ChildProcess extends EventEmitter {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly #output: Output | undefined;

  constructor(file: string, args: readonly string[], mostBytes: number) {
    super();
    const path = file.includes("/") ? file : programIn(process.env.PATH ?? "/usr/bin:/bin", file);
    const ended = (status: number) => this.#ended(status);
    const started = path === undefined ? ENOENT : spawnThere(path, [file, ...args], environmentList(process.env), ended);
    if (typeof started === "number") {
      queueMicrotask(() => void this.emit("error", notStarted(file, started)));
      return;
    }
    const [pid, fd] = started;
    this.pid = pid;
    this.#output = new Output(fd, { most: mostBytes, beyond: "drop" });
  }

  #ended(status: number): void {
    const [code, signal] = status >= 0 ? [status, null] : [null, nameOf(-status)];
    this.emit("exit", code, signal, this.#output?.finish() ?? "");
  }
}

/** Starts a program of which no output is wanted, as Node does with `detached` and `stdio: "ignore"`. */
export function spawn(file: string, args: readonly string[]): ChildProcess {
  return new ChildProcess(file, args, 0);
}

/**
 * Runs a program to its end. Standard error is not gathered, and of standard output the first 64 KiB are.
 * @param options `timeout` in milliseconds, and `signal`: either ends the program by SIGKILL
 */
export function execFile(
  file: string,
  args: readonly string[],
  options: { readonly timeout?: number; readonly signal?: AbortSignal },
  callback: Callback,
): void {
  const child = new ChildProcess(file, args, MOST_BYTES);
  let killed = false;
  const end = () => {
    if (child.pid === undefined) return;
    killed = true;
    process.kill(child.pid, "SIGKILL");
  };
  const limit = options.timeout ? setTimeout(end, options.timeout) : undefined;
  const done = (error: ExecFileError | null, stdout: string) => {
    clearTimeout(limit);
    options.signal?.removeEventListener("abort", end);
    callback(error, stdout, "");
  };
  child.once("error", (error: SpawnError) => done(error, ""));
  child.once("exit", (code: number | null, signal: string | null, stdout: string) => {
    done(code === 0 ? null : Object.assign(new Error(`Command failed: ${file}`), { code, signal, killed }), stdout);
  });
  options.signal?.addEventListener("abort", end, { once: true });
  if (options.signal?.aborted) end();
}

function notStarted(file: string, status: number): SpawnError {
  const code = status === ENOENT ? "ENOENT" : "EAGAIN";
  return Object.assign(new Error(`spawn ${file} ${status === ENOENT ? code : status}`), { code });
}

function nameOf(signal: number): string {
  return Object.entries(SIGNALS).find(([, number]) => number === signal)?.[0] ?? `SIG${signal}`;
}
