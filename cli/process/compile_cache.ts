// What Node makes of the program's files, kept for its next start: without types, and compiled. Imports nothing that is worth keeping.

import { existsSync } from "node:fs";
import * as module from "node:module";
import { join } from "node:path";
import { userFolder } from "../../plugins/support/home.ts";
import { madeTrusted } from "../../plugins/support/trusted_path.ts";

/**
 * Has Node 22 and later read modules that are imported from now on from `norouter/compiled` in the user's cache folder, and write them
 * there when this process ends. Nothing is kept where another user could put code of his own there, where nothing can be written, on
 * Deno and Bun, which do without, or with `NODE_DISABLE_COMPILE_CACHE`. A folder that `NODE_COMPILE_CACHE` names stays.
 */
export async function keepCompiled(): Promise<void> {
  if ("Bun" in globalThis || "Deno" in globalThis) return;
  const { NODE_COMPILE_CACHE: own, NODE_DISABLE_COMPILE_CACHE: off } = process.env;
  const cache = userFolder("cache");
  if (own || off || cache === undefined) return;
  const folder = join(cache, "compiled");
  try {
    // Node would make a folder that is not there, and never end where the kernel makes none.
    if ((await madeTrusted(folder)) === undefined && existsSync(folder)) module.enableCompileCache?.(folder);
  } catch {
    // It starts as it did before.
  }
}
