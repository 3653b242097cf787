// `node:child_process` on the engine: what tests of hosts use of it, with programs that the runner starts; see `programs.ts`.

import { EventEmitter } from "node:events";
import { openSync, readSync, writeSync } from "node:fs";
import { connect, type Socket } from "node:net";
import process from "node:process";
import { type Answer, type End, PLACES, PROGRAMS, type Program, type Request, type Stdio } from "./programs_wire.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Options that are known; with another one nothing is started. */
interface Options {
  readonly cwd?: string | undefined;
  readonly env?: Environment | undefined;
  readonly stdio?: Stdio | readonly Stdio[] | undefined;
  readonly detached?: boolean;
  readonly windowsHide?: boolean;
}

interface SyncOptions extends Options {
  readonly encoding?: "utf8";
  readonly input?: string | Uint8Array;
  readonly timeout?: number;
}

const OPTIONS = ["cwd", "env", "stdio", "detached", "windowsHide", "encoding", "input", "timeout"];
const NEWLINE = 10;

const path = process.env[PROGRAMS] ?? "";
let pipes: { readonly requests: number; readonly answers: number } | undefined;
let lastId = 0;

/** Asks the runner, and waits. */
function ask(request: Request): Answer {
  pipes ??= { requests: openSync(`${path}.requests`, "w"), answers: openSync(`${path}.answers`, "r") };
  const bytes = Buffer.from(`${JSON.stringify(request)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(pipes.requests, bytes, at);
  const chunks: Buffer[] = [];
  while (chunks.at(-1)?.at(-1) !== NEWLINE) {
    const chunk = Buffer.alloc(65_536);
    const length = readSync(pipes.answers, chunk, 0, chunk.length, null);
    if (length === 0) throw new Error("The runner is gone");
    chunks.push(chunk.subarray(0, length));
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as Answer;
}

function programOf(name: string, args: readonly string[], options: Options): Program {
  const other = Object.keys(options).find((option) => !OPTIONS.includes(option));
  if (other !== undefined) throw new TypeError(`Option '${other}' of a program is not supported here`);
  const { cwd = process.cwd(), env = process.env, stdio = "pipe", detached = false } = options;
  const [input = "pipe", output = "pipe", errors = "pipe"] = typeof stdio === "string" ? [stdio, stdio, stdio] : stdio;
  const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { argv: [name, ...args], cwd, env: Object.fromEntries(set), stdio: [input, output, errors], detached };
}

function failure({ code, message }: { readonly code: string; readonly message: string }): Error {
  return Object.assign(new Error(message), { code });
}

class Child extends EventEmitter {
  readonly spawnargs: readonly string[];
  pid: number | undefined;
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;
  stdin: Socket | null = null;
  stdout: Socket | null = null;
  stderr: Socket | null = null;

  constructor(program: Program) {
    super();
    this.spawnargs = program.argv;
    const id = ++lastId;
    ask({ kind: "prepare", id });
    // Half open: what a program reads may end before what it writes.
    const [input, output, errors, ends] = PLACES.map((at) => connect({ path: `${path}.${id}.${at}`, allowHalfOpen: at === 0 }));
    const started = ask({ kind: "start", id, program });
    const [hasInput, hasOutput, hasErrors] = program.stdio.map((kind) => kind === "pipe");
    this.stdin = keep(input, hasInput);
    this.stdout = keep(output, hasOutput);
    this.stderr = keep(errors, hasErrors);
    if (started.kind === "started") {
      this.pid = started.pid;
      process.nextTick(() => this.emit("spawn"));
      this.#watch(ends);
    } else {
      for (const socket of [input, output, errors, ends]) socket?.destroy();
      if (started.kind === "failed") process.nextTick(() => this.emit("error", failure(started)));
    }
  }

  kill(signal: NodeJS.Signals | number = "SIGTERM"): boolean {
    if (this.pid === undefined || this.exitCode !== null || this.signalCode !== null) return false;
    try {
      return process.kill(this.pid, signal);
    } catch {
      return false;
    }
  }

  /** `exit` when the program has ended, `close` when what it wrote is read as well. */
  #watch(ends: Socket | undefined): void {
    let text = "";
    const outputs = [this.stdout, this.stderr].filter((stream) => stream !== null);
    const read = Promise.all(outputs.map((stream) => new Promise((resolve) => stream.once("close", resolve))));
    ends?.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
    ends?.once("end", () => {
      const { code, signal } = JSON.parse(text) as End;
      this.exitCode = code;
      this.signalCode = signal;
      this.stdin?.destroy();
      this.emit("exit", code, signal);
      for (const stream of outputs) if (stream.readableFlowing === null) stream.resume();
      void read.then(() => this.emit("close", code, signal));
    });
  }
}

function keep(socket: Socket | undefined, isWanted: boolean | undefined): Socket | null {
  if (isWanted === true && socket !== undefined) return socket;
  socket?.destroy();
  return null;
}

/** Starts a program. */
export function spawn(name: string, args: readonly string[] = [], options: Options = {}): Child {
  return new Child(programOf(name, args, options));
}

/** Runs a program to its end; everything else waits. */
export function spawnSync(name: string, args: readonly string[] = [], options: SyncOptions = {}) {
  const { input = "", timeout = 0, encoding } = options;
  const program = programOf(name, args, options);
  const answer = ask({ kind: "run", program, input: Buffer.from(input).toString("base64"), timeoutMs: timeout });
  if (answer.kind !== "ended") {
    const error = failure(answer.kind === "failed" ? answer : { code: "", message: "No answer of the runner" });
    return { error, pid: 0, status: null, signal: null, stdout: null, stderr: null };
  }
  const textOf = (base64: string) =>
    encoding === undefined ? Buffer.from(base64, "base64") : Buffer.from(base64, "base64").toString();
  const { pid, code: status, signal, stdout, stderr } = answer;
  return { pid, status, signal, stdout: textOf(stdout), stderr: textOf(stderr) };
}

/** The engine's own. */
export { execFile } from "node:child_process";
