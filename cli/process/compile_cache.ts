// What Node makes of the program's files, kept for its next start: without types, and compiled. Imports nothing that is worth keeping.

import { mkdir } from "node:fs/promises";
import * as module from "node:module";
import { isAbsolute, join } from "node:path";
import { homeFolder } from "../../plugins/support/home.ts";
import { whyUntrusted } from "../../plugins/support/trusted_path.ts";

/**
 * Has Node 22 and later read modules that are imported from now on from `norouter/compiled` in the user's cache folder, and write them
 * there when this process ends. Nothing is kept where another user could put code of his own there, where nothing can be written, on
 * Deno and Bun, which do without, or with `NODE_DISABLE_COMPILE_CACHE`. A folder that `NODE_COMPILE_CACHE` names stays.
 */
export async function keepCompiled(): Promise<void> {
  if ("Bun" in globalThis || "Deno" in globalThis) return;
  const { NODE_COMPILE_CACHE: own, NODE_DISABLE_COMPILE_CACHE: off, XDG_CACHE_HOME: cache = "" } = process.env;
  const home = homeFolder();
  if (own || off || (!isAbsolute(cache) && home === undefined)) return;
  const folder = join(isAbsolute(cache) ? cache : join(home ?? "", ".cache"), "norouter", "compiled");
  try {
    if (await whyUntrusted(folder)) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // What was missing at the first look may be somebody else's by now.
    if (await whyUntrusted(folder)) return;
    module.enableCompileCache?.(folder);
  } catch {
    // It starts as it did before.
  }
}
