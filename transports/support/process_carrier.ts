// A carrier over the standard input and output of a command. Every transport that runs a client program builds
// on it. The command gets a process group of its own, so that Ctrl-C reaches the manager alone and nothing of
// the command stays behind.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
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
import { signalGroup } from "./process_group.ts";
import { startReading, writeParts } from "./stream_carrier.ts";

/** What a process carrier runs. */
export interface ProcessCarrierOptions {
  /** Words of the command; no shell is involved. */
  readonly argv: readonly string[];
  readonly limits: Limits;
  /** Gets each line of standard error. */
  readonly debug: (line: string) => void;
  /** Added to the command's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The command as people know it; absent: {@link quotedWords} of `argv`. */
  readonly shown?: string;
  /** Removes what was made for the command; called when it has ended, and when the carrier is closed. May be called again. */
  readonly cleanUp?: () => void;
  /** What an end means, where the command's own words tell; not asked when it ended by itself with exit code 0. */
  readonly explain?: (end: CarrierEnd) => NoRouterError | undefined;
}

/** An end without what the carrier adds: what it ran, and its last words. */
type BareEnd = Omit<CarrierEnd, "stderr" | "command">;

/** How long what a command left behind may hold its pipes, or ignore that it should end. */
const LEFT_BEHIND_MS = 500;

/** The words of a command as one would write them for a shell. */
export function quotedWords(words: readonly string[]): string {
  return join([...words]);
}

/** Starts a command; that it could not be started is told by `closed`. */
export function processCarrier(options: ProcessCarrierOptions): Carrier {
  return new ProcessCarrier(options);
}

class ProcessCarrier implements Carrier {
  readonly #options: ProcessCarrierOptions;
  readonly #stderr: LastLines;
  readonly #exited = Promise.withResolvers<void>();
  readonly #told = Promise.withResolvers<void>();
  /** Nothing of the command's process group is left. */
  readonly #gone = Promise.withResolvers<void>();
  #handlers: CarrierHandlers | undefined;
  #child: ChildProcessWithoutNullStreams | undefined;
  #input: Readable | undefined;
  #over = false;

  constructor(options: ProcessCarrierOptions) {
    this.#options = options;
    this.#stderr = new LastLines(options.limits, options.debug);
  }

  start(handlers: CarrierHandlers): void {
    this.#handlers = handlers;
    const child = this.#spawn();
    if (!child) return;
    this.#child = child;
    child.stderr.on("data", (chunk: Uint8Array) => this.#stderr.push(chunk));
    child.stderr.on("error", () => undefined);
    const stdout = lendingReads(child.stdout as Socket);
    this.#input = stdout;
    startReading({ input: stdout, output: child.stdin }, handlers, () => child.stdin.end());
    const [exited, gone] = [this.#exited.resolve, this.#gone.resolve];
    watchExit(child, stdout, { exited, finish: (end) => this.#finish(end), gone });
  }

  pause(): void {
    this.#input?.pause();
  }

  resume(): void {
    this.#input?.resume();
  }

  write(parts: readonly Uint8Array[]): boolean {
    return this.#child && !this.#over ? writeParts(this.#child.stdin, parts) : true;
  }

  async close(): Promise<void> {
    if (this.#child) await this.#end(this.#child);
    this.#options.cleanUp?.();
  }

  async #end(child: ChildProcessWithoutNullStreams): Promise<void> {
    const { stopMs } = this.#options.limits;
    child.stdin.end();
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      if (await settlesWithin(this.#exited.promise, stopMs)) break;
      signalGroup(child, signal);
    }
    await settlesWithin(Promise.all([this.#told.promise, this.#gone.promise]), stopMs);
  }

  /** The command's process; undefined when there is none, which is told at once or in a moment. */
  #spawn(): ChildProcessWithoutNullStreams | undefined {
    const { argv, env } = this.#options;
    const [program = "", ...args] = argv;
    try {
      const environment = env ? { env: { ...process.env, ...env } } : {};
      const child = spawn(program, args, { stdio: "pipe", detached: true, windowsHide: true, ...environment });
      const isThere = child.pid !== undefined; // what is not may lack its pipes, too
      child.on("error", (thrown) => isThere || this.#failed(program, thrown)); // later ones come from signals, and are ignored
      return isThere ? child : undefined;
    } catch (thrown) {
      this.#failed(program, thrown);
      return undefined;
    }
  }

  #failed(program: string, thrown: unknown): void {
    this.#exited.resolve();
    this.#gone.resolve();
    this.#finish({ error: spawnError(program, thrown) });
  }

  #finish(end: BareEnd): void {
    if (this.#over) return;
    this.#over = true;
    const { argv, shown = quotedWords(argv), cleanUp } = this.#options;
    cleanUp?.();
    const whole: CarrierEnd = { ...end, command: shown, stderr: this.#stderr.lines() };
    const error = whole.exitCode === 0 ? undefined : this.#explained(whole);
    this.#handlers?.closed(error ? { ...whole, error } : whole);
    this.#told.resolve();
  }

  /** What a transport makes of an end is other people's code. */
  #explained(end: CarrierEnd): NoRouterError | undefined {
    try {
      return this.#options.explain?.(end);
    } catch (thrown) {
      return asNoRouterError(thrown, "plugin-invalid");
    }
  }
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

function spawnError(program: string, thrown: unknown): NoRouterError {
  const code = (thrown as { code?: unknown }).code;
  const why = code === "EACCES" ? "may not be executed" : "was not found";
  const known = code === "ENOENT" || code === "EACCES" || (thrown as Error).name === "NotFound";
  if (known) return new NoRouterError("agent-not-found", `Command "${program}" ${why}`, { cause: thrown });
  return new NoRouterError("agent-failed", `Command "${program}" cannot be started: ${String(code ?? thrown)}`, {
    cause: thrown,
  });
}
