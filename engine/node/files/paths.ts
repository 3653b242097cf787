// Functions of node:fs on paths, all of which return when the system has done it.

import * as host from "engine:host";
import { fileError } from "../errors.ts";
import { resolve } from "../path.ts";
import {
  type Data,
  dataOf,
  type Encoding,
  type EncodingOptions,
  encoded,
  encodingOf,
  type Mode,
  modeOf,
  nameAs,
  type PathLike,
  pathOf,
  type WriteOptions,
} from "./arguments.ts";
import { constants, flagsOf } from "./constants.ts";
import { readAllSync, writeAllSync } from "./contents.ts";
import { done } from "./descriptors.ts";
import { BigIntStats, Stats } from "./stats.ts";

const ENOENT = -2;
const ENOTDIR = -20;
const NEW_FILE = 0o666;

/** @throws SystemError for a number below zero */
function succeed(result: number, syscall: string, path: string, dest?: string): void {
  if (result < 0) throw fileError(result, syscall, path, dest);
}

/** How a file is asked about. */
export interface StatOptions {
  readonly bigint?: boolean | undefined;
  /** Without it a file that is not there is `undefined`. */
  readonly throwIfNoEntry?: boolean | undefined;
}

/** What is told of a file, as the options want it. */
type StatResult<O extends StatOptions> =
  | (O extends { readonly bigint: true } ? BigIntStats : Stats)
  | (O extends { readonly throwIfNoEntry: false } ? undefined : never);

function ask(path: PathLike, { bigint = false, throwIfNoEntry = true }: StatOptions, followsLinks: boolean): unknown {
  const wanted = pathOf(path);
  const facts = host.stat(wanted, followsLinks);
  if (typeof facts !== "number") return bigint ? new BigIntStats(facts) : new Stats(facts);
  if (!throwIfNoEntry && (facts === ENOENT || (facts === ENOTDIR && followsLinks))) return undefined;
  throw fileError(facts, followsLinks ? "stat" : "lstat", wanted);
}

/** What the system tells of a file. */
export function statSync<const O extends StatOptions = Record<never, never>>(path: PathLike, options?: O): StatResult<O> {
  return ask(path, options ?? {}, true) as StatResult<O>;
}

/** {@link statSync} of a symbolic link itself. */
export function lstatSync<const O extends StatOptions = Record<never, never>>(path: PathLike, options?: O): StatResult<O> {
  return ask(path, options ?? {}, false) as StatResult<O>;
}

/** Whether there is something at a path; false where that cannot be seen. */
export function existsSync(path: unknown): boolean {
  try {
    return host.access(pathOf(path), constants.F_OK) === 0;
  } catch {
    return false;
  }
}

/** Throws where a file cannot be used in the ways that `mode` has (access(2)). */
export function accessSync(path: PathLike, mode: number = constants.F_OK): void {
  succeed(host.access(pathOf(path), mode), "access", pathOf(path));
}

/** Opens a file and gives its descriptor. */
export function openSync(path: PathLike, flags?: string | number | null, mode?: Mode): number {
  const wanted = pathOf(path);
  const fd = host.open(wanted, flagsOf(flags), modeOf(mode, NEW_FILE));
  succeed(fd, "open", wanted);
  return fd;
}

/** Opens a file, or takes a descriptor, for as long as `use` runs. */
function withFile<T>(file: PathLike | number, flags: string | number, mode: Mode, use: (fd: number) => T): T {
  if (typeof file === "number") return use(file);
  const fd = openSync(file, flags, mode);
  try {
    return use(fd);
  } finally {
    host.close(fd);
  }
}

/** The content of a file. */
export function readFileSync(
  file: PathLike | number,
  options?: null | { readonly encoding?: null; readonly flag?: string },
): Buffer;
export function readFileSync(
  file: PathLike | number,
  options: BufferEncoding | { readonly encoding: BufferEncoding; readonly flag?: string },
): string;
export function readFileSync(
  file: PathLike | number,
  options?: Encoding | { readonly encoding?: Encoding; readonly flag?: string },
): string | Buffer;
export function readFileSync(
  file: PathLike | number,
  options?: Encoding | { readonly encoding?: Encoding; readonly flag?: string },
): string | Buffer {
  encodingOf(options);
  const flag = typeof options === "object" ? (options?.flag ?? "r") : "r";
  return encoded(withFile(file, flag, undefined, readAllSync), options);
}

/** Makes a file of this content, in place of what there is. */
export function writeFileSync(file: PathLike | number, data: Data, options?: WriteOptions): void {
  const { flag = "w", mode, flush = false } = typeof options === "object" && options !== null ? options : {};
  const bytes = dataOf(data, options);
  withFile(file, flag, mode, (fd) => {
    writeAllSync(fd, bytes);
    if (flush) done(host.fsync(fd), "fsync");
  });
}

/** Adds to the end of a file. */
export function appendFileSync(file: PathLike | number, data: Data, options?: WriteOptions): void {
  const given = typeof options === "object" && options !== null ? options : { encoding: options as Encoding };
  writeFileSync(file, data, { flag: "a", ...given });
}

/** Copies a file with its mode; one that is the target itself stays. @param mode `COPYFILE_EXCL`: not over another one */
export function copyFileSync(from: PathLike, to: PathLike, mode = 0): void {
  const [source, target] = [pathOf(from, "src"), pathOf(to, "dest")];
  const checked = (result: number) => {
    succeed(result, "copyfile", source, target);
    return result;
  };
  const read = checked(host.open(source, constants.O_RDONLY, 0));
  try {
    const facts = host.fstat(read);
    const permissions = typeof facts === "number" ? NEW_FILE : facts[0] & 0o7777;
    const exclusive = mode & constants.COPYFILE_EXCL ? constants.O_EXCL : 0;
    const written = checked(host.open(target, constants.O_WRONLY | constants.O_CREAT | exclusive, permissions));
    try {
      if (!host.isSameFile(read, written)) copyInto(read, written, target, permissions, checked);
    } finally {
      host.close(written);
    }
  } finally {
    host.close(read);
  }
}

const COPIED_AT_ONCE = 64 * 1024;

/** Puts the content of one file in place of another's; a file that cannot be finished is removed. A device is only written to. */
function copyInto(from: number, to: number, target: string, mode: number, checked: (result: number) => number): void {
  const facts = host.fstat(to);
  const isFile = typeof facts !== "number" && (facts[0] & constants.S_IFMT) === constants.S_IFREG;
  try {
    if (isFile) {
      checked(host.ftruncate(to, 0));
      checked(host.fchmod(to, mode));
    }
    const buffer = new Uint8Array(COPIED_AT_ONCE);
    for (;;) {
      const count = checked(host.readAt(from, buffer, 0, buffer.length, -1));
      if (count === 0) return;
      writeAllSync(to, buffer.subarray(0, count));
    }
  } catch (error) {
    if (isFile) host.unlink(target);
    throw error;
  }
}

/** Removes a file or a symbolic link. */
export function unlinkSync(path: PathLike): void {
  succeed(host.unlink(pathOf(path)), "unlink", pathOf(path));
}

/** Moves a file or a folder. */
export function renameSync(from: PathLike, to: PathLike): void {
  const [source, target] = [pathOf(from, "oldPath"), pathOf(to, "newPath")];
  succeed(host.rename(source, target), "rename", source, target);
}

/** Makes another name for a file. */
export function linkSync(existing: PathLike, path: PathLike): void {
  const [source, target] = [pathOf(existing, "existingPath"), pathOf(path, "newPath")];
  succeed(host.link(source, target), "link", source, target);
}

/** Makes a symbolic link. */
export function symlinkSync(target: PathLike, path: PathLike): void {
  const [wanted, place] = [pathOf(target, "target"), pathOf(path)];
  succeed(host.symlink(wanted, place), "symlink", wanted, place);
}

/** Where a symbolic link leads to. */
export function readlinkSync(path: PathLike, options?: EncodingOptions): string {
  const found = host.readlink(pathOf(path));
  if (typeof found === "number") throw fileError(found, "readlink", pathOf(path));
  return nameAs(found, options);
}

/** The path without symbolic links. */
export function realpathSync(path: PathLike, options?: EncodingOptions): string {
  const found = host.realpath(pathOf(path));
  if (typeof found === "number") throw fileError(found, "lstat", resolve(pathOf(path)));
  return nameAs(found, options);
}
realpathSync.native = realpathNative;

/** {@link realpathSync} with the error of realpath(3). */
export function realpathNative(path: PathLike, options?: EncodingOptions): string {
  const found = host.realpath(pathOf(path));
  if (typeof found === "number") throw fileError(found, "realpath", pathOf(path));
  return nameAs(found, options);
}

/** Sets the mode of a file. */
export function chmodSync(path: PathLike, mode: Mode): void {
  succeed(host.chmod(pathOf(path), modeOf(mode, 0)), "chmod", pathOf(path));
}

/** Sets the owner of a file. */
export function chownSync(path: PathLike, uid: number, gid: number): void {
  succeed(host.chown(pathOf(path), uid, gid), "chown", pathOf(path));
}

/** A time as `utimes` takes it: a date, or seconds. */
export type Time = Date | number | string;

const milliseconds = (time: Time): number => (time instanceof Date ? time.getTime() : Number(time) * 1000);

/** Sets the times of the last access and of the last change. */
export function utimesSync(path: PathLike, access: Time, modification: Time): void {
  succeed(host.utimes(pathOf(path), milliseconds(access), milliseconds(modification)), "utime", pathOf(path));
}

/** Cuts a file off, or fills it with zeros, up to a length. */
export function truncateSync(file: PathLike | number, length = 0): void {
  withFile(file, "r+", undefined, (fd) => done(host.ftruncate(fd, Math.max(0, length)), "ftruncate"));
}
