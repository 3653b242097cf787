// Whether somebody else could decide where a path leads, as the StrictModes of sshd look at it. Must not import the core:
// it is asked before the program is loaded.

import { lstat, readlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "./folders.ts";

/** As many links on one path as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

/** What is looked at of a folder or a link. */
interface Found {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/**
 * Looks at each folder on the way from `/` to the end of an absolute path, and at each link: all have to belong to this user or to
 * root, and nobody else may write to a folder that is not sticky. What is not there yet is not looked at. Access lists are not read.
 * @returns what is wrong, with the folder's name; undefined when nothing is
 */
export async function whyUntrusted(path: string): Promise<string | undefined> {
  const own = process.getuid?.();
  if (own === undefined) return undefined;
  const top = await lstat("/");
  const names = path.split("/").reverse();
  let why = whyNot("/", top, own, top.uid);
  let at = "/";
  for (let links = 0, name = names.pop(); why === undefined && name !== undefined; name = names.pop()) {
    if (name === "" || name === ".") continue;
    const next = name === ".." ? dirname(at) : join(at, name);
    const found = await lstat(next).catch(() => undefined);
    // Whatever keeps this from being looked at keeps it from being used.
    if (found === undefined) return undefined;
    why = whyNot(next, found, own, top.uid);
    if (!found.isSymbolicLink()) at = next;
    else if (++links > MOST_LINKS) return why;
    else {
      const target = await readlink(next);
      if (target.startsWith("/")) at = "/";
      names.push(...target.split("/").reverse());
    }
  }
  return why;
}

/**
 * Makes a folder of this user alone, unless somebody else could decide where its path leads. One that cannot be made is none: that
 * shows itself when something is written there.
 * @returns as {@link whyUntrusted}
 */
export async function madeTrusted(folder: string): Promise<string | undefined> {
  const why = await whyUntrusted(folder);
  if (why !== undefined) return why;
  await makeFolder(folder, 0o700).catch(() => undefined);
  // What was missing at the first look may be somebody else's by now.
  return whyUntrusted(folder);
}

/** Why a folder or a link is not to be trusted. Who owns `/` could change everything: root, or whoever stands for it in a container. */
function whyNot(at: string, { uid, gid, mode }: Found, own: number, top: number): string | undefined {
  if (uid !== own && uid !== 0 && uid !== top) return `${at} belongs to another user (${uid})`;
  const isFolder = (mode & 0o170000) === 0o040000;
  if (!isFolder || (mode & 0o1000) !== 0) return undefined;
  if ((mode & 0o002) !== 0) return `every user may write to ${at}`;
  // Many systems give each user a group of the same number that holds nobody else.
  return (mode & 0o020) !== 0 && gid !== 0 && gid !== own ? `the group ${gid} may write to ${at}` : undefined;
}
