// The keys of the manifest that the built-in plugins bring.

import { loadBuiltins } from "../../cli/builtins.ts";
import { type PluginKeys, registerPlugins } from "../../core/mod.ts";

/** All of them. */
export const KEYS: PluginKeys = registerPlugins(await loadBuiltins()).keys;
