// Changes a file that belongs to the system: at once where it can be, in place where it must be, and never over another
// program's change.

import { type FileHandle, lstat, open, readFile, realpath, rm, stat } from "node:fs/promises";
import { NoRouterError } from "../../core/mod.ts";
import { replaceFile, systemCodeOf } from "../support/files.ts";

/** Other programs write seldom; one that changes the file so often in a row fights with somebody. */
const TRIES = 10;
/** The folder may not be written, the file is mounted by itself (EBUSY), or its owner is nobody here (EINVAL). */
const IN_PLACE: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS", "EBUSY", "EXDEV", "EINVAL"]);

/** A file as it was read. */
interface Found {
  readonly bytes: Uint8Array;
  readonly mode: number;
  /** Undefined for a file that is not there. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Gives a file other bytes; mode and owner stay. A symlink is followed. A file that is not there is empty, and made.
 * @param change Gives the new bytes from the old; asked again when another program was quicker.
 * @param copy Put the old bytes beside the file first, `.norouter-backup` at the end of the name, unless that is there.
 * @returns whether the file was made
 * @throws NoRouterError `file-failed`, or the system's error; the file is then as it was
 */
export async function changeFile(
  path: string,
  change: (old: Uint8Array) => Uint8Array,
  { copy }: { readonly copy: boolean },
): Promise<boolean> {
  const real = await realPath(path);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const old = await found(real);
    const wanted = change(old.bytes);
    if (same(old.bytes, wanted)) return false;
    if (copy) await backUp(real, old);
    if (await written(real, old, wanted)) return old.owner === undefined;
  }
  throw new NoRouterError("file-failed", `Cannot write ${path}: Another program keeps changing it`);
}

/** Removes the copy that {@link changeFile} made when the file is what it was before; and the file, if it was made and is empty. */
export async function cleanUp(path: string, wasMade: boolean): Promise<void> {
  const real = await realPath(path);
  const backup = backupOf(real);
  const left = await found(real);
  if (wasMade && left.bytes.length === 0) await rm(real, { force: true });
  const copy = await lstat(backup).catch(() => undefined);
  if (copy?.isFile() && same(await readFile(backup), left.bytes)) await rm(backup, { force: true });
}

function backupOf(path: string): string {
  return `${path}.norouter-backup`;
}

async function realPath(path: string): Promise<string> {
  return realpath(path).catch((thrown: unknown) => {
    if (systemCodeOf(thrown) === "ENOENT") return path;
    throw thrown;
  });
}

async function found(path: string): Promise<Found> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw new NoRouterError("file-failed", `Cannot write ${path}: It is not a regular file`);
    return { bytes: await readFile(path), mode: stats.mode & 0o7777, owner: { uid: stats.uid, gid: stats.gid } };
  } catch (thrown) {
    if (systemCodeOf(thrown) !== "ENOENT") throw thrown;
    return { bytes: new Uint8Array(), mode: 0o644, owner: undefined };
  }
}

/** Without the right to make a file there is no copy: writing in place then restores by itself what it cannot finish. */
async function backUp(path: string, { bytes, mode, owner }: Found): Promise<void> {
  const backup = backupOf(path);
  if (!owner || (await lstat(backup).catch(() => undefined))) return;
  try {
    await replaceFile(backup, bytes, { mode, owner });
  } catch (thrown) {
    if (!IN_PLACE.has(systemCodeOf(thrown))) throw thrown;
  }
}

/** False when another program changed the file since it was read; it is then left alone. */
async function written(path: string, old: Found, wanted: Uint8Array): Promise<boolean> {
  const isOld = async () => same((await found(path)).bytes, old.bytes);
  const CHANGED = new Error("changed");
  const ready = async () => {
    if (!(await isOld())) throw CHANGED;
  };
  try {
    await replaceFile(path, wanted, { mode: old.mode, ready, ...(old.owner ? { owner: old.owner } : {}) });
    return true;
  } catch (thrown) {
    if (thrown === CHANGED) return false;
    if (!old.owner || !IN_PLACE.has(systemCodeOf(thrown))) throw thrown;
  }
  if (!(await isOld())) return false;
  await overwrite(path, old.bytes, wanted);
  return true;
}

/** Keeps the file itself, as a mount of it does. On a disk that is full the old bytes fit where they were. */
async function overwrite(path: string, old: Uint8Array, wanted: Uint8Array): Promise<void> {
  const file = await open(path, "r+");
  try {
    await fill(file, wanted);
  } catch (thrown) {
    await fill(file, old).catch(() => undefined);
    throw thrown;
  } finally {
    await file.close();
  }
}

/** Cuts off what is too much last, so that no moment has a file without its old or new lines. */
async function fill(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at, bytes.length - at, at)).bytesWritten;
  await file.truncate(bytes.length);
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
