// Numbers of files and of opening them (open(2), inode(7)), and flags as texts.

import { arch } from "engine:host";
import { invalidArgValue } from "../errors.ts";

/** Four flags have other numbers on arm64. */
const OF_PROCESSOR =
  arch === "arm64"
    ? { O_DIRECTORY: 0o40000, O_NOFOLLOW: 0o100000, O_DIRECT: 0o200000 }
    : { O_DIRECTORY: 0o200000, O_NOFOLLOW: 0o400000, O_DIRECT: 0o40000 };

/** `fs.constants`. */
export const constants = {
  F_OK: 0,
  X_OK: 1,
  W_OK: 2,
  R_OK: 4,
  COPYFILE_EXCL: 1,
  COPYFILE_FICLONE: 2,
  COPYFILE_FICLONE_FORCE: 4,
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NOCTTY: 0o400,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000,
  O_DSYNC: 0o10000,
  O_NOATIME: 0o1000000,
  O_SYNC: 0o4010000,
  ...OF_PROCESSOR,
  S_IFMT: 0o170000,
  S_IFREG: 0o100000,
  S_IFDIR: 0o040000,
  S_IFCHR: 0o020000,
  S_IFBLK: 0o060000,
  S_IFIFO: 0o010000,
  S_IFLNK: 0o120000,
  S_IFSOCK: 0o140000,
  S_IRWXU: 0o700,
  S_IRUSR: 0o400,
  S_IWUSR: 0o200,
  S_IXUSR: 0o100,
  S_IRWXG: 0o070,
  S_IRGRP: 0o040,
  S_IWGRP: 0o020,
  S_IXGRP: 0o010,
  S_IRWXO: 0o007,
  S_IROTH: 0o004,
  S_IWOTH: 0o002,
  S_IXOTH: 0o001,
} as const;

/**
 * The number of flags such as `r+`, `wx` or `as`.
 * @throws CodedError `ERR_INVALID_ARG_VALUE`
 */
export function flagsOf(flags: unknown): number {
  if (typeof flags === "number") return flags;
  if (flags === undefined || flags === null) return constants.O_RDONLY;
  const found = typeof flags === "string" ? /^([rwa])(s?x?|x?s?)(\+?)$|^([rwa])\+(s?x?|x?s?)$/.exec(flags) : null;
  const kind = found?.[1] ?? found?.[4];
  const more = found?.[2] ?? found?.[5] ?? "";
  if (kind === undefined || (kind === "r" && more.includes("x"))) throw invalidArgValue("flags", flags);
  const both = String(flags).includes("+");
  const access = both ? constants.O_RDWR : kind === "r" ? constants.O_RDONLY : constants.O_WRONLY;
  const made = { r: 0, w: constants.O_CREAT | constants.O_TRUNC, a: constants.O_CREAT | constants.O_APPEND }[kind] ?? 0;
  return access | made | (more.includes("x") ? constants.O_EXCL : 0) | (more.includes("s") ? constants.O_SYNC : 0);
}
