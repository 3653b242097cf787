// The user's home. Must not import the core: it is asked before the program is loaded.

import { homedir } from "node:os";
import { isAbsolute } from "node:path";

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
