// Functions of node:fs on folders, and the removal of whole trees.

import * as host from "engine:host";
import { coded, fileError } from "../errors.ts";
import { dirname, join } from "../path.ts";
import { type EncodingOptions, type Mode, modeOf, nameAs, type PathLike, pathOf } from "./arguments.ts";
import { constants } from "./constants.ts";
import { Dirent } from "./stats.ts";

const ENOENT = -2;
const EEXIST = -17;
const ENOTDIR = -20;
const ENOTEMPTY = -39;
const NEW_FOLDER = 0o777;

/** How a folder is made. */
export type MkdirOptions = Mode | { readonly recursive?: boolean | undefined; readonly mode?: Mode };

function isFolder(path: string, followsLinks: boolean): boolean {
  const facts = host.stat(path, followsLinks);
  return typeof facts !== "number" && (facts[0] & constants.S_IFMT) === constants.S_IFDIR;
}

/** Makes a folder; `recursive`, those above too. Gives the first one that was made, where `recursive`. */
export function mkdirSync(path: PathLike, options?: MkdirOptions): string | undefined {
  const given = typeof options === "object" && options !== null ? options : { mode: options };
  const wanted = pathOf(path);
  const mode = modeOf(given.mode, NEW_FOLDER);
  if (given.recursive) return makeAll(wanted, mode);
  const failed = host.mkdir(wanted, mode);
  if (failed < 0) throw fileError(failed, "mkdir", wanted);
  return undefined;
}

function makeAll(path: string, mode: number): string | undefined {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const failed = host.mkdir(at, mode);
    if (failed === ENOENT && dirname(at) !== at) {
      missing.push(at);
      continue;
    }
    const isThere = failed < 0 && isFolder(at, true);
    if (failed < 0 && !isThere) throw fileError(failed === EEXIST && missing.length > 0 ? ENOTDIR : failed, "mkdir", path);
    for (const below of missing.toReversed()) {
      const more = host.mkdir(below, mode);
      if (more < 0 && !(more === EEXIST && isFolder(below, true))) throw fileError(more, "mkdir", path);
    }
    return isThere ? missing.at(-1) : at;
  }
}

/** Makes a folder whose name begins so, and gives its path. */
export function mkdtempSync(prefix: PathLike, options?: EncodingOptions): string {
  const template = `${pathOf(prefix, "prefix")}XXXXXX`;
  const made = host.mkdtemp(template);
  if (typeof made === "number") throw fileError(made, "mkdtemp", template);
  return nameAs(made, options);
}

/** Removes an empty folder. */
export function rmdirSync(path: PathLike): void {
  const failed = host.rmdir(pathOf(path));
  if (failed < 0) throw fileError(failed, "rmdir", pathOf(path));
}

/** How a folder is read. */
export interface ReaddirOptions {
  readonly encoding?: BufferEncoding | null | undefined;
  readonly withFileTypes?: boolean | undefined;
  readonly recursive?: boolean | undefined;
}

/** The entries of a folder, sorted by name; `recursive`: of those in it too. */
export function readdirSync(path: PathLike, options: ReaddirOptions & { readonly withFileTypes: true }): Dirent[];
export function readdirSync(
  path: PathLike,
  options?: BufferEncoding | null | (ReaddirOptions & { readonly withFileTypes?: false }),
): string[];
export function readdirSync(path: PathLike, options?: BufferEncoding | null | ReaddirOptions): string[] | Dirent[] {
  const { withFileTypes = false, recursive = false } = typeof options === "object" && options !== null ? options : {};
  nameAs("", options);
  const top = pathOf(path);
  const found: Dirent[] = [];
  const folders = [top];
  for (const folder of folders) {
    for (const entry of entriesOf(folder)) {
      found.push(entry);
      if (recursive && entry.isDirectory()) folders.push(join(folder, entry.name));
    }
  }
  if (withFileTypes) return found;
  const above = join(top, "/").length;
  return found.map(({ parentPath, name }) => (parentPath === top ? name : join(parentPath, name).slice(top === "." ? 0 : above)));
}

function entriesOf(folder: string): Dirent[] {
  const all = host.readdir(folder);
  if (typeof all === "number") throw fileError(all, "scandir", folder);
  return all.map(([name, type]) => new Dirent(name, folder, type)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** How something is removed. */
export interface RmOptions {
  /** Nothing there is no failure. */
  readonly force?: boolean | undefined;
  readonly recursive?: boolean | undefined;
}

/** Removes a file, or with `recursive` a folder and all in it; symbolic links are removed, not followed. */
export function rmSync(path: PathLike, { force = false, recursive = false }: RmOptions = {}): void {
  const wanted = pathOf(path);
  const facts = host.stat(wanted, false);
  if (typeof facts === "number") {
    if (force && facts === ENOENT) return;
    throw fileError(facts, "lstat", wanted);
  }
  if ((facts[0] & constants.S_IFMT) !== constants.S_IFDIR) {
    removeFile(wanted);
    return;
  }
  if (!recursive) throw isDirectoryError(wanted);
  removeTree(wanted);
}

function removeFile(path: string): void {
  const failed = host.unlink(path);
  if (failed < 0 && failed !== ENOENT) throw fileError(failed, "unlink", path);
}

/** Removes a folder with what is in it; what somebody else removes meanwhile is no failure. */
function removeTree(folder: string): void {
  const failed = host.removeTree(folder);
  if (failed === undefined) return;
  const [errno, syscall, path] = failed;
  throw fileError(errno, errno === ENOTEMPTY ? "rm" : syscall, path);
}

function isDirectoryError(path: string): Error {
  const info = { code: "EISDIR", message: "is a directory", path, syscall: "rm", errno: 21 };
  const error = coded("ERR_FS_EISDIR", `Path is a directory: rm returned EISDIR (is a directory) ${path}`);
  return Object.assign(error, { name: "SystemError", info, errno: info.errno, syscall: info.syscall, path });
}
