// Where the sockets of running networks are, and what a network is called.

import { chmodSync, readdirSync, statSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { makeFolder } from "../support/folders.ts";
import { userFolder } from "../support/home.ts";
import { checkedNetworkName, isNetworkName, LONGEST_NETWORK_NAME } from "../support/network_name.ts";

const SUFFIX = ".sock";
/** Networks that go by one name, told apart by a number behind it; more at the same time are a mistake. */
export const MOST_NAMES = 100;
/** Leaves room for that number. */
const LONGEST = LONGEST_NETWORK_NAME - `-${MOST_NAMES}`.length;
/** What a network is called whose manifest has no name. */
const NAMELESS = "norouter";

/**
 * The folders where sockets may be, the one where new ones are put first: `$XDG_RUNTIME_DIR/norouter`, and
 * `~/.local/state/norouter/run` (or below `$XDG_STATE_HOME`) where there is none. Empty for a user
 * without a home, where no variable names a folder.
 */
export function socketFolders(env: { readonly [name: string]: string | undefined } = process.env): string[] {
  const { XDG_RUNTIME_DIR: runtime } = env;
  const folders = isUsable(runtime) ? [join(runtime, "norouter")] : [];
  const state = userFolder("state", env);
  return state === undefined ? folders : [...folders, join(state, "run")];
}

/**
 * The XDG Base Directory Specification leaves out paths that are not absolute; some systems name folders that are not there, and
 * `sudo` and `su` may name that of another user.
 */
function isUsable(folder: string | undefined): folder is string {
  if (folder === undefined || !isAbsolute(folder)) return false;
  const found = statSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === (process.getuid?.() ?? found.uid);
}

/**
 * The path of a network's socket in a folder.
 * @throws NoRouterError `usage` for what cannot be a name
 */
export function socketPath(folder: string, name: string): string {
  return join(folder, checkedNetworkName(name) + SUFFIX);
}

/** What a network of this manifest is called: its file's name without the extension. */
export function nameOfManifest(file: string): string {
  if (file === "-") return NAMELESS;
  const name = basename(file)
    .replace(/(?<=.)\.[^.]*$/, "")
    .replace(/[^a-z0-9._-]+/gi, "-")
    .replace(/^[._-]+/, "")
    .slice(0, LONGEST);
  return name === "" ? NAMELESS : name;
}

/** Makes a folder for sockets, for its user alone. @throws the system's error */
export async function makeSocketFolder(folder: string): Promise<void> {
  await makeFolder(folder, 0o700);
  const { mode, uid } = statSync(folder);
  if ((mode & 0o077) !== 0 && uid === process.getuid?.()) chmodSync(folder, 0o700);
}

/** The sockets that are there, whether somebody answers or not, by name. */
export function socketsThere(folders: readonly string[] = socketFolders()): { readonly name: string; readonly path: string }[] {
  return folders.flatMap((folder) =>
    namesIn(folder)
      .filter((file) => file.endsWith(SUFFIX))
      .map((file) => file.slice(0, -SUFFIX.length))
      .filter((name) => isNetworkName(name))
      .sort()
      .map((name) => ({ name, path: join(folder, name + SUFFIX) })),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
