// `norouter schema`: prints the manifest's JSON Schema for editors, with the keys of the built-in plugins.

import { manifestSchema, safeJson } from "../../core/manifest/mod.ts";
import { registerPlugins } from "../../core/mod.ts";
import { loadBuiltins } from "../builtins.ts";

/** Prints the schema and returns the exit code, 0. */
export async function schema(io: { stdout: (text: string) => void }): Promise<number> {
  const registry = registerPlugins(await loadBuiltins());
  io.stdout(`${safeJson(manifestSchema(registry.keys), 2)}\n`);
  return 0;
}
