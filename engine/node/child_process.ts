// node:child_process, as far as agents need it: a program is run to its end, without a shell and without input.

import { kill, spawn } from "engine:host";
import { environmentList } from "./system/environment.ts";
import { Output, programIn } from "./system/programs.ts";

const ENOENT = -2;
const SIGKILL = 9;
const MOST_BYTES = 64 * 1024;

interface ExecFileError extends Error {
  code?: number | string;
  signal?: string | null;
  killed?: boolean;
}

type Callback = (error: ExecFileError | null, stdout: string, stderr: string) => void;

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
  const path = found(file);
  const ended = (status: number) => {
    clearTimeout(limit);
    options.signal?.removeEventListener("abort", end);
    callback(errorOf(file, status, killed), output?.finish() ?? "", "");
  };
  let killed = false;
  const started = path === undefined ? ENOENT : spawn(path, [file, ...args], environmentList(process.env), ended);
  if (typeof started === "number") {
    const error: ExecFileError = new Error(`spawn ${file} ${started === ENOENT ? "ENOENT" : started}`);
    error.code = started === ENOENT ? "ENOENT" : "EAGAIN";
    queueMicrotask(() => callback(error, "", ""));
    return;
  }
  const [pid, fd] = started;
  const output = new Output(fd, { most: MOST_BYTES, beyond: "drop" });
  const end = () => {
    killed = true;
    kill(pid, SIGKILL);
  };
  const limit = options.timeout ? setTimeout(end, options.timeout) : undefined;
  options.signal?.addEventListener("abort", end, { once: true });
  if (options.signal?.aborted) end();
}

function found(file: string): string | undefined {
  return file.includes("/") ? file : programIn(process.env.PATH ?? "/usr/bin:/bin", file);
}

function errorOf(file: string, status: number, killed: boolean): ExecFileError | null {
  if (status === 0) return null;
  const error: ExecFileError = new Error(`Command failed: ${file}`);
  if (status > 0) error.code = status;
  else error.signal = status === -SIGKILL ? "SIGKILL" : `SIG${-status}`;
  error.killed = killed;
  return error;
}
