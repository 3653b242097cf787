// Where a program is, as execvp(3) looks for it.

import { access } from "engine:host";
import { statSync } from "node:fs";

const X_OK = 1;
const PATH = "/usr/local/bin:/usr/bin:/bin";

/** Where a program is, or why it cannot be run: nothing has its name, or only what may not be executed. */
export type ProgramPath = { readonly path: string } | "missing" | "denied";

/** Looks for a program in folders that are separated by colons; a name with a slash is a path. */
export function programPath(name: string, folders: string = process.env.PATH ?? PATH): ProgramPath {
  const candidates = name.includes("/") ? [name] : folders.split(":").map((folder) => `${folder || "."}/${name}`);
  let isDenied = false;
  for (const path of name === "" ? [] : candidates) {
    if (!isFile(path)) continue;
    if (access(path, X_OK) === 0) return { path };
    isDenied = true;
  }
  return isDenied ? "denied" : "missing";
}

/** Folders that may not be looked into are passed over. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
