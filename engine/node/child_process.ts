// node:child_process, as far as agents need it: a program is run to its end, without a shell and without input.

import { access, close, kill, read, setNonBlocking, spawn, unwatch, watch } from "engine:host";
import { environmentList } from "./system/environment.ts";

const X_OK = 1;
const ENOENT = -2;
const EAGAIN = -11;
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
  const output = gathered(fd);
  const end = () => {
    killed = true;
    kill(pid, SIGKILL);
  };
  const limit = options.timeout ? setTimeout(end, options.timeout) : undefined;
  options.signal?.addEventListener("abort", end, { once: true });
  if (options.signal?.aborted) end();
}

function found(file: string): string | undefined {
  if (file.includes("/")) return file;
  const folders = (process.env.PATH ?? "/usr/bin:/bin").split(":").filter((folder) => folder.startsWith("/"));
  return folders.map((folder) => `${folder}/${file}`).find((path) => access(path, X_OK) === 0);
}

function errorOf(file: string, status: number, killed: boolean): ExecFileError | null {
  if (status === 0) return null;
  const error: ExecFileError = new Error(`Command failed: ${file}`);
  if (status > 0) error.code = status;
  else error.signal = status === -SIGKILL ? "SIGKILL" : `SIG${-status}`;
  error.killed = killed;
  return error;
}

/** Reads a pipe to its end; what is beyond the most that is kept is dropped, so that the program can go on. */
function gathered(fd: number): { finish(): string } {
  const buffer = new Uint8Array(4096);
  const decoder = new TextDecoder();
  let text = "";
  let isOpen = true;
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    unwatch(fd);
    close(fd);
  };
  const readAll = () => {
    while (isOpen) {
      const count = read(fd, buffer);
      if (count === EAGAIN) return;
      if (count <= 0) end();
      else if (text.length < MOST_BYTES) text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  };
  setNonBlocking(fd);
  watch(fd, 1, readAll);
  return {
    finish: () => {
      readAll();
      end();
      return text;
    },
  };
}
