// The `process` object: what Node documents of it and this engine has.

import * as host from "engine:host";
import { coded, fileError, invalidArgType, outOfRange, systemError } from "../errors.ts";
import { EventEmitter } from "../events.ts";
import type { Readable, Writable } from "../stream.ts";
import { nextTick } from "../ticks.ts";
import { environmentList } from "./environment.ts";
import { exitWith } from "./fatal.ts";
import { catchSignals, SIGNALS } from "./signals.ts";
import { inputStream, outputStream, type StandardStream } from "./standard_streams.ts";
import { emitWarning, type WarningOptions } from "./warnings.ts";

/** The version of Node whose documents this engine follows. */
const NODE_VERSION = "22.0.0";
const NS_PER_S = 1_000_000_000;

/** The class of `process`. */
export class Process extends EventEmitter {
  readonly argv: string[] = [...host.argv];
  readonly argv0: string = host.argv[0] ?? "";
  readonly execArgv: readonly string[] = [];
  /** A copy: what changes in it is seen by programs that are started from here, and by nothing else. */
  readonly env: Record<string, string | undefined> = host.environment();
  readonly pid = host.pid;
  readonly platform = "linux";
  readonly arch = host.arch;
  readonly version = `v${NODE_VERSION}`;
  readonly versions: Readonly<Record<string, string>> = { node: NODE_VERSION, ...host.versions };
  readonly release = { name: "engine" };
  readonly features = {};
  title = "engine";
  #exitCode: number | string | null | undefined;
  readonly #begun = host.now();
  #execPath: string | undefined;
  #stdin: (Readable & StandardStream) | undefined;
  #stdout: (Writable & StandardStream) | undefined;
  #stderr: (Writable & StandardStream) | undefined;

  constructor() {
    super();
    catchSignals(this);
  }

  get ppid(): number {
    return host.parentPid();
  }

  /** The engine's own file; where there is no /proc, the name under which it was started. */
  get execPath(): string {
    const found = host.readlink("/proc/self/exe");
    this.#execPath ??= typeof found === "string" ? found : this.argv0;
    return this.#execPath;
  }

  get stdin(): Readable & StandardStream {
    this.#stdin ??= inputStream();
    return this.#stdin;
  }

  get stdout(): Writable & StandardStream {
    this.#stdout ??= outputStream(1);
    return this.#stdout;
  }

  get stderr(): Writable & StandardStream {
    this.#stderr ??= outputStream(2);
    return this.#stderr;
  }

  get exitCode(): number | string | null | undefined {
    return this.#exitCode;
  }

  set exitCode(code: number | string | null | undefined) {
    checkExitCode(code);
    this.#exitCode = code;
  }

  /** Emits `exit` and ends the process at once, whatever is under way. */
  exit(code?: number | string | null): never {
    checkExitCode(code);
    return exitWith(this, code);
  }

  abort(): never {
    host.kill(this.pid, SIGNALS.SIGABRT ?? 0);
    return host.exit(134);
  }

  /** Sends a signal. @throws a system error, such as `ESRCH` where there is no such process */
  kill(pid: number, signal: string | number = "SIGTERM"): true {
    if (Number(pid) !== (Number(pid) | 0)) throw invalidArgType("pid", "of type number", pid);
    const wanted = typeof signal === "number" ? signal : SIGNALS[signal];
    if (wanted === undefined) throw coded("ERR_UNKNOWN_SIGNAL", `Unknown signal: ${signal}`, TypeError);
    const failed = host.kill(pid, wanted);
    if (failed < 0) throw systemError(failed, "kill");
    return true;
  }

  /** Becomes another program; nothing here goes on. */
  execve(file: string, args: readonly string[] = [], env: Readonly<Record<string, string | undefined>> = this.env): never {
    throw systemError(host.exec(file, args, environmentList(env)), "execve");
  }

  cwd(): string {
    const found = host.cwd();
    if (typeof found === "number") throw fileError(found, "uv_cwd");
    return found;
  }

  chdir(directory: string): void {
    const failed = host.chdir(directory);
    if (failed < 0) throw fileError(failed, "chdir", String(host.cwd()), directory);
  }

  getuid(): number {
    return host.getuid();
  }

  geteuid(): number {
    return host.geteuid();
  }

  getgid(): number {
    return host.getgid();
  }

  getegid(): number {
    return host.getegid();
  }

  /** The mask of modes of new files; with an argument, the one before. */
  umask(mask?: number | string): number {
    if (mask !== undefined) return host.umask(typeof mask === "string" ? Number.parseInt(mask, 8) : mask);
    const mask0 = host.umask(0);
    host.umask(mask0);
    return mask0;
  }

  nextTick<A extends unknown[]>(call: (...args: A) => void, ...args: A): void {
    nextTick(call, ...args);
  }

  uptime(): number {
    return (host.now() - this.#begun) / 1000;
  }

  readonly hrtime: Hrtime = Object.assign(hrtime, { bigint: nanoseconds });
  readonly memoryUsage: MemoryUsage = Object.assign(memoryUsage, { rss: () => host.memory()[0] });

  /** Nothing that is under way keeps this process from ending. */
  getActiveResourcesInfo(): string[] {
    return [];
  }

  getBuiltinModule(name: string): object | undefined {
    return host.builtinModule(name.startsWith("node:") ? name : `node:${name}`);
  }

  emitWarning(warning: string | Error, options?: string | WarningOptions, code?: string): void {
    emitWarning(this, warning, options, code);
  }

  get [Symbol.toStringTag](): string {
    return "process";
  }
}

interface Hrtime {
  (before?: readonly [number, number]): [number, number];
  bigint(): bigint;
}

function nanoseconds(): bigint {
  return BigInt(Math.round(host.now() * 1e6));
}

function hrtime(before: readonly [number, number] = [0, 0]): [number, number] {
  const all = Number(nanoseconds()) - before[0] * NS_PER_S - before[1];
  return [Math.floor(all / NS_PER_S), all % NS_PER_S];
}

interface MemoryUsage {
  (): Record<"rss" | "heapTotal" | "heapUsed" | "external" | "arrayBuffers", number>;
  rss(): number;
}

/** The engine counts the bytes of array buffers to its heap. */
function memoryUsage(): ReturnType<MemoryUsage> {
  const [rss, heapUsed] = host.memory();
  return { rss, heapTotal: heapUsed, heapUsed, external: 0, arrayBuffers: 0 };
}

function checkExitCode(code: unknown): void {
  if (code === undefined || code === null) return;
  const value = typeof code === "string" && code.trim() !== "" ? Number(code) : code;
  if (typeof value !== "number" || Number.isNaN(value)) {
    throw invalidArgType("code", "of type number", code);
  }
  if (Number.isInteger(value)) return;
  throw outOfRange("code", "an integer", value);
}
