// Variables that change what a JavaScript runtime does: they are meant for the program that somebody runs, not for the agents it
// starts.

/** Names of such variables, of Node, Bun and Deno. Where a runtime finds its files, certificates or credentials is none of them. */
export const RUNTIME_SWITCHES: readonly string[] = [
  ...["NODE_OPTIONS", "NODE_V8_COVERAGE", "NODE_DEBUG", "NODE_COMPILE_CACHE"],
  ...["BUN_OPTIONS", "BUN_BE_BUN", "BUN_INSPECT", "BUN_INSPECT_CONNECT_TO"],
  ...["DENO_V8_FLAGS", "DENO_COVERAGE_DIR", "DENO_LOG"],
];
