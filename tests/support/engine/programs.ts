// Starts programs for a test file that runs on the engine, which cannot by itself: the runner's side of
// `child_process_module.ts`. Requests and answers are lines of JSON in two named pipes, so that the engine can wait for an answer;
// the programs' own pipes are Unix sockets, as Node's are.

import { type ChildProcess, type StdioOptions, spawn, spawnSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { createServer, type Server, Socket } from "node:net";
import { messageOf } from "../../../core/errors.ts";
import { type Answer, type End, PLACES, PROGRAMS, type Program, type Request, type Stdio } from "./programs_wire.ts";

interface Place {
  readonly server: Server;
  readonly connected: Promise<Socket>;
}

/** Serves one test file until `stop`, which ends what still runs. */
export interface Programs {
  readonly env: Readonly<Record<string, string>>;
  stop(): void;
}

/** Begins to serve; names of pipes and sockets begin with `path`, and go to `output` what programs inherit. */
export function servePrograms(path: string, output: number): Programs {
  const [requests, answers] = [`${path}.requests`, `${path}.answers`];
  const made = spawnSync("mkfifo", [requests, answers]);
  if (made.status !== 0) throw new Error(`mkfifo: ${made.error?.message ?? made.stderr}`);
  // Opened for both ways: neither side waits for the other to open it, and none sees an end before `stop`.
  const [asked, told] = [pipe(requests, "readable"), pipe(answers, "writable")];
  const starter = new Starter(path, output);
  eachLine(asked, (line) => {
    starter.answer(JSON.parse(line)).then(
      (answer) => told.write(`${JSON.stringify(answer)}\n`),
      (thrown) => told.write(`${JSON.stringify({ kind: "failed", code: "", message: messageOf(thrown) })}\n`),
    );
  });
  const stop = () => {
    starter.stop();
    asked.destroy();
    told.destroy();
    closeSync(output);
  };
  return { env: { [PROGRAMS]: path }, stop };
}

/** Lines end with a line feed alone, unlike those of `node:readline`. */
function eachLine(stream: Socket, take: (line: string) => void): void {
  let text = "";
  stream.setEncoding("utf8").on("data", (more: string) => {
    const lines = (text + more).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
}

function pipe(path: string, way: "readable" | "writable"): Socket {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  return new Socket({ fd, readable: way === "readable", writable: way === "writable" }); // one that could read would take its own answers
}

class Starter {
  readonly #path: string;
  readonly #output: number;
  readonly #places = new Map<number, readonly Place[]>();
  readonly #children = new Set<ChildProcess>();

  constructor(path: string, output: number) {
    this.#path = path;
    this.#output = output;
  }

  stop(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    for (const { server } of [...this.#places.values()].flat()) server.close();
  }

  async answer(request: Request): Promise<Answer> {
    if (request.kind === "prepare") return this.#prepare(request.id);
    if (request.kind === "start") return this.#start(request.id, request.program);
    return this.#run(request.program, Buffer.from(request.input, "base64"), request.timeoutMs);
  }

  async #prepare(id: number): Promise<Answer> {
    const places = PLACES.map((at) => placeAt(`${this.#path}.${id}.${at}`));
    await Promise.all(places.map(({ listening }) => listening));
    this.#places.set(id, places);
    return { kind: "prepared" };
  }

  async #start(id: number, program: Program): Promise<Answer> {
    const places = this.#places.get(id) ?? [];
    this.#places.delete(id);
    const sockets = await Promise.all(places.map(({ connected }) => connected));
    for (const { server } of places) server.close();
    const tellEnd = sockets.pop()?.on("error", () => undefined); // the test file may have ended meanwhile
    const streams = program.stdio.map((kind, at) => (kind === "pipe" ? sockets[at] : this.#plain(kind)));
    const child = this.#spawn(program, streams as StdioOptions);
    for (const socket of sockets) socket.destroy(); // the program has its own of each
    child.on("exit", (code, signal) => tellEnd?.end(`${JSON.stringify({ code, signal } satisfies End)}\n`));
    return startOf(child);
  }

  async #run(program: Program, input: Buffer, timeoutMs: number): Promise<Answer> {
    const child = this.#spawn(program, program.stdio.map((kind) => (kind === "pipe" ? kind : this.#plain(kind))) as StdioOptions);
    const [stdout, stderr] = [bytesOf(child.stdout), bytesOf(child.stderr)];
    child.stdin?.on("error", () => undefined).end(input);
    const timer = timeoutMs > 0 ? setTimeout(() => child.kill("SIGTERM"), timeoutMs) : undefined;
    const ended = new Promise<End>((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
    const started = await startOf(child);
    if (started.kind !== "started") return started;
    const end = await ended;
    clearTimeout(timer);
    return { kind: "ended", pid: started.pid, ...end, stdout: stdout(), stderr: stderr() };
  }

  #plain(kind: Stdio): "ignore" | number {
    return kind === "inherit" ? this.#output : "ignore";
  }

  #spawn({ argv: [name = "", ...args], cwd, env, detached }: Program, stdio: StdioOptions): ChildProcess {
    const child = spawn(name, args, { cwd, env, stdio, detached });
    this.#children.add(child);
    child.on("exit", () => this.#children.delete(child));
    return child;
  }
}

function placeAt(path: string): Place & { readonly listening: Promise<void> } {
  // What was read here would be lost for the program.
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  const connected = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const listening = new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
  return { server, connected, listening };
}

function startOf(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve) => {
    child.once("spawn", () => resolve({ kind: "started", pid: child.pid ?? 0 }));
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve({ kind: "failed", code: error.code ?? "", message: error.message }),
    );
  });
}

function bytesOf(stream: ChildProcess["stdout"]): () => string {
  const chunks: Buffer[] = [];
  stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("base64");
}
