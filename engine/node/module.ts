// node:module: which modules this engine has.

import { builtinModules as names } from "engine:host";

/** Names of the modules without `node:`. */
export const builtinModules: readonly string[] = names.map((name) => name.replace(/^node:/, ""));

/** Whether the engine has a module of this name, with or without `node:`. */
export function isBuiltin(name: string): boolean {
  return names.includes(name.startsWith("node:") ? name : `node:${name}`);
}

export default { builtinModules, isBuiltin };
