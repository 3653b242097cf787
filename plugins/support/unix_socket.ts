// Gives a Unix socket its path: nobody reaches it before its mode and owner are as wanted, and of several programs that want
// one path at once, one has it. Must not take the place of a socket that somebody serves.

import { chmodSync, chownSync, linkSync, lstatSync, mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { NoRouterError } from "../../core/mod.ts";
import { checkPath, systemCodeOf } from "./files.ts";

/**
 * What fits into `sun_path` with its NUL: 108 bytes on Linux, 104 elsewhere. A runtime may cut off what is longer. The name of an
 * abstract socket has a NUL in front instead, and Bun takes no longer one either.
 */
const LONGEST_PATH = process.platform === "linux" ? 107 : 103;
/** A claim is held for milliseconds; one so old is of a process that was killed meanwhile. */
const OLD_CLAIM_MS = 60_000;

/** Who may connect to a socket, and whose it is. */
export interface SocketAccess {
  /** Permission bits; a client needs the right to write. */
  readonly mode: number;
  /** Absent: the user and the group of this process. */
  readonly owner?: SocketOwner | undefined;
}

/** A user, a group, or both. */
export interface SocketOwner {
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** As people wrote it. */
  readonly text: string;
}

/** Its user alone. */
const PRIVATE: SocketAccess = { mode: 0o600 };

/** Whether this is the name of an abstract socket of Linux (unix(7)): `@` and a name. Such a socket is no file. */
export function isAbstract(path: string): boolean {
  return path.startsWith("@");
}

/** A path as the system takes it. @throws NoRouterError `code` for an abstract socket that cannot be */
export function systemPath(path: string, code: "unreachable" | "address-unavailable"): string {
  if (!isAbstract(path)) return path;
  if (process.platform !== "linux") throw new NoRouterError(code, `${path} is an abstract socket: only Linux has them`);
  if (path === "@") throw new NoRouterError(code, "The abstract socket '@' has no name");
  return `\0${path.slice(1)}`;
}

/** Bytes that a path has more than a socket's may have; 0 for one that fits. */
export function bytesTooLong(path: string): number {
  return Math.max(0, Buffer.byteLength(path) - LONGEST_PATH);
}

/** The same of a socket that is bound here, for which another path is needed for a moment. */
export function bytesTooLongToBind(path: string): number {
  return Math.max(bytesTooLong(path), bytesTooLong(join(dirname(path), ".nr-XXXXXX", "s")));
}

/**
 * Binds a socket in a folder that is its user's alone, gives it its mode and owner, then puts it at `path`. A socket that a killed
 * process left there is replaced; everything else stays.
 * @param bind Listens on the path that it is given, at once; that path is gone when this is done.
 * @returns what removes the socket, unless another has its path by then
 * @throws NoRouterError `address-unavailable` for a path that is too long, `file-failed` for one that others can lead elsewhere;
 *   the system's error, such as `EADDRINUSE`
 */
export async function bindAt(
  path: string,
  bind: (path: string) => Promise<void>,
  access: SocketAccess = PRIVATE,
): Promise<() => void> {
  await checkPath(dirname(path), "listen in another folder");
  const tooLong = bytesTooLongToBind(path);
  if (tooLong > 0) throw new NoRouterError("address-unavailable", `The socket's path is ${tooLong} bytes too long`);
  const folder = mkdtempSync(join(dirname(path), ".nr-"));
  try {
    const own = join(folder, "s");
    await bind(own);
    give(own, access);
    const isOurs = same(own);
    await put(own, path);
    return () => {
      if (isOurs(path)) unlinkSync(path);
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Sets owner and mode, in this order: to change the owner may take bits away (chown(2)). */
function give(own: string, { mode, owner }: SocketAccess): void {
  if (owner) {
    const { uid, gid } = lstatSync(own);
    try {
      chownSync(own, owner.uid ?? uid, owner.gid ?? gid);
    } catch (thrown) {
      if (systemCodeOf(thrown) !== "EPERM" && systemCodeOf(thrown) !== "EINVAL") throw thrown;
      const why = systemCodeOf(thrown) === "EPERM" ? "the agent's user has no right to" : "there is no such user or group";
      throw new NoRouterError("address-denied", `It cannot be given to ${owner.text}: ${why}`, { cause: thrown });
    }
  }
  chmodSync(own, mode);
}

/** A new name fails where something is, so that one is the first. What is there goes only with the claim to it. */
async function put(own: string, path: string): Promise<void> {
  if (linked(own, path)) return;
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) throw inUse(path);
  const claim = `${path}.claim`;
  if (!linked(path, claim)) {
    const held = lstatSync(claim, { throwIfNoEntry: false });
    if (held?.isSocket() && Date.now() - held.ctimeMs > OLD_CLAIM_MS) unlinkSync(claim); // for the next try
    throw inUse(path);
  }
  try {
    const isClaimed = same(claim);
    if (!(await isLeft(path)) || !isClaimed(path)) throw inUse(path);
    renameSync(own, path);
  } finally {
    rmSync(claim, { force: true });
  }
}

/** False where something has that name. A stale socket of another user cannot be claimed: it is theirs to remove. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (thrown) {
    if (systemCodeOf(thrown) === "EEXIST") return false;
    throw thrown;
  }
}

/** Whether a path leads to the file that another leads to now. */
function same(path: string): (other: string) => boolean {
  const { dev, ino } = lstatSync(path, { bigint: true });
  return (other) => {
    const found = lstatSync(other, { bigint: true, throwIfNoEntry: false });
    return found?.dev === dev && found.ino === ino;
  };
}

/**
 * True when nobody listens. A socket of another type, a full backlog and one that may not be asked are in use; Bun alone says
 * ECONNREFUSED for the first two as well, see {@link isBound}.
 */
function isLeft(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.once("error", (thrown) => resolve(systemCodeOf(thrown) === "ECONNREFUSED" && !isBound(path)));
  });
}

/**
 * Whether what Bun says is refused is bound all the same: it has one code for a socket that nobody serves, one of another type, and
 * one whose queue is full (seen on 1.4). Looked up under the name that it was bound by, in this network namespace (proc_net(5)).
 */
export function isBound(path: string): boolean {
  if (process.versions.bun === undefined || process.platform !== "linux") return false;
  try {
    const lines = readFileSync("/proc/net/unix", "utf8").split("\n");
    return lines.some((line) => line.endsWith(` ${path}`));
  } catch {
    return false; // there is no /proc
  }
}

function inUse(path: string): Error {
  return Object.assign(new Error(`${path} is in use`), { code: "EADDRINUSE" });
}
