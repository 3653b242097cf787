// Loads the plugins of a manifest beside the built-in ones, at the manager only. Every failure names the specifier and
// is one finding at its place; nothing is dropped silently.

import { ERRORS, messageOf, NoRouterError } from "../../core/errors.ts";
import { type Diagnostic, OWN_HOST_KEYS, OWN_NETWORK_KEYS, OWN_ROUTE_KEYS, type PluginEntry } from "../../core/manifest/mod.ts";
import { firstCharacters, type HostCode, type Plugin, type PluginKeys, registerPlugins, type StoreKind } from "../../core/mod.ts";
import { toolkit } from "../../transports/support/toolkit.ts";
import { BUILTINS, OF_RUN } from "../builtins.ts";
import { checkNames, chosenBuiltins, isOfBuiltin, keysLeftOut, withOrder } from "./choose_plugins.ts";
import { hostCodeOf } from "./host_modules.ts";
import { IS_DENO, locatePlugin } from "./plugin_files.ts";

/** What a manager is made of. */
export interface LoadedPlugins {
  /** The built-in ones first, so that no other takes a host from them. */
  readonly plugins: readonly Plugin[];
  /** The keys that they bring. */
  readonly keys: PluginKeys;
  /** Where the log lives; undefined: in memory. */
  readonly store: StoreKind | undefined;
  /** What hosts are sent, by the plugin's name. */
  readonly hostCode: ReadonlyMap<string, HostCode>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Messages of other people's code may be of any length. */
const LONGEST_MESSAGE = 300;

/** Names that no plugin's key may have. */
const OWN_KEYS = [
  ["host", OWN_HOST_KEYS],
  ["route", OWN_ROUTE_KEYS],
  ["network", OWN_NETWORK_KEYS],
] as const;

/** Loads what a manager needs, and the plugins of a manifest in this folder. */
export async function loadPlugins(entries: readonly PluginEntry[], folder: string): Promise<LoadedPlugins> {
  const plugins = await Promise.all(chosenBuiltins(entries).map(({ load }) => load()));
  const leftOut = await keysLeftOut(entries);
  const withLeftOut = (keys: PluginKeys): PluginKeys => (leftOut ? { ...keys, leftOut } : keys);
  const loaded: { readonly entry: PluginEntry; readonly plugin: Plugin }[] = [];
  const diagnostics: Diagnostic[] = [];
  const hostCode = new Map<string, HostCode>();
  const failed = ({ error }: PluginEntry, thrown: unknown) => {
    const code = thrown instanceof NoRouterError && thrown.code === "plugin-missing" ? thrown.code : "plugin-invalid";
    diagnostics.push(error(messageOf(thrown), ERRORS[code].advice, code));
  };
  for (const entry of entries) {
    try {
      const { from: specifier, name } = entry;
      if (specifier === undefined || isOfBuiltin(entry)) continue;
      const plugin = checkPlugin(specifier, await importPlugin(specifier, folder), plugins);
      if (name !== undefined && plugin.name !== name) invalid(specifier, `is named "${plugin.name}"; '${name}' was wanted`);
      if (name === undefined && OF_RUN.includes(plugin.name))
        invalid(specifier, `is named "${plugin.name}", as a built-in plugin is`);
      const code = await hostCodeOf(specifier, plugin, locatePlugin(specifier, folder));
      if (code) hostCode.set(plugin.name, code);
      plugins.push(plugin);
      loaded.push({ entry, plugin });
    } catch (thrown) {
      failed(entry, thrown);
    }
  }
  if (diagnostics.length === 0) diagnostics.push(...checkNames(entries, plugins));
  if (diagnostics.length === 0) {
    const entryOf = ({ name }: Plugin) =>
      loaded.find(({ plugin }) => plugin.name === name)?.entry ?? entries.find((entry) => entry.name === name);
    for (const [at, plugin] of plugins.entries()) plugins[at] = withOrder(plugin, entryOf(plugin));
    try {
      const { keys, store } = registerPlugins(plugins);
      return { plugins, keys: withLeftOut(keys), store, hostCode, diagnostics };
    } catch (thrown) {
      // All are well on their own, so it is the order they ask for.
      const culprit = loaded.find(({ plugin }) => messageOf(thrown).startsWith(`Plugin "${plugin.name}" `)) ?? loaded[0];
      if (culprit) failed(culprit.entry, named(culprit.entry.from ?? culprit.plugin.name, thrown));
    }
  }
  return { plugins, keys: withLeftOut(registerPlugins(plugins.map(alone)).keys), store: undefined, hostCode, diagnostics };
}

/**
 * The default export of a plugin's module, made with the toolkit if it is a function. Not checked yet.
 * @throws NoRouterError `plugin-missing` or `plugin-invalid`, naming the specifier
 */
export async function importPlugin(specifier: string, folder: string): Promise<unknown> {
  const address = locatePlugin(specifier, folder);
  let module: { readonly default?: unknown };
  try {
    module = (await import(address)) as typeof module;
  } catch (thrown) {
    throw importError(specifier, address, thrown);
  }
  const exported = (module.default as { __esModule?: unknown } | undefined)?.__esModule
    ? (module.default as { readonly default?: unknown }).default
    : module.default;
  if (exported === undefined) invalid(specifier, "has no default export; a plugin, or a function that gives one, was wanted");
  if (typeof exported !== "function") return exported;
  let made: unknown;
  try {
    made = exported(toolkit);
  } catch (thrown) {
    return invalid(specifier, `fails when it is made: ${firstLine(thrown)}`, thrown);
  }
  if (!(made instanceof Promise)) return made;
  made.catch(() => undefined);
  return invalid(specifier, "gives a promise, a plugin was wanted");
}

/**
 * A candidate as a plugin that fits beside others: its shape, its set-up, its name and its keys.
 * @throws NoRouterError `plugin-invalid`, naming the specifier
 */
export function checkPlugin(specifier: string, candidate: unknown, others: readonly Plugin[]): Plugin {
  const plugin = candidate as Plugin;
  try {
    registerPlugins([typeof plugin === "object" && plugin !== null ? alone(plugin) : plugin]);
  } catch (thrown) {
    throw named(specifier, thrown);
  }
  if (others.some(({ name }) => name === plugin.name)) {
    const which = BUILTINS.some(({ name }) => name === plugin.name) ? "a built-in" : "another";
    invalid(specifier, `is named "${plugin.name}", as ${which} plugin is`);
  }
  try {
    const { keys } = registerPlugins([...others, plugin].map(alone));
    for (const [kind, own] of OWN_KEYS) {
      const taken = keys[kind].find(({ name }) => own.includes(name));
      if (taken) invalid(specifier, `brings ${kind} key '${taken.name}', which is the manifest's own`);
    }
  } catch (thrown) {
    throw named(specifier, thrown);
  }
  return plugin;
}

/** The plugin without those it comes after. */
export function alone(plugin: Plugin): Plugin {
  const { name, api, host } = plugin;
  return {
    name,
    api,
    ...(host === undefined ? {} : { host }),
    ...(typeof plugin.setup === "function" ? { setup: (context) => plugin.setup(context) } : {}),
  } as Plugin;
}

function importError(specifier: string, address: string, thrown: unknown): NoRouterError {
  const { code, stack } = (thrown ?? {}) as { readonly code?: unknown; readonly stack?: unknown };
  const options = { cause: thrown };
  const error = (what: string) => new NoRouterError("plugin-invalid", `Plugin '${specifier}' ${what}`, options);
  if (code === "ERR_UNKNOWN_FILE_EXTENSION" && /\.[cm]?ts$/.test(address))
    return error(`is TypeScript, which Node ${process.versions.node} does not run; version 22.18 or later was wanted`);
  if (code === "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING")
    return error("is TypeScript within 'node_modules', which Node does not run; a package brings JavaScript");
  if (thrown instanceof SyntaxError || (thrown as Error | undefined)?.name === "BuildMessage") {
    const line = typeof stack === "string" ? /^\S+:(\d+)\n/.exec(stack)?.[1] : undefined;
    return error(`has a syntax error${line ? ` on line ${line}` : ""}: ${firstLine(thrown)}`);
  }
  if (IS_DENO && /^(npm|jsr):/.test(address))
    return new NoRouterError("plugin-missing", `Plugin '${specifier}' cannot be imported: ${firstLine(thrown)}`, options);
  return error(`fails when it is imported: ${firstLine(thrown)}`);
}

/** The registry's error with the specifier in place of the plugin's name. */
function named(specifier: string, thrown: unknown): NoRouterError {
  const message = messageOf(thrown).replace(/^Plugin (".*?"|'.*?') /s, "");
  return new NoRouterError("plugin-invalid", `Plugin '${specifier}' ${message}`, { cause: thrown });
}

function firstLine(thrown: unknown): string {
  return firstCharacters(messageOf(thrown).split("\n", 1)[0] ?? "", LONGEST_MESSAGE).replace(/\.$/, "");
}

function invalid(specifier: string, what: string, cause?: unknown): never {
  throw new NoRouterError("plugin-invalid", `Plugin '${specifier}' ${what}`, { cause });
}
