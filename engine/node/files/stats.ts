// What the system tells of a file: `fs.Stats`, `fs.BigIntStats` and `fs.Dirent`.

import { type FileFacts, stat } from "engine:host";
import { constants } from "./constants.ts";

const BLOCK = 512;
const BLOCK_SIZE = 4096;

/** Kinds of files by the mode. */
abstract class Kinds<N extends number | bigint> {
  abstract readonly mode: N;

  #is(kind: number): boolean {
    return (Number(this.mode) & constants.S_IFMT) === kind;
  }

  isFile(): boolean {
    return this.#is(constants.S_IFREG);
  }

  isDirectory(): boolean {
    return this.#is(constants.S_IFDIR);
  }

  isSymbolicLink(): boolean {
    return this.#is(constants.S_IFLNK);
  }

  isFIFO(): boolean {
    return this.#is(constants.S_IFIFO);
  }

  isSocket(): boolean {
    return this.#is(constants.S_IFSOCK);
  }

  isCharacterDevice(): boolean {
    return this.#is(constants.S_IFCHR);
  }

  isBlockDevice(): boolean {
    return this.#is(constants.S_IFBLK);
  }
}

/** What the system tells of a file. `birthtime` is the time of the last change: the engine does not ask for the other. */
export class Stats extends Kinds<number> {
  readonly dev: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly blksize: number = BLOCK_SIZE;
  readonly ino: number;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;

  constructor([mode, size, uid, gid, ino, dev, nlink, atimeMs, mtimeMs, ctimeMs]: FileFacts) {
    super();
    this.dev = dev;
    this.mode = mode;
    this.nlink = nlink;
    this.uid = uid;
    this.gid = gid;
    this.ino = ino;
    this.size = size;
    this.blocks = Math.ceil(size / BLOCK);
    this.atimeMs = atimeMs;
    this.mtimeMs = mtimeMs;
    this.ctimeMs = ctimeMs;
    this.birthtimeMs = ctimeMs;
  }

  get atime(): Date {
    return new Date(Math.round(this.atimeMs));
  }

  get mtime(): Date {
    return new Date(Math.round(this.mtimeMs));
  }

  get ctime(): Date {
    return new Date(Math.round(this.ctimeMs));
  }

  get birthtime(): Date {
    return new Date(Math.round(this.birthtimeMs));
  }
}

/** {@link Stats} in whole numbers; times have the precision of a fraction of a microsecond. */
export class BigIntStats extends Kinds<bigint> {
  readonly dev: bigint;
  readonly mode: bigint;
  readonly nlink: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly blksize: bigint = BigInt(BLOCK_SIZE);
  readonly ino: bigint;
  readonly size: bigint;
  readonly blocks: bigint;
  readonly atimeMs: bigint;
  readonly mtimeMs: bigint;
  readonly ctimeMs: bigint;
  readonly birthtimeMs: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;

  constructor([mode, size, uid, gid, ino, dev, nlink, atimeMs, mtimeMs, ctimeMs]: FileFacts) {
    super();
    this.dev = BigInt(dev);
    this.mode = BigInt(mode);
    this.nlink = BigInt(nlink);
    this.uid = BigInt(uid);
    this.gid = BigInt(gid);
    this.ino = BigInt(ino);
    this.size = BigInt(size);
    this.blocks = BigInt(Math.ceil(size / BLOCK));
    [this.atimeNs, this.mtimeNs, this.ctimeNs] = [nanoseconds(atimeMs), nanoseconds(mtimeMs), nanoseconds(ctimeMs)];
    [this.atimeMs, this.mtimeMs, this.ctimeMs] = [
      this.atimeNs / 1_000_000n,
      this.mtimeNs / 1_000_000n,
      this.ctimeNs / 1_000_000n,
    ];
    [this.birthtimeMs, this.birthtimeNs] = [this.ctimeMs, this.ctimeNs];
  }
}

function nanoseconds(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
}

/** Kinds of the entries of a folder (readdir(3)), each with the kind in its mode shifted. */
const UNKNOWN = 0;
const KIND_BITS = 12;

/** An entry of a folder. */
export class Dirent {
  readonly name: string;
  readonly parentPath: string;
  readonly #kind: number;

  /** @param type as readdir(3) numbers it; some file systems do not tell, and are asked */
  constructor(name: string, parentPath: string, type: number) {
    this.name = name;
    this.parentPath = parentPath;
    this.#kind = type === UNKNOWN ? kindOf(`${parentPath}/${name}`) : type << KIND_BITS;
  }

  get path(): string {
    return this.parentPath;
  }

  isFile(): boolean {
    return this.#kind === constants.S_IFREG;
  }

  isDirectory(): boolean {
    return this.#kind === constants.S_IFDIR;
  }

  isSymbolicLink(): boolean {
    return this.#kind === constants.S_IFLNK;
  }

  isFIFO(): boolean {
    return this.#kind === constants.S_IFIFO;
  }

  isSocket(): boolean {
    return this.#kind === constants.S_IFSOCK;
  }

  isCharacterDevice(): boolean {
    return this.#kind === constants.S_IFCHR;
  }

  isBlockDevice(): boolean {
    return this.#kind === constants.S_IFBLK;
  }
}

function kindOf(path: string): number {
  const facts = stat(path, false);
  return typeof facts === "number" ? 0 : facts[0] & constants.S_IFMT;
}
