// node:fs: the synchronous functions, those that call back, and `promises`. Not here: streams of files, watching, links' own owners and
// times, and whatever else the names of this module do not have.

import { checkFunction } from "./errors.ts";
import { constants } from "./files/constants.ts";
import * as descriptors from "./files/descriptors.ts";
import * as folders from "./files/folders.ts";
import * as paths from "./files/paths.ts";
import * as promises from "./fs_promises.ts";

export {
  closeSync,
  fchmodSync,
  fchownSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  readSync,
  writeSync,
} from "./files/descriptors.ts";
export { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from "./files/folders.ts";
export {
  accessSync,
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "./files/paths.ts";
export { BigIntStats, Dirent, Stats } from "./files/stats.ts";
export { constants, promises };

type Done = (error: unknown, ...results: unknown[]) => void;
type Arguments<A extends unknown[]> = (...args: [...A, Done] | [...Partial<A>, Done] | unknown[]) => void;

/** A function that calls back with what a promise gives. */
function calling<A extends unknown[]>(call: (...args: A) => unknown): Arguments<A> {
  return (...args) => {
    const done = args.pop() as Done;
    checkFunction(done, "cb");
    Promise.resolve()
      .then(() => call(...(args as A)))
      .then(
        (result) => process.nextTick(done, null, result),
        (thrown) => process.nextTick(done, thrown),
      );
  };
}

/** A function on a descriptor that does its work at once, and calls back with the result and what it was given. */
function callingWith<A extends unknown[]>(call: (fd: number, data: never, ...args: A) => number) {
  return (fd: number, data: unknown, ...args: unknown[]): void => {
    const done = args.pop() as Done;
    checkFunction(done, "cb");
    let results: unknown[];
    try {
      results = [null, call(fd, data as never, ...(args as A)), data];
    } catch (thrown) {
      if (!(thrown instanceof Error && "syscall" in thrown)) throw thrown;
      results = [thrown];
    }
    process.nextTick(() => done(...(results as [unknown])));
  };
}

/** Functions of the names of node:fs, which call back. */
export const read = callingWith(descriptors.readSync);
export const write = callingWith(descriptors.writeSync);
export const close = calling(descriptors.closeSync);
export const fchmod = calling(descriptors.fchmodSync);
export const fchown = calling(descriptors.fchownSync);
export const fdatasync = calling(descriptors.fdatasyncSync);
export const fstat = calling(descriptors.fstatSync as (fd: number) => unknown);
export const fsync = calling(descriptors.fsyncSync);
export const ftruncate = calling(descriptors.ftruncateSync);
export const open = calling(paths.openSync);
export const access = calling(promises.access);
export const appendFile = calling(promises.appendFile);
export const chmod = calling(promises.chmod);
export const chown = calling(promises.chown);
export const copyFile = calling(promises.copyFile);
export const link = calling(promises.link);
export const lstat = calling(promises.lstat);
export const mkdir = calling(promises.mkdir);
export const mkdtemp = calling(promises.mkdtemp);
export const readdir = calling(promises.readdir);
export const readFile = calling(promises.readFile as (file: string) => Promise<unknown>);
export const readlink = calling(promises.readlink);
export const realpath = calling(promises.realpath);
export const rename = calling(promises.rename);
export const rm = calling(promises.rm);
export const rmdir = calling(promises.rmdir);
export const stat = calling(promises.stat);
export const symlink = calling(promises.symlink);
export const truncate = calling(promises.truncate);
export const unlink = calling(promises.unlink);
export const utimes = calling(promises.utimes);
export const writeFile = calling(promises.writeFile);

const { done: _, ...ofDescriptors } = descriptors;
const { realpathNative: __, ...ofPaths } = paths;

export default {
  ...ofDescriptors,
  ...folders,
  ...ofPaths,
  constants,
  promises,
  read,
  write,
  close,
  open,
  fstat,
  fsync,
  access,
  appendFile,
  chmod,
  chown,
  copyFile,
  link,
  lstat,
  mkdir,
  mkdtemp,
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
