// Reading and writing whole contents of descriptors, of which it is not known how long they are, or whether they are ready.

import { close, fstat, open, readAt, setTimer, unwatch, watch, writeAt } from "engine:host";
import { fileError } from "../errors.ts";

const EAGAIN = -11;
const FIRST_BYTES = 8192;
/** Where readiness cannot be watched, because somebody watches already, it is tried again after so many milliseconds. */
const AGAIN_MS = 10;

/** Gathers what can be read from a descriptor. */
class Gathering {
  readonly #fd: number;
  #buffer: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(fd: number) {
    this.#fd = fd;
    const facts = fstat(fd);
    const size = typeof facts === "number" ? 0 : facts[1];
    // One byte more shows the end without another buffer.
    this.#buffer = new Uint8Array(size > 0 ? size + 1 : FIRST_BYTES);
  }

  /** Reads to the end and gives 0, or an error's number. */
  read(): number {
    for (;;) {
      const count = readAt(this.#fd, this.#buffer, this.#length, this.#buffer.length - this.#length, -1);
      if (count <= 0) return count;
      this.#length += count;
      if (this.#length === this.#buffer.length) this.#grow();
    }
  }

  get bytes(): Buffer {
    return Buffer.from(this.#buffer.buffer, 0, this.#length);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#buffer.length * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

/** All that can be read from a descriptor; waits for it, and holds up everything meanwhile. */
export function readAllSync(fd: number): Buffer {
  const gathering = new Gathering(fd);
  const failed = gathering.read();
  if (failed < 0) throw fileError(failed, "read");
  return gathering.bytes;
}

/** All that can be read from a descriptor, which is waited for where it is a pipe, a socket or a device. */
export async function readAll(fd: number, signal?: AbortSignal): Promise<Buffer> {
  const gathering = new Gathering(fd);
  for (;;) {
    const failed = gathering.read();
    if (failed === 0) return gathering.bytes;
    if (failed !== EAGAIN) throw fileError(failed, "read");
    await ready(fd, 1);
    signal?.throwIfAborted();
  }
}

/** The text of a small file of the system; undefined where it cannot be read. */
export function readTextFile(path: string): string | undefined {
  const fd = open(path, 0, 0);
  if (fd < 0) return undefined;
  try {
    return readAllSync(fd).toString();
  } catch {
    return undefined;
  } finally {
    close(fd);
  }
}

/** Writes all bytes. @param position -1: where the descriptor stands */
export function writeAllSync(fd: number, bytes: Uint8Array, position = -1): void {
  for (let at = 0; at < bytes.length; ) {
    const count = writeAt(fd, bytes, at, bytes.length - at, position < 0 ? -1 : position + at);
    if (count < 0) throw fileError(count, "write");
    at += count;
  }
}

/** Writes all bytes, and waits where the descriptor takes no more. */
export async function writeAll(fd: number, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const count = writeAt(fd, bytes, at, bytes.length - at, -1);
    if (count >= 0) at += count;
    else if (count === EAGAIN) await ready(fd, 2);
    else throw fileError(count, "write");
    signal?.throwIfAborted();
  }
}

/** Repeats a call until it says something else than that the descriptor is not ready. */
export async function whenReady(fd: number, interest: 1 | 2, call: () => number): Promise<number> {
  for (;;) {
    const result = call();
    if (result !== EAGAIN) return result;
    await ready(fd, interest);
  }
}

function ready(fd: number, interest: 1 | 2): Promise<void> {
  return new Promise((resolve) => {
    const failed = watch(fd, interest, () => {
      unwatch(fd);
      resolve();
    });
    if (failed < 0) setTimer(resolve, AGAIN_MS, false);
  });
}
