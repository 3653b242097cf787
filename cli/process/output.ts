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
export function boundedOutput(some: WriteSome, { leftOut, failed, gone }: OutputOptions): Output {
  let waiting: string[] = [];
  let waitingBytes = 0;
  let skipped = 0;
  let isFailing = false;
  let closed = false;
  /** What is being written; empty when nothing is. */
  let current = new Uint8Array();
  const listeners: (() => void)[] = [];

  function next(): void {
    if (current.length > 0) return;
    if (skipped > 0 && waiting.length === 0) {
      waiting.push(leftOut(skipped));
      skipped = 0;
    }
    current = Buffer.from(waiting.join(""));
    waiting = [];
    waitingBytes = 0;
    if (current.length > 0) some(current, written);
    else for (const listener of listeners.splice(0)) listener();
  }

  function written(error: WriteError | null, count: number): void {
    if (error === null) {
      isFailing = false;
      current = current.subarray(count);
      if (current.length > 0) some(current, written);
      else next();
    } else if (error.code === "EPIPE" || error.code === "EBADF" || error.code === "ERR_STREAM_DESTROYED") {
      closed = true;
      current = new Uint8Array();
      listeners.splice(0).forEach((listener) => void listener());
      gone();
    } else {
      if (!isFailing && error.code !== "EAGAIN") failed(error.message);
      isFailing ||= error.code !== "EAGAIN";
      setTimeout(() => some(current, written), AGAIN_MS).unref();
    }
  }

  return {
    write(text) {
      if (closed) return;
      // Lines are left out until all that waited is written: what is said of them then stands where they are missing.
      if (skipped > 0 || waitingBytes + text.length > WAITING_BYTES) {
        skipped += 1;
      } else {
        waiting.push(text);
        waitingBytes += text.length;
      }
      next();
    },
    async flushed() {
      if (closed || current.length === 0) return true;
      return new Promise((resolve) => {
        listeners.push(() => resolve(true));
        setTimeout(() => resolve(false), LAST_WORDS_MS);
      });
    },
  };
}
