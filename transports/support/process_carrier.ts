// A carrier over the standard input and output of a command. Every transport that runs a client program builds
// on it. The command gets a process group of its own, so that Ctrl-C reaches the manager alone and nothing of
// the command stays behind.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import {
  type Carrier,
  type CarrierEnd,
  type CarrierHandlers,
  type Limits,
  NoRouterError,
  settlesWithin,
} from "../../core/mod.ts";
import { LastLines } from "./last_lines.ts";
import { startReading, writeParts } from "./stream_carrier.ts";

/** What a process carrier runs. */
export interface ProcessCarrierOptions {
  /** Words of the command; no shell is involved. */
  readonly argv: readonly string[];
  readonly limits: Limits;
  /** Gets each line of standard error. */
  readonly debug: (line: string) => void;
}

/** What may still be on its way in the pipes of a command that ended. */
const PIPES_AFTER_EXIT_MS = 500;

/** Starts a command; that it could not be started is told by `closed`. */
export function processCarrier({ argv, limits, debug }: ProcessCarrierOptions): Carrier {
  const stderr = new LastLines(limits, debug);
  let child: ChildProcessWithoutNullStreams | undefined;
  let over = false;
  let markExited: () => void = () => undefined;
  let markTold: () => void = () => undefined;
  const exited = new Promise<void>((resolve) => {
    markExited = resolve;
  });
  const told = new Promise<void>((resolve) => {
    markTold = resolve;
  });

  function start(handlers: CarrierHandlers): void {
    const finish = (end: Omit<CarrierEnd, "stderr">) => {
      if (over) return;
      over = true;
      markExited();
      handlers.closed({ ...end, stderr: stderr.lines() });
      markTold();
    };
    const [program = "", ...args] = argv;
    try {
      child = spawn(program, args, { stdio: "pipe", detached: true, windowsHide: true });
    } catch (thrown) {
      finish({ error: spawnError(program, thrown) });
      return;
    }
    const { stdin, stdout } = child;
    child.on("error", (thrown) => finish({ error: spawnError(program, thrown) }));
    child.stderr.on("data", (chunk: Uint8Array) => stderr.push(chunk));
    child.stderr.on("error", () => undefined);
    startReading({ input: stdout, output: stdin }, handlers, () => stdin.end());
    watchExit(child, markExited, (code, signal) => {
      finish({ ...(code === null ? {} : { exitCode: code }), ...(signal === null ? {} : { signal }) });
    });
  }

  async function close(): Promise<void> {
    if (over || !child) return;
    child.stdin.end();
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      if (await settlesWithin(exited, limits.stopMs)) return told;
      signalGroup(child, signal);
    }
    await told;
  }

  return { start, close, write: (parts) => (child && !over ? writeParts(child.stdin, parts) : true) };
}

/** Reports the end once the pipes are read out; a grandchild that holds them open does not delay it for long. */
function watchExit(
  child: ChildProcessWithoutNullStreams,
  exited: () => void,
  done: (code: number | null, signal: NodeJS.Signals | null) => void,
): void {
  child.on("exit", (code, signal) => {
    signalGroup(child, "SIGTERM"); // what the command started and left behind
    const giveUp = setTimeout(() => {
      signalGroup(child, "SIGKILL");
      done(code, signal);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    }, PIPES_AFTER_EXIT_MS);
    child.on("close", () => {
      clearTimeout(giveUp);
      done(code, signal);
    });
    exited();
  });
}

function signalGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal); // no process groups on this system, or the group is gone already
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
