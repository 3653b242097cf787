// Tells when the content of a file has changed and the writer is done: written in place, replaced by rename, behind a symlink,
// or in a folder that is swapped as a whole.

import { readFileSync, statSync } from "node:fs";

/** How often the file is looked at, in milliseconds. One `stat` works on every file system and through every symlink. */
const LOOK_MS = 200;
/** A file that looks as if it was written in part only has to stay as it is for so long, in milliseconds. */
const CUT_MS = 2000;

/** A file that is watched. */
export interface FileWatch {
  close(): void;
}

/** What is told of a watched file. */
export interface WatchListener {
  /** The content is another one than the last that was told, and stays as it is. */
  changed(bytes: Uint8Array): void;
  /** The file is gone, or cannot be read; told once until it is there again. */
  lost(thrown: unknown): void;
}

/**
 * Watches a file.
 * @param bytes What it held when it was read last.
 */
export function watchFile(path: string, bytes: Uint8Array, { changed, lost }: WatchListener): FileWatch {
  let known = bytes;
  /** What the last look saw, and since when it has been so. */
  let seen = "";
  let since = 0;
  /** What was looked at is told, or was not worth telling. */
  let isDone = false;

  const look = (): void => {
    const now = performance.now();
    const looks = looksOf(path);
    if (looks !== seen) {
      [seen, since, isDone] = [looks, now, false];
      return;
    }
    if (isDone) return;
    let read: Uint8Array;
    try {
      read = readFileSync(path);
    } catch (thrown) {
      if (now - since < CUT_MS) return;
      isDone = true;
      lost(thrown);
      return;
    }
    // It changed while it was read: the next look sees that.
    if (looksOf(path) !== looks) return;
    if (Buffer.compare(read, known) !== 0) {
      if (looksCut(read, known) && now - since < CUT_MS) return;
      known = read;
      changed(read);
    }
    isDone = true;
  };
  const timer = setInterval(look, LOOK_MS);
  return { close: () => clearInterval(timer) };
}

/** What differs whenever the file was written or is another one. */
function looksOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (thrown) {
    return String((thrown as { code?: unknown }).code);
  }
}

/** Whether a text may be the first part of one that is being written: empty, without a line's end, or the beginning of the one before. */
function looksCut(text: Uint8Array, before: Uint8Array): boolean {
  return text.at(-1) !== 0x0a || Buffer.compare(text, before.subarray(0, text.length)) === 0;
}
