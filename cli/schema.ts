// `norouter schema`: prints the manifest's JSON Schema for editors. Must not read anything.

import { manifestSchema, safeJson } from "../core/manifest/mod.ts";

/** Prints the schema and returns the exit code, 0. */
export function schema(io: { stdout: (text: string) => void }): number {
  io.stdout(`${safeJson(manifestSchema(), 2)}\n`);
  return 0;
}
