// Standard input, output and error as streams. Output is written at once, as Node's documents say of files, terminals and pipes on
// Linux; where a descriptor does not take it, because somebody made it non-blocking, the rest is written when it does.

import { builtinModule, isatty, read, setHolding, setInterest, setTimer, unwatch, watch, write } from "engine:host";
import { systemError } from "../errors.ts";
import type { Readable, Writable } from "../stream.ts";

const EAGAIN = -11;
/** Where readiness cannot be watched it is tried again after so many milliseconds. */
const AGAIN_MS = 10;
const READ_BYTES = 64 * 1024;

/** What the streams of this file have beside those of others. */
export interface StandardStream {
  readonly fd: number;
  readonly isTTY?: true;
}

type Done = (error?: Error | null) => void;

/** Standard output or error. It is never closed. */
export function outputStream(fd: 1 | 2): Writable & StandardStream {
  const { Writable: Base } = builtinModule("node:stream") as typeof import("../stream.ts");
  const stream = new Base({
    autoDestroy: false,
    emitClose: false,
    write: (chunk: Uint8Array, _encoding: string, done: Done) => writeAll(fd, chunk, 0, done),
  });
  stream.destroy = () => stream;
  return named(stream, fd);
}

function named<T extends object>(stream: T, fd: number): T & StandardStream {
  return Object.assign(stream, isatty(fd) ? { fd, isTTY: true as const } : { fd });
}

function writeAll(fd: number, bytes: Uint8Array, from: number, done: Done): void {
  let at = from;
  while (at < bytes.length) {
    const written = write(fd, bytes, at);
    if (written === EAGAIN) {
      whenWritable(fd, () => writeAll(fd, bytes, at, done));
      return;
    }
    if (written < 0) {
      done(systemError(written, "write"));
      return;
    }
    at += written;
  }
  done();
}

function whenWritable(fd: number, call: () => void): void {
  const failed = watch(fd, 2, () => {
    unwatch(fd);
    call();
  });
  if (failed < 0) setTimer(call, AGAIN_MS, false);
}

/** Standard input. It is read only while somebody wants its data, and the process stays for it only then. */
export function inputStream(): Readable & StandardStream {
  const { Readable: Base } = builtinModule("node:stream") as typeof import("../stream.ts");
  let isWatched: boolean | undefined;
  const readSome = () => {
    const buffer = new Uint8Array(READ_BYTES);
    const count = read(0, buffer);
    if (count === EAGAIN) return;
    if (count < 0) stream.destroy(systemError(count, "read"));
    else if (!stream.push(count === 0 ? null : Buffer.from(buffer.buffer, 0, count)) || count === 0) rest();
  };
  const rest = () => {
    if (isWatched !== true) return;
    setInterest(0, 0);
    setHolding(0, false);
  };
  const stream: Readable = new Base({
    read: () => {
      // A file is always ready, and cannot be watched.
      isWatched ??= watch(0, 1, readSome) >= 0;
      if (!isWatched) {
        readSome();
        return;
      }
      setInterest(0, 1);
      setHolding(0, true);
    },
    destroy: (error: Error | null, done: Done) => {
      if (isWatched === true) unwatch(0);
      isWatched = false;
      done(error);
    },
  });
  return named(stream, 0);
}
