// node:console: `Console`, which writes to streams.

import { format } from "./util/format.ts";
import { type InspectOptions, inspect } from "./util/inspect.ts";

/** What a console writes to. */
export interface ConsoleStream {
  write(text: string, done?: (error?: Error | null) => void): unknown;
  once?(event: "error", listener: () => void): unknown;
  removeListener?(event: "error", listener: () => void): unknown;
  listenerCount?(event: "error"): number;
}

/** Where a console writes. */
export interface ConsoleOptions {
  readonly stdout: ConsoleStream;
  /** Of errors and warnings; `stdout` if there is none. */
  readonly stderr?: ConsoleStream | undefined;
}

/** Prints lines. Its methods work without `this` too. */
export class Console {
  readonly #out: () => ConsoleStream;
  readonly #err: () => ConsoleStream;
  #indent = "";
  readonly #counts = new Map<string, number>();
  readonly #begun = new Map<string, number>();

  /** @param out A stream, options, or a function that gives a stream when the first line is written. */
  constructor(out: ConsoleStream | ConsoleOptions | (() => ConsoleStream), err?: ConsoleStream | (() => ConsoleStream)) {
    const streams = "stdout" in out ? out : { stdout: out, stderr: err };
    const { stdout, stderr = stdout } = streams;
    this.#out = typeof stdout === "function" ? stdout : () => stdout;
    this.#err = typeof stderr === "function" ? stderr : () => stderr;
  }

  readonly log = (...args: readonly unknown[]): void => this.#write(this.#out(), format(...args));
  readonly info = this.log;
  readonly debug = this.log;
  readonly error = (...args: readonly unknown[]): void => this.#write(this.#err(), format(...args));
  readonly warn = this.error;

  readonly trace = (...args: readonly unknown[]): void => {
    const frames = (new Error().stack ?? "")
      .split("\n")
      .filter((line) => line.startsWith("    at "))
      .slice(1);
    this.error([`Trace${args.length > 0 ? `: ${format(...args)}` : ""}`, ...frames].join("\n"));
  };

  readonly assert = (isTrue?: unknown, ...args: readonly unknown[]): void => {
    if (isTrue) return;
    const [first, ...rest] = args;
    if (typeof first === "string") this.warn(`Assertion failed: ${first}`, ...rest);
    else this.warn("Assertion failed", ...args);
  };

  readonly dir = (value: unknown, options?: InspectOptions): void =>
    this.#write(this.#out(), inspect(value, { customInspect: false, ...options }));

  readonly group = (...args: readonly unknown[]): void => {
    if (args.length > 0) this.log(...args);
    this.#indent += "  ";
  };

  readonly groupEnd = (): void => {
    this.#indent = this.#indent.slice(2);
  };

  readonly count = (label = "default"): void => {
    const count = (this.#counts.get(`${label}`) ?? 0) + 1;
    this.#counts.set(`${label}`, count);
    this.log(`${label}: ${count}`);
  };

  readonly time = (label = "default"): void => void this.#begun.set(`${label}`, performance.now());

  readonly timeLog = (label = "default", ...args: readonly unknown[]): void => {
    const begun = this.#begun.get(`${label}`);
    if (begun !== undefined) this.log(`${label}: ${(performance.now() - begun).toFixed(3)}ms`, ...args);
  };

  readonly timeEnd = (label = "default"): void => {
    this.timeLog(label);
    this.#begun.delete(`${label}`);
  };

  /** A stream that is gone is nobody's failure: what is printed is lost. */
  #write(stream: ConsoleStream, text: string): void {
    const lines = this.#indent === "" ? text : text.replace(/^/gm, this.#indent);
    stream.once?.("error", ignore);
    try {
      stream.write(`${lines}\n`, (error) => {
        if (error && stream.listenerCount?.("error") === 0) stream.once?.("error", ignore);
      });
    } finally {
      stream.removeListener?.("error", ignore);
    }
  }
}

function ignore(): void {}

/** The global console, which has its members beside those of the class. */
const console = Object.assign(
  new Console(
    () => process.stdout,
    () => process.stderr,
  ),
  { Console },
);

export const { assert, count, debug, dir, error, group, groupEnd, info, log, time, timeEnd, timeLog, trace, warn } = console;
export default console;
