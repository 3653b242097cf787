// A carrier over the standard input and output of a command. Every transport that runs a client program builds
// on it. The command gets a process group of its own, so that Ctrl-C reaches the manager alone and nothing of
// the command stays behind.

import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { join } from "shlex";
import {
  asNoRouterError,
  type Carrier,
  type CarrierEnd,
  type CarrierHandlers,
  type Limits,
  lendingReads,
  NoRouterError,
  settlesWithin,
} from "../../core/mod.ts";
import { LastLines } from "./last_lines.ts";
import { pausing, startReading, writeParts } from "./stream_carrier.ts";

/** What a process carrier runs. */
export interface ProcessCarrierOptions {
  /** Words of the command; no shell is involved. */
  readonly argv: readonly string[];
  readonly limits: Limits;
  /** Gets each line of standard error. */
  readonly debug: (line: string) => void;
  /** Added to the command's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What an end means, where the command's own words tell; not asked when it ended by itself with exit code 0. */
  readonly explain?: (end: CarrierEnd) => NoRouterError | undefined;
}

/** An end without what the carrier adds: what it ran, and its last words. */
type BareEnd = Omit<CarrierEnd, "stderr" | "command">;

/** How long what a command left behind may hold its pipes, or ignore that it should end. */
const LEFT_BEHIND_MS = 500;

/** Starts a command; that it could not be started is told by `closed`. */
export function processCarrier({ argv, limits, debug, env, explain }: ProcessCarrierOptions): Carrier {
  const stderr = new LastLines(limits, debug);
  const exited = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  /** Nothing of the command's process group is left. */
  const gone = Promise.withResolvers<void>();
  let child: ChildProcessWithoutNullStreams | undefined;
  let input: Readable | undefined;
  let over = false;

  function start(handlers: CarrierHandlers): void {
    const finish = (end: BareEnd) => {
      if (over) return;
      over = true;
      const whole: CarrierEnd = { ...end, command: join([...argv]), stderr: stderr.lines() };
      const error = whole.exitCode === 0 ? undefined : explained(whole);
      handlers.closed(error ? { ...whole, error } : whole);
      told.resolve();
    };
    /** What a transport makes of an end is other people's code. */
    const explained = (whole: CarrierEnd) => {
      try {
        return explain?.(whole);
      } catch (thrown) {
        return asNoRouterError(thrown, "plugin-invalid");
      }
    };
    const [program = "", ...args] = argv;
    const failed = (thrown: unknown) => {
      exited.resolve();
      gone.resolve();
      finish({ error: spawnError(program, thrown) });
    };
    try {
      const environment = env ? { env: { ...process.env, ...env } } : {};
      child = spawn(program, args, { stdio: "pipe", detached: true, windowsHide: true, ...environment });
    } catch (thrown) {
      failed(thrown);
      return;
    }
    const { pid, stdin } = child;
    child.on("error", (thrown) => pid === undefined && failed(thrown)); // else a signal's, of which nobody hears
    if (pid === undefined) {
      child = undefined; // it may lack its pipes, too
      return;
    }
    child.stderr.on("data", (chunk: Uint8Array) => stderr.push(chunk));
    child.stderr.on("error", () => undefined);
    const stdout = lendingReads(child.stdout as Socket);
    input = stdout;
    startReading({ input: stdout, output: stdin }, handlers, () => stdin.end());
    watchExit(child, stdout, { exited: exited.resolve, finish, gone: gone.resolve });
  }

  async function close(): Promise<void> {
    if (!child) return;
    child.stdin.end();
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      if (await settlesWithin(exited.promise, limits.stopMs)) break;
      signalGroup(child, signal);
    }
    await settlesWithin(Promise.all([told.promise, gone.promise]), limits.stopMs);
  }

  return { start, close, ...pausing(() => input), write: (parts) => (child && !over ? writeParts(child.stdin, parts) : true) };
}

/** What is heard of the end of a command, in this order but for the last, which may come first. */
interface ExitHandlers {
  exited(): void;
  finish(end: BareEnd): void;
  gone(): void;
}

/** Reports the end once the pipes are read out, and sees to what the command started and left behind. */
function watchExit(child: ChildProcessWithoutNullStreams, stdout: Readable, { exited, finish, gone }: ExitHandlers): void {
  child.on("exit", (code, signal) => {
    const end = { ...(code === null ? {} : { exitCode: code }), ...(signal === null ? {} : { signal }) };
    exited();
    signalGroup(child, "SIGTERM");
    const giveUp = setTimeout(() => {
      signalGroup(child, "SIGKILL");
      gone();
      finish(end);
      for (const stream of [child.stdin, stdout, child.stderr]) stream.destroy();
    }, LEFT_BEHIND_MS);
    child.on("close", () => {
      finish(end);
      if (signalGroup(child, 0)) return; // something ignores SIGTERM, or is dead and nobody has reaped it yet
      clearTimeout(giveUp);
      gone();
    });
  });
}

/** @returns False when no process of the group is left. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  if (process.platform === "win32") return child.kill(signal); // there are no process groups
  try {
    return process.kill(-child.pid, signal);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM"; // such as the processes of sudo
  }
}

function spawnError(program: string, thrown: unknown): NoRouterError {
  const code = (thrown as { code?: unknown }).code;
  const why = code === "EACCES" ? "may not be executed" : "was not found";
  const known = code === "ENOENT" || code === "EACCES" || (thrown as Error).name === "NotFound";
  if (known) return new NoRouterError("agent-not-found", `Command "${program}" ${why}`, { cause: thrown });
  return new NoRouterError("agent-failed", `Command "${program}" cannot be started: ${String(code ?? thrown)}`, {
    cause: thrown,
  });
}
