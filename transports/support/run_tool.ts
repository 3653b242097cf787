// Runs a tool to its end, with bytes on its standard input: it is given up when nothing moves any more, not when it takes long.

import { type ChildProcess, spawn } from "node:child_process";
import { type CarrierEnd, type Limits, NoRouterError, type StartProgress } from "../../core/mod.ts";
import { LastLines, linesIn } from "./last_lines.ts";
import { managerStops } from "./manager_stops.ts";
import { signalGroup } from "./process_group.ts";

/** What running a tool needs. */
export interface ToolMeans {
  readonly limits: Limits;
  readonly signal: AbortSignal;
  /** How long the tool may take while nothing moves, in milliseconds; default: `helloMs`. */
  readonly silentMs?: number;
  /** Added to the tool's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What an end of a command means, where the tool's words tell. */
  explain(argv: readonly string[], end: CarrierEnd): NoRouterError | undefined;
  progress(step: StartProgress): void;
  /** Gets each line that the tool writes, as it comes; then the tool may take long as long as it writes. */
  readonly heard?: (line: string) => void;
}

/** Bytes that are written at once. */
const CHUNK = 64 * 1024;
/** Of standard output and of standard error. */
const MOST_CHARACTERS = 1024 * 1024;

/** How long what a tool left behind may hold its pipes. */
const LEFT_BEHIND_MS = 500;

/**
 * Standard output of a tool. It has a process group of its own: what it started ends with it.
 * @throws NoRouterError what the means explain, else `agent-not-found`, `agent-silent` or `agent-failed` with its last line
 */
export async function runTool(argv: readonly string[], means: ToolMeans, input?: Uint8Array): Promise<string> {
  const { limits, signal, env, silentMs = limits.helloMs } = means;
  const [program = "", ...args] = argv;
  if (signal.aborted) throw managerStops();
  const child = spawn(program, args, { stdio: "pipe", detached: true, env: { ...process.env, ...env }, windowsHide: true });
  const [output, errors] = [gathered(child.stdout), gathered(child.stderr)];
  const given = Promise.withResolvers<never>();
  const what = input ? "took none of the agent for" : "did not end within";
  const late = () => given.reject(new NoRouterError("agent-silent", `"${program}" ${what} ${silentMs / 1000} seconds`));
  const leave = () => given.reject(managerStops());
  const clock = setTimeout(late, silentMs);
  signal.addEventListener("abort", leave);
  if (means.heard) hear(child, means, () => clock.refresh());
  child.stdin.on("error", () => undefined); // how it ended tells more
  void feed(child.stdin, input, (done, total) => {
    clock.refresh();
    means.progress({ what: "sending agent", done, total });
  });
  const end: Partial<CarrierEnd> = await Promise.race([endOf(child), given.promise]).catch((error) => ({ error }));
  clearTimeout(clock);
  signal.removeEventListener("abort", leave);
  signalGroup(child, "SIGKILL");
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  if (signal.aborted) throw managerStops();
  if (end.exitCode === 0) return output();
  const stderr = linesIn([errors(), output(), ...(end.stderr ?? [])].join("\n")).slice(-limits.stderrLines);
  throw failure(argv, means, { ...end, stderr });
}

/** Hands over the lines of both streams, and tells that something came. */
function hear({ stdout, stderr }: ChildProcess, { limits, heard = () => undefined }: ToolMeans, moved: () => void): void {
  for (const stream of [stdout, stderr]) {
    const lines = new LastLines(limits, heard);
    stream?.on("data", (chunk: Uint8Array | string) => {
      moved();
      lines.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    });
  }
}

/** How a tool ended, once its pipes are read out. */
function endOf(child: ChildProcess): Promise<Partial<CarrierEnd>> {
  return new Promise((resolve) => {
    child.on("error", (thrown: NodeJS.ErrnoException) => {
      const missing = thrown.code === "ENOENT" ? { error: new NoRouterError("agent-not-found") } : {};
      resolve({ stderr: [thrown.message], ...missing });
    });
    child.on("exit", (code) => {
      const end = code === null ? {} : { exitCode: code };
      signalGroup(child, "SIGTERM");
      const giveUp = setTimeout(resolve, LEFT_BEHIND_MS, end);
      child.on("close", () => {
        clearTimeout(giveUp);
        resolve(end);
      });
    });
  });
}

function failure(argv: readonly string[], { explain }: ToolMeans, end: CarrierEnd): NoRouterError {
  const last = end.stderr.at(-1) ?? "it said nothing";
  return explain(argv, end) ?? end.error ?? new NoRouterError("agent-failed", `"${argv[0]}" failed: ${last}`);
}

/** What came of a stream so far, up to a bound. */
function gathered(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (more: string) => {
    if (text.length < MOST_CHARACTERS) text += more;
  });
  return () => text;
}

async function feed(
  stdin: NodeJS.WritableStream,
  input: Uint8Array | undefined,
  moved: (done: number, total: number) => void,
): Promise<void> {
  const total = input?.length ?? 0;
  for (let at = 0; at < total; at += CHUNK) {
    const taken = await new Promise<boolean>((resolve) => {
      stdin.write(input?.subarray(at, at + CHUNK) ?? "", (error) => resolve(!error));
    });
    if (!taken) return;
    moved(Math.min(total, at + CHUNK), total);
  }
  stdin.end();
}
