// Folders that are made with those above them, and removed with them. Must not import the core: it is asked before the program is loaded.

import { mkdir, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it. Node's own way never ends where the kernel makes none, such as in /proc (seen on 22).
 * @returns those that were made, the innermost first
 * @throws the system's error; what was made is removed again
 */
export async function makeFolder(path: string, mode = 0o755): Promise<string[]> {
  if (await isFolder(path)) return [];
  const above = dirname(path);
  const made = above === path ? [] : await makeFolder(above, mode);
  try {
    await mkdir(path, mode);
    return [path, ...made];
  } catch (thrown) {
    if (await isFolder(path)) return made; // another program was quicker
    await removeEmptyFolders(made);
    throw thrown;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Removes folders, the innermost first, up to the first that is not empty. */
export async function removeEmptyFolders(paths: readonly string[]): Promise<void> {
  try {
    for (const path of paths) await rmdir(path);
  } catch {
    // somebody uses it
  }
}
