// Child processes of a test: run one to its end, or start one that is certainly gone afterwards.
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { descendantsOf, type ProcessInfo, processInfo } from "../../conformance/support/processes.ts";
import { endAll, signalAll } from "./ending.ts";
import { onEnd, tempDir } from "./lifetime.ts";

/** How a child ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a child that ran to its end left. */
export interface Finished extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings of a child; `env` is added to this process's own, with {@link ownState}. */
export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Settings of a command that runs to its end. */
export interface RunOptions extends ChildOptions {
  /** What its standard input holds; default nothing. */
  readonly input?: string | Uint8Array;
  /** Default 30,000. */
  readonly timeoutMs?: number;
}

/** A started child. */
export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Resolves when it has ended and its output is read. */
  readonly exited: Promise<Exit>;
  /** What it wrote to standard error so far, the last 64 KiB. */
  stderr(): string;
  /**
   * Ends it and all its descendants by pid, SIGKILL after `graceMs`. Safe to call twice. Its last output may still come: whoever
   * reads it waits for `exited`.
   */
  stop(graceMs?: number): Promise<void>;
}

const KEPT_STDERR = 64 * 1024; // characters

let state: string | undefined;

/** Environment in which the program keeps journals and sockets of this test process apart from those of the user and of other tests. */
export function ownState(): Readonly<Record<string, string>> {
  state ??= tempDir("state").path;
  return { XDG_STATE_HOME: state, XDG_RUNTIME_DIR: "" };
}

/**
 * Starts a child with piped standard streams. Standard output is the caller's to read (`child.process.stdout`); unread, it stays
 * in the pipe. Rejects when the program cannot be started.
 */
export async function startChild(argv: readonly string[], options: ChildOptions = {}): Promise<Child> {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { stdio: "pipe", cwd: options.cwd, env: { ...process.env, ...ownState(), ...options.env } });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-KEPT_STDERR);
  });
  child.stdin.on("error", () => {}); // EPIPE of a child that left is seen in `exited`
  const exited = new Promise<Exit>((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
  await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  const pid = child.pid ?? 0;
  const self = processInfo(pid);
  const family = (): ProcessInfo[] => [...(self === undefined ? [] : [self]), ...descendantsOf(pid)];
  const forget = onEnd(() => signalAll(family(), "SIGKILL"));
  const stop = async (graceMs?: number) => {
    await endAll(family(), graceMs);
    child.stdin.destroy();
    forget();
  };
  return { pid, process: child, exited, stderr: () => errors, stop };
}

/** Reads a child's standard output from now on; what it returns tells the text so far. */
export function readOutput({ process: { stdout } }: Child): () => string {
  let text = "";
  stdout?.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  return () => text;
}

/** Runs a command to its end; kills it after `timeoutMs`, which shows as a signal in the result. */
export async function runToEnd(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = await startChild(argv, options);
  const stdout = readOutput(child);
  child.process.stdin?.end(options.input ?? "");
  const timer = setTimeout(() => child.process.kill("SIGKILL"), options.timeoutMs ?? 30_000);
  const exit = await child.exited;
  clearTimeout(timer);
  await child.stop();
  return { ...exit, stdout: stdout(), stderr: child.stderr() };
}
