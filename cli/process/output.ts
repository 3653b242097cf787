// Standard output or error of a manager: what waits for a slow reader or a full disk is bounded, what is left out is counted
// and said, and nothing waits for it. Must not know what is written.

import { fstatSync, write as writeFile } from "node:fs";
import { Socket } from "node:net";
import { isatty } from "node:tty";

/** What may wait for the reader of an output; thousands of lines. */
const WAITING_BYTES = 1024 * 1024;
/** At the end a reader has this long for what waits. */
const LAST_WORDS_MS = 1000;
/** A descriptor that somebody else made non-blocking, or a disk that is full, is tried again this often. */
const AGAIN_MS = 100;
/** Errors that say that nobody reads any more. */
const GONE: ReadonlySet<string | undefined> = new Set(["EPIPE", "EBADF", "ERR_STREAM_DESTROYED"]);

/** An output that never holds up whoever writes. */
export interface Output {
  /** Takes whole lines, or leaves them out when too much waits. */
  write(text: string): void;
  /** Resolves when what waits is written, or has waited long enough: true when nothing waits any more. */
  flushed(): Promise<boolean>;
}

/** How an output is told of, and tells of, what goes wrong. */
export interface OutputOptions {
  /** The line that says how many writes were left out. */
  readonly leftOut: (count: number) => string;
  /** Writing failed, though a reader is there: a full disk. Called once until it works again. */
  readonly failed: (message: string) => void;
  /** Nobody reads any more. */
  readonly gone: () => void;
}

interface WriteError {
  readonly code?: string | undefined;
  readonly message: string;
}

/** Writes some bytes and tells how many; the rest is written again. */
export type WriteSome = (bytes: Uint8Array, done: (error: WriteError | null, written: number) => void) => void;

/** How a standard stream is written to so that a reader that stands still blocks nothing. */
export function writerOf(stream: NodeJS.WriteStream, fd: 1 | 2): WriteSome {
  // In Deno a write to a stream or a descriptor of node's holds up everything.
  const { Deno: deno } = globalThis as { Deno?: Record<"stdout" | "stderr", { write(bytes: Uint8Array): Promise<number> }> };
  if (isPipe(fd)) {
    const to = deno ? new Socket({ fd, readable: false, writable: true }) : stream;
    to.on("error", () => undefined); // each write hears of it
    return (bytes, done) => void to.write(bytes, (error) => done(error ?? null, bytes.length));
  }
  if (deno && isatty(fd)) {
    const to = deno[fd === 1 ? "stdout" : "stderr"];
    return (bytes, done) =>
      void to.write(bytes).then(
        (written) => done(null, written),
        (error: Error) => done(error, 0),
      );
  }
  // Streams hold up everything on a terminal that was stopped by Ctrl-S, and say nothing more once a disk was full.
  return (bytes, done) => writeFile(fd, bytes, 0, bytes.length, null, done);
}

function isPipe(fd: number): boolean {
  try {
    const kind = fstatSync(fd);
    return kind.isFIFO() || kind.isSocket();
  } catch {
    return false;
  }
}

/** An output over a way to write. */
export function boundedOutput(some: WriteSome, options: OutputOptions): Output {
  const output = new BoundedOutput(some, options);
  return { write: (text) => output.write(text), flushed: () => output.flushed() };
}

class BoundedOutput implements Output {
  readonly #some: WriteSome;
  readonly #options: OutputOptions;
  readonly #waiting: WaitingLines;
  /** What is being written; empty when nothing is. */
  #current: Uint8Array = new Uint8Array();
  /** Whether `failed` was called since it last worked. */
  #isFailing = false;
  #closed = false;
  /** They are called once nothing waits. */
  readonly #listeners: (() => void)[] = [];
  readonly #written = (error: WriteError | null, count: number) => {
    if (error === null) this.#goOn(count);
    else if (GONE.has(error.code)) this.#close();
    else this.#tryAgain(error);
  };

  constructor(some: WriteSome, options: OutputOptions) {
    this.#some = some;
    this.#options = options;
    this.#waiting = new WaitingLines(options.leftOut);
  }

  write(text: string): void {
    if (this.#closed) return;
    this.#waiting.add(text);
    if (this.#current.length === 0) this.#next();
  }

  async flushed(): Promise<boolean> {
    if (this.#closed || this.#current.length === 0) return true;
    return new Promise((resolve) => {
      this.#listeners.push(() => resolve(true));
      setTimeout(() => resolve(false), LAST_WORDS_MS);
    });
  }

  #next(): void {
    this.#current = this.#waiting.take();
    if (this.#current.length > 0) this.#some(this.#current, this.#written);
    else this.#tell();
  }

  #goOn(count: number): void {
    this.#isFailing = false;
    this.#current = this.#current.subarray(count);
    if (this.#current.length > 0) this.#some(this.#current, this.#written);
    else this.#next();
  }

  #close(): void {
    this.#closed = true;
    this.#current = new Uint8Array();
    this.#tell();
    this.#options.gone();
  }

  #tryAgain({ code, message }: WriteError): void {
    const isFailure = code !== "EAGAIN";
    if (isFailure && !this.#isFailing) this.#options.failed(message);
    this.#isFailing ||= isFailure;
    setTimeout(() => this.#some(this.#current, this.#written), AGAIN_MS).unref();
  }

  #tell(): void {
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

/** Lines that wait to be written; those that are too many are left out and counted. */
class WaitingLines {
  readonly #leftOut: (count: number) => string;
  #lines: string[] = [];
  #bytes = 0;
  #skipped = 0;

  /** @param leftOut The line that says how many were left out. */
  constructor(leftOut: (count: number) => string) {
    this.#leftOut = leftOut;
  }

  /** Lines are left out until all that waited is written: what is said of them then stands where they are missing. */
  add(text: string): void {
    if (this.#skipped > 0 || this.#bytes + text.length > WAITING_BYTES) {
      this.#skipped += 1;
      return;
    }
    this.#lines.push(text);
    this.#bytes += text.length;
  }

  /** All that waits; empty when nothing does. */
  take(): Uint8Array {
    if (this.#skipped > 0 && this.#lines.length === 0) {
      this.#lines.push(this.#leftOut(this.#skipped));
      this.#skipped = 0;
    }
    const bytes = Buffer.from(this.#lines.join(""));
    this.#lines = [];
    this.#bytes = 0;
    return bytes;
  }
}
