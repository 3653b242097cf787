// Files that front-ends write on a host: whole or not at all, and what a failure is called.

import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ERRORS, type ErrorCode, messageOf, NoRouterError } from "../../core/mod.ts";
import { whyUntrusted } from "./trusted_path.ts";

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: "disk-full",
  EDQUOT: "disk-full",
  EACCES: "file-denied",
  EPERM: "file-denied",
  EROFS: "file-denied",
};

/** Failures whose meaning the table does not say well enough. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "The user that runs this has no right to",
  EPERM: "The user that runs this has no right to",
  EROFS: "The file system is read-only",
  ENOSPC: "The disk is full",
  EDQUOT: "The user's quota is used up",
  EEXIST: "A file is where a folder was wanted",
  ENOTDIR: "A file is where a folder was wanted",
  EISDIR: "A folder is where a file was wanted",
  ENOTEMPTY: "A folder is where a file was wanted",
};

/**
 * Refuses an absolute path where somebody else could decide where it leads.
 * @param advice What to do about it, behind a semicolon.
 * @throws NoRouterError `file-failed`, naming the folder
 */
export async function checkPath(path: string, advice: string): Promise<void> {
  const why = await whyUntrusted(path);
  if (why !== undefined) throw new NoRouterError("file-failed", `Cannot use ${path}: ${why}; ${advice}`);
}

/** The code of a file that cannot be written. */
export function fileErrorCode(thrown: unknown): ErrorCode {
  return CODES[systemCodeOf(thrown)] ?? "file-failed";
}

/** A failure to write, with its code and a sentence that names the path. */
export function fileError(path: string, thrown: unknown): NoRouterError {
  if (thrown instanceof NoRouterError) return thrown;
  const system = systemCodeOf(thrown);
  const code = fileErrorCode(thrown);
  const why = REASONS[system] ?? (code === "file-failed" && system !== "" ? `The system says ${system}` : ERRORS[code].meaning);
  return new NoRouterError(code, `Cannot write ${path}: ${why}`, { cause: thrown });
}

/** Why a file cannot be read, by the system's name for it. */
const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "the user that runs this has no right to",
  EPERM: "the user that runs this has no right to",
  ELOOP: "its links lead round in a circle",
  ENAMETOOLONG: "its name is too long",
};

/** Why a file could not be read, as a clause that follows a colon. */
export function whyUnreadable(thrown: unknown): string {
  return UNREADABLE[systemCodeOf(thrown)] ?? messageOf(thrown);
}

/** The system's own name for what was thrown, such as `ENOENT`; empty when it has none. */
export function systemCodeOf(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** What a file gets besides its bytes. */
export interface FileAttributes {
  /** Permission bits; the umask is not taken off. */
  readonly mode: number;
  /** User and group, where they are not to be the process's own. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Runs when the new file is ready beside the old; what it throws is thrown, and nothing has changed. */
  readonly ready?: () => Promise<void>;
}

/**
 * Puts a file in place at once: readers see the old bytes or the new ones. A symlink is replaced, not followed. Not made to
 * survive a loss of power.
 * @throws the system's error; the old file is then as it was, and nothing is left beside it
 */
export async function replaceFile(path: string, bytes: Uint8Array, attributes: FileAttributes): Promise<void> {
  const { mode, owner, ready } = attributes;
  const beside = join(dirname(path), `.norouter-${crypto.randomUUID()}`);
  const file = await open(beside, "wx", 0o600);
  try {
    await filled(file, async () => {
      await file.writeFile(bytes);
      if (owner) await file.chown(owner.uid, owner.gid);
      await file.chmod(mode); // after chown, which takes bits away
    });
    await ready?.();
    await rename(beside, path);
  } catch (thrown) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw thrown;
  }
}

/** Closes the file whatever happens; that it cannot be closed may mean that nothing was written. */
async function filled(file: FileHandle, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (thrown) {
    await file.close().catch(() => undefined);
    throw thrown;
  }
  await file.close();
}
