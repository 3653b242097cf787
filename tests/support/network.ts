// A network under test: the real program run on a manifest, its events collected, everything it started gone afterwards.
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { descendantsOf, type ProcessInfo, processesWithEnvironment, processInfo } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Child, type Exit, startChild } from "./child.ts";
import { PROJECT, programArgv, READY, runArguments, runtimeArgv } from "./cli.ts";
import { endAll, signalAll } from "./ending.ts";
import { onEnd, tempDir } from "./lifetime.ts";

const MARK = "NOROUTER_TEST_NETWORK";

/** One line of the program's standard output. */
export interface NetworkEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What to run. */
export interface NetworkOptions {
  /** The manifest, as text or as an object (JSON is YAML); an object without `hostTemplate` has no name server and writes no files. */
  readonly manifest: string | object;
  /** argv prefix of the runtime, see `runtimeArgv`; default the one this process runs on. */
  readonly runtime?: readonly string[];
  /** Added to the environment of the manager and so of its agents. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further arguments, before the manifest. */
  readonly args?: readonly string[];
  /** Where the manifest is written, for one that names files beside it; default a folder of its own. */
  readonly folder?: string;
  /** A stand-in for the program (argv prefix, before `run`), for tests of this file. */
  readonly program?: readonly string[];
}

/** A started network. */
export interface Network {
  /** The manager's pid. */
  readonly pid: number;
  readonly manifestPath: string;
  /** All events so far; grows. */
  readonly events: readonly NetworkEvent[];
  /** Lines of standard output that were no JSON event; a test may want none. */
  readonly noise: readonly string[];
  readonly exited: Promise<Exit>;
  /** What the manager wrote to standard error so far. */
  stderr(): string;
  /** Resolves with the event that says every host is ready; rejects when the program ends first or after `timeoutMs` (20,000). */
  ready(timeoutMs?: number): Promise<NetworkEvent>;
  /** Resolves with the first event of a type that `matches`, past or coming. */
  event(type: string, matches?: (event: NetworkEvent) => boolean, timeoutMs?: number): Promise<NetworkEvent>;
  /** Writes the manifest anew, where the program sees it. */
  rewrite(manifest: string | object): void;
  /** Signals the manager alone. */
  kill(signal: NodeJS.Signals): void;
  /** Processes of this network that live now: the manager, agents and helpers, orphans too. */
  processes(): ProcessInfo[];
  /** Ends everything by pid and deletes the manifest. Safe to call twice. */
  stop(): Promise<void>;
}

function collect(child: Child, events: NetworkEvent[], noise: string[]): void {
  if (child.process.stdout === null) return;
  createInterface({ input: child.process.stdout }).on("line", (line) => {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === "object" && value !== null && "type" in value) events.push(value as NetworkEvent);
      else noise.push(line);
    } catch {
      noise.push(line);
    }
  });
}

/** Looks for an event until it is there; fails at once, with standard error, when the program ended without it. */
async function lookFor(child: Child, what: string, find: () => NetworkEvent | undefined, timeoutMs = 20_000) {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  const found = await waitFor(() => find() ?? ended, { what, timeoutMs, everyMs: 2 }).catch((error: unknown) => {
    throw new Error(`${String(error)}; standard error:\n${child.stderr()}`);
  });
  const event = found === true ? find() : found;
  if (event === undefined) throw new Error(`The program ended before ${what}; standard error:\n${child.stderr()}`);
  return event;
}

/** Networks of several tests run at once: unless a manifest says more, no host takes the one port for names or writes to the home. */
function sideBySide(manifest: object): object {
  return { hostTemplate: { dns: { disable: true }, stateDir: { disable: true } }, ...manifest };
}

/** Starts the program on a manifest. Resolves once the process runs; await `ready()` for the network. */
export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const dir = tempDir("network");
  const manifestPath = `${options.folder ?? dir.path}/manifest.yaml`;
  const rewrite = (manifest: string | object) =>
    writeFileSync(manifestPath, typeof manifest === "string" ? manifest : JSON.stringify(sideBySide(manifest), null, 2));
  rewrite(options.manifest);
  const mark = randomUUID();
  const program = options.program ?? programArgv(options.runtime ?? runtimeArgv());
  const [command = "", ...rest] = runArguments(manifestPath);
  const argv = [...program, command, ...(options.args ?? []), ...rest];
  // Each network has a journal and a socket of its own, whatever its manifest's file is called.
  const env = { XDG_STATE_HOME: `${dir.path}/state`, ...options.env, [MARK]: mark };
  const child = await startChild(argv, { cwd: PROJECT, env }).catch((error: unknown) => {
    dir.remove();
    throw error;
  });
  const events: NetworkEvent[] = [];
  const noise: string[] = [];
  collect(child, events, noise);
  const { pid, exited, stderr } = child;
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  const self = processInfo(child.pid);
  const kill = (signal: NodeJS.Signals) => signalAll(self === undefined ? [] : [self], signal); // after Deno's child.kill() every exit looks like that signal
  const processes = () => processesWithEnvironment(`${MARK}=${mark}`);
  const forget = onEnd(() => signalAll(processes(), "SIGKILL"));
  const event: Network["event"] = (type, matches = () => true, timeoutMs?) =>
    lookFor(child, `event "${type}"`, () => events.find((e) => e.type === type && matches(e)), timeoutMs);
  const stop = async () => {
    const family = [...processes(), ...descendantsOf(child.pid)];
    kill("SIGTERM"); // the manager alone first, so that it parts from its agents in order
    await waitFor(() => ended, { what: "the manager to end", timeoutMs: 5000 }).catch(() => {});
    await child.stop();
    await endAll([...family, ...processes()]);
    forget();
    dir.remove();
  };
  const ready = (timeoutMs?: number) => event(READY, undefined, timeoutMs);
  return { pid, manifestPath, events, noise, exited, stderr, ready, event, rewrite, kill, processes, stop };
}
