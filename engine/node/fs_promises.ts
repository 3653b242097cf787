// node:fs/promises. What is done to files is done before the promise is there; what reads and writes pipes, sockets and devices waits for
// them without holding up anything else. For that, opening never waits: a named pipe that nobody writes to reads as empty, and one that
// nobody reads cannot be opened for writing (`ENXIO`).

import type { Data, Encoding, Mode, PathLike, WriteOptions } from "./files/arguments.ts";
import { constants, flagsOf } from "./files/constants.ts";
import * as folders from "./files/folders.ts";
import { FileHandle, type WholeOptions } from "./files/handle.ts";
import * as paths from "./files/paths.ts";

export { constants };

/** A function that does at once what it gives a promise for. */
function promised<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => Promise<R> {
  return async (...args) => call(...args);
}

/** Functions of the names of node:fs. */
export const access = promised(paths.accessSync);
export const appendFile = async (file: PathLike | FileHandle, data: Data, options?: WriteOptions & WholeOptions): Promise<void> =>
  writeFile(file, data, { flag: "a", ...(typeof options === "object" ? options : { encoding: options }) });
export const chmod = promised(paths.chmodSync);
export const chown = promised(paths.chownSync);
export const copyFile = promised(paths.copyFileSync);
export const link = promised(paths.linkSync);
export const mkdir = promised(folders.mkdirSync);
export const mkdtemp = promised(folders.mkdtempSync);
export const readlink = promised(paths.readlinkSync);
export const realpath = promised(paths.realpathNative);
export const rename = promised(paths.renameSync);
export const rm = promised(folders.rmSync);
export const rmdir = promised(folders.rmdirSync);
export const symlink = promised(paths.symlinkSync);
export const truncate = promised(paths.truncateSync);
export const unlink = promised(paths.unlinkSync);
export const utimes = promised(paths.utimesSync);
export const stat = (async (path: PathLike, options?: paths.StatOptions) => paths.statSync(path, options)) as AsyncStat;
export const lstat = (async (path: PathLike, options?: paths.StatOptions) => paths.lstatSync(path, options)) as AsyncStat;
export const readdir = promised(folders.readdirSync) as AsyncReaddir;

type AsyncStat = <const O extends paths.StatOptions = Record<never, never>>(
  path: PathLike,
  options?: O,
) => Promise<ReturnType<typeof paths.statSync<O>>>;

interface AsyncReaddir {
  (
    path: PathLike,
    options: folders.ReaddirOptions & { readonly withFileTypes: true },
  ): Promise<ReturnType<typeof folders.readdirSync>>;
  (
    path: PathLike,
    options?: BufferEncoding | null | (folders.ReaddirOptions & { readonly withFileTypes?: false }),
  ): Promise<string[]>;
}

/** Opens a file. */
export async function open(path: PathLike, flags?: string | number | null, mode?: Mode): Promise<FileHandle> {
  return new FileHandle(paths.openSync(path, flagsOf(flags) | constants.O_NONBLOCK, mode));
}

/** Opens a file, or takes one that is open, for as long as `use` runs. */
async function withFile<T>(
  file: PathLike | FileHandle,
  flags: string | number,
  mode: Mode,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  if (file instanceof FileHandle) return use(file);
  const handle = await open(file, flags, mode);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

type ReadOptions = WholeOptions & { readonly flag?: string | number };

/** The content of a file. */
export async function readFile(
  file: PathLike | FileHandle,
  options: BufferEncoding | (ReadOptions & { readonly encoding: BufferEncoding }),
): Promise<string>;
export async function readFile(file: PathLike | FileHandle, options?: Encoding | ReadOptions): Promise<Buffer>;
export async function readFile(file: PathLike | FileHandle, options?: Encoding | ReadOptions): Promise<string | Buffer> {
  const given: ReadOptions = typeof options === "object" && options !== null ? options : { encoding: options };
  given.signal?.throwIfAborted();
  return withFile(file, given.flag ?? "r", undefined, (handle) => handle.readFile(given));
}

/** Makes a file of this content, in place of what there is. */
export async function writeFile(file: PathLike | FileHandle, data: Data, options?: WriteOptions & WholeOptions): Promise<void> {
  const given = typeof options === "object" && options !== null ? options : { encoding: options as Encoding };
  const { flag = "w", mode, flush = false } = given as Exclude<WriteOptions, Encoding>;
  (given as WholeOptions).signal?.throwIfAborted();
  await withFile(file, flag, mode, async (handle) => {
    await handle.writeFile(data, given as WriteOptions & WholeOptions);
    if (flush) await handle.sync();
  });
}

export default {
  access,
  appendFile,
  chmod,
  chown,
  constants,
  copyFile,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
};
