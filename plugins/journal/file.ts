// One open file that lines are added to: all of a text or nothing of it.

import { closeSync, fdatasync, fstatSync, fsync, ftruncateSync, open, openSync, statSync, write, writeSync } from "node:fs";
import { promisify } from "node:util";
import { fileError } from "../support/files.ts";

/** An open journal, or the next one. */
export class JournalFile {
  readonly path: string;
  readonly #fd: number;
  #bytes: number;
  /** A text was written in part, and could not be taken back yet. */
  #isTorn = false;

  private constructor(path: string, fd: number, bytes: number) {
    this.path = path;
    this.#fd = fd;
    this.#bytes = bytes;
  }

  /**
   * Opens a file for its user alone; makes it where there is none.
   * @param bytes How much of it counts; the rest is cut off.
   * @throws NoRouterError `file-denied`, `file-failed`, `disk-full`
   */
  static open(path: string, bytes: number): JournalFile {
    try {
      const fd = openSync(path, "a+", 0o600);
      try {
        if (fstatSync(fd).size > bytes) ftruncateSync(fd, bytes);
      } catch (thrown) {
        closeSync(fd);
        throw thrown;
      }
      return new JournalFile(path, fd, bytes);
    } catch (thrown) {
      throw fileError(path, thrown);
    }
  }

  /** How long it is. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Hands a text to the system, which has it then whatever becomes of this process.
   * @throws NoRouterError as {@link open}; the file is as it was
   */
  append(text: string): void {
    const bytes = Buffer.from(text);
    try {
      if (this.#isTorn) this.#takeBack();
      this.#isTorn = true;
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
      this.#isTorn = false;
      this.#bytes += bytes.length;
    } catch (thrown) {
      try {
        this.#takeBack();
      } catch {
        // The next text tries it again.
      }
      throw fileError(this.path, thrown);
    }
  }

  /** The same without holding up this process, for a file that nobody else adds to meanwhile. */
  async fill(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    try {
      for (let done = 0; done < bytes.length; ) {
        done += await someOf(this.#fd, bytes, done);
      }
      this.#bytes += bytes.length;
    } catch (thrown) {
      throw fileError(this.path, thrown);
    }
  }

  /** Resolves when the disk has what was appended before. @throws NoRouterError as {@link open} */
  async sync(): Promise<void> {
    try {
      await promisify(fdatasync)(this.#fd);
    } catch (thrown) {
      throw fileError(this.path, thrown);
    }
  }

  /** Whether its path leads to it: nobody moved it, removed it or put another in its place. */
  isInPlace(): boolean {
    const there = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    const { dev, ino } = fstatSync(this.#fd, { bigint: true });
    return there?.dev === dev && there.ino === ino;
  }

  /** The same open file under the name that it was given. */
  renamed(path: string): JournalFile {
    return new JournalFile(path, this.#fd, this.#bytes);
  }

  /** Closes it; it is not used again. */
  close(): void {
    closeSync(this.#fd);
  }

  #takeBack(): void {
    ftruncateSync(this.#fd, this.#bytes);
    this.#isTorn = false;
  }
}

/** Writes from a place on; resolves with how many bytes it were. */
function someOf(fd: number, bytes: Uint8Array, from: number): Promise<number> {
  return new Promise((resolve, reject) =>
    write(fd, bytes, from, bytes.length - from, null, (error, written) => (error ? reject(error) : resolve(written))),
  );
}

/** Resolves when the disk has the names in a folder; where folders cannot be flushed, as on some network file systems, at once. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const fd = await promisify(open)(path, "r");
    await promisify(fsync)(fd).finally(() => closeSync(fd));
  } catch {
    // The names are there for every process, and for the next start but that of a machine that lost power.
  }
}
