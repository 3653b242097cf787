// A cache of agents of a test file's own, so that nothing is found there and nothing is left behind.
import process from "node:process";
import { tempDir } from "./lifetime.ts";

/** Points this process, and what it starts, at an empty cache folder. `remove` deletes it and points back. */
export function ownAgentCache(): { readonly path: string; remove(): void } {
  const dir = tempDir("agents");
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = dir.path;
  return {
    path: dir.path,
    remove: () => {
      if (before === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = before;
      dir.remove();
    },
  };
}
