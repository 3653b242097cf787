// Whether a folder may be used: nobody else's, and nothing in the way that norouter did not make. Must change nothing.

import { lstat, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { NoRouterError } from "../../core/mod.ts";
import { systemCodeOf } from "../support/files.ts";
import { isLeft } from "../support/run_name.ts";
import { MARK, runOf } from "./contents.ts";

/** How the first NoRouter began the README of the same folder; its files have no mark of their own. */
const OLD_README = "# NoRouter agent state directory";
/** What is read of a file to know whose it is. */
const BEGINNING_BYTES = 256;
/** What to do about a folder that cannot be used. */
export const ADVICE = "set 'stateDir.pathOnAgent' to another folder";

/**
 * Checks a folder that is there, and the files of these names in it; `run` and `vip` are the agent's own.
 * @throws NoRouterError `file-failed`, with what is in the way and what to do; the system's error
 */
export async function checkFolder(
  folder: string,
  names: readonly string[],
  { run, vip }: { readonly run: string; readonly vip: string },
): Promise<void> {
  const { uid } = await stat(folder);
  if (uid !== (process.getuid?.() ?? uid))
    throw new NoRouterError("file-failed", `Cannot use ${folder}: it belongs to another user (${uid}); ${ADVICE}`);
  const readme = await beginningOf(join(folder, "README.md"));
  if (readme?.startsWith(OLD_README)) return;
  const other = runOf(readme ?? "");
  if (other !== undefined && other !== run && !isLeft(other, vip)) {
    const agent = other.replace(/ run (\d+)\..*$/, ", process $1,");
    throw new NoRouterError("file-failed", `Cannot use ${folder}: the agent of ${agent} keeps its files there; ${ADVICE}`);
  }
  for (const name of names) {
    const found = await beginningOf(join(folder, name));
    if (found !== undefined && !found.startsWith(MARK)) {
      throw new NoRouterError(
        "file-failed",
        `Cannot use ${folder}: norouter did not make its '${name}'; move it away, or ${ADVICE}`,
      );
    }
  }
}

/** The first bytes of a file; empty for what is no file, which norouter never makes, and undefined where there is nothing. */
async function beginningOf(path: string): Promise<string | undefined> {
  try {
    if (!(await lstat(path)).isFile()) return "";
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0);
      return buffer.toString("latin1", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
}
