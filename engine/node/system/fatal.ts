// What happens to an error that nobody catches, and how a process ends, as Node's `process` documents it.

import { builtinModule, exit as leave, write } from "engine:host";

/** Exit code after an uncaught exception, and after one that was thrown while the first was treated. */
const UNCAUGHT = 1;
const UNCAUGHT_AGAIN = 7;

/** Loaded when it is needed. */
function inspect(value: unknown): string {
  return (builtinModule("node:util") as typeof import("../util.ts")).inspect(value);
}

/** The part of `process` that is asked. */
interface Emitting {
  exitCode: number | string | null | undefined;
  emit(event: string, ...args: unknown[]): boolean;
  listenerCount(event: string): number;
}

let isEnding = false;

/** Emits `exit` once, and ends the process with what `exitCode` is then. */
export function exitWith(process: Emitting, code: number | string | null | undefined): never {
  if (code !== undefined && code !== null) process.exitCode = code;
  if (!isEnding) {
    isEnding = true;
    process.emit("exit", Number(process.exitCode ?? 0));
  }
  leave(Number(process.exitCode ?? 0));
}

/** An exception that nobody caught: for listeners, or the end. */
export function uncaught(process: Emitting, thrown: unknown, origin: "uncaughtException" | "unhandledRejection"): void {
  try {
    process.emit("uncaughtExceptionMonitor", thrown, origin);
    if (process.emit("uncaughtException", thrown, origin)) return;
    report(thrown);
    exitWith(process, UNCAUGHT);
  } catch (again) {
    report(again);
    leave(UNCAUGHT_AGAIN);
  }
}

/** A promise that was rejected, and nobody listens: for listeners, or an uncaught exception. */
export function unhandled(process: Emitting, reason: unknown): void {
  try {
    if (process.listenerCount("unhandledRejection") > 0) {
      process.emit("unhandledRejection", reason, undefined);
      return;
    }
  } catch (thrown) {
    uncaught(process, thrown, "uncaughtException");
    return;
  }
  uncaught(process, reason instanceof Error ? reason : rejectionError(reason), "unhandledRejection");
}

function rejectionError(reason: unknown): Error {
  const message =
    "This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise " +
    `which was not handled with .catch(). The promise rejected with the reason "${inspect(reason)}".`;
  return Object.assign(new Error(message), { name: "UnhandledPromiseRejection", code: "ERR_UNHANDLED_REJECTION" });
}

/** Writes what was thrown to standard error, without any stream: they may be what is broken. */
function report(thrown: unknown): void {
  const text = thrown instanceof Error ? inspect(thrown) : `Uncaught ${inspect(thrown)}`;
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let from = 0; from < bytes.length; ) {
    const written = write(2, bytes, from);
    if (written <= 0) return;
    from += written;
  }
}
