// The user's home, and this program's folders there. Must not import the core: it is asked before the program is loaded.

import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * The user's home; undefined where neither `HOME` nor the list of users names one. A `HOME` that is set counts on every runtime, also
 * an empty one: Deno and Bun would ask the list of users then.
 */
export function homeFolder(): string | undefined {
  try {
    const home = process.env.HOME ?? homedir();
    return isAbsolute(home) ? home : undefined;
  } catch {
    return undefined;
  }
}

/** What says where a user's folders of a kind are, and where they are in the home otherwise (XDG Base Directory Specification). */
const PLACES = {
  cache: { variable: "XDG_CACHE_HOME", inHome: ".cache" },
  state: { variable: "XDG_STATE_HOME", inHome: ".local/state" },
} as const;

/**
 * This program's folder of a kind: `norouter` in `XDG_CACHE_HOME` or `~/.cache`, or in `XDG_STATE_HOME` or `~/.local/state`. A path
 * that is not absolute counts as none. Undefined for a user without a home, where the variable names none.
 */
export function userFolder(
  kind: keyof typeof PLACES,
  env: { readonly [name: string]: string | undefined } = process.env,
): string | undefined {
  const { variable, inHome } = PLACES[kind];
  const named = env[variable] ?? "";
  if (isAbsolute(named)) return join(named, "norouter");
  const home = homeFolder();
  return home === undefined ? undefined : join(home, inHome, "norouter");
}
