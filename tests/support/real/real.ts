// What every real container engine of the tests offers, and the parts they share: bytes through a command, processes as seen from
// outside. Must not know any one engine.
import process from "node:process";
import { allProcesses, isAlive, listensIn, type ProcessInfo, readProc } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { type ChildOptions, type Exit, startChild } from "../child.ts";
import { signalAll } from "../ending.ts";
import type { RootfsKind } from "./rootfs.ts";

/** What a container is made of. */
export interface ContainerOptions {
  readonly name: string;
  /** Default `busybox`. */
  readonly image?: RootfsKind;
  /** Options of the engine's own `run` (`launch` of LXD), such as `--read-only` or `--user 1000`, an element a word. */
  readonly args?: readonly string[];
  /** A network of the engine's that it is on, such as one of `docker network create`; default none but its own loopback. */
  readonly network?: string;
  /** What it runs instead of a web server on port 80 with the page `hello from NAME`. LXD always runs its init. */
  readonly command?: readonly string[];
}

/** What a command left that was run to its end, byte by byte. */
export interface Piped extends Exit {
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A real container engine, private to the test. */
export interface ContainerEngine {
  readonly kind: "docker" | "podman" | "lxd";
  /** What the program under test needs in its environment to reach this engine. */
  readonly env: Readonly<Record<string, string>>;
  /** How long it took to start. */
  readonly startMs: number;
  /** Makes and starts a container; resolves when its web server listens. */
  run(options: ContainerOptions): Promise<void>;
  /** argv that runs a command in a container with standard input kept open; needs `env`. */
  execArgv(name: string, argv?: readonly string[]): string[];
  /** Runs a command in a container to its end. */
  exec(name: string, argv: readonly string[], input?: string | Uint8Array): Promise<Piped>;
  /** Kills the first process of a container from outside, as an out-of-memory kill does; resolves when it is down. */
  kill9(name: string): Promise<void>;
  /** Starts a container that is down; resolves when it serves again. */
  start(name: string): Promise<void>;
  /** Stops a container at once and starts it again. */
  restart(name: string): Promise<void>;
  /** Freezes a container. */
  pause(name: string): Promise<void>;
  /** Thaws it. */
  unpause(name: string): Promise<void>;
  /** Removes a container, running or not. */
  remove(name: string): Promise<void>;
  /** The processes in a container as this machine sees them. */
  processesIn(name: string): Promise<ProcessInfo[]>;
  /** Ends the engine and every container, deletes what they left. Safe to call twice. */
  stop(): Promise<void>;
}

/** Runs a command to its end with bytes in and bytes out; killed after `timeoutMs` (default 30,000), which shows as a signal. */
export async function pipeThrough(
  argv: readonly string[],
  options: ChildOptions & { readonly input?: string | Uint8Array; readonly timeoutMs?: number } = {},
): Promise<Piped> {
  const child = await startChild(argv, options);
  const chunks: Buffer[] = [];
  child.process.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.process.stdin?.end(options.input ?? "");
  const timer = setTimeout(() => child.process.kill("SIGKILL"), options.timeoutMs ?? 30_000);
  const exit = await child.exited;
  clearTimeout(timer);
  await child.stop();
  return { ...exit, stdout: Buffer.concat(chunks), stderr: child.stderr() };
}

/** Runs a tool that has to succeed, and returns what it printed. Throws with its error output otherwise. */
export async function must(argv: readonly string[], env: Readonly<Record<string, string>> = {}, input = ""): Promise<string> {
  const done = await pipeThrough(argv, { env, input });
  if (done.code !== 0) throw new Error(`${argv.join(" ")}: exit code ${done.code}: ${done.stdout}${done.stderr}`);
  return done.stdout.toString();
}

/** A function that makes something once for each key, at the first call; a failure is remembered, too. */
export function oncePer<K, T>(make: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const made = new Map<K, Promise<T>>();
  return (key) => {
    const one = made.get(key) ?? make(key);
    made.set(key, one);
    return one;
  };
}

/** Makes methods of an engine whose tool is called with a verb and a container's name. */
export function verbsOf(call: (...args: string[]) => Promise<unknown>) {
  return (verb: readonly string[], after?: (name: string) => Promise<void>) => async (name: string) => {
    await call(...verb, name);
    await after?.(name);
  };
}

/** The processes of a control group whose path matches. */
export function processesOfGroup(path: RegExp): ProcessInfo[] {
  return allProcesses().filter((p) => p.pid !== process.pid && path.test(readProc(p.pid, "cgroup") ?? ""));
}

/** The first process of a container among its processes: the one that is pid 1 where it lives (proc_pid_status(5), NSpid). */
export function firstOf(processes: readonly ProcessInfo[]): ProcessInfo | undefined {
  return processes.find((p) => /^NSpid:.*\s1$/m.test(readProc(p.pid, "status") ?? ""));
}

/** Kills the first of the processes and waits until all are gone. */
export async function killFirst(name: string, processes: readonly ProcessInfo[]): Promise<void> {
  const first = firstOf(processes);
  if (first === undefined) throw new Error(`Container "${name}" has no first process`);
  signalAll([first], "SIGKILL");
  await waitFor(() => !processes.some(isAlive), { what: `container "${name}" to be gone` });
}

/** Waits until a container's web server listens, in whichever of its processes. */
export async function untilServing(name: string, processesIn: ContainerEngine["processesIn"]): Promise<void> {
  const serves = async () => listensIn(firstOf(await processesIn(name))?.pid ?? 0, 80);
  await waitFor(serves, { what: `container "${name}" to serve its page` });
}
