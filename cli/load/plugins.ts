// Loads the plugins of a manifest beside the built-in ones, at the manager only. Every failure names the specifier and
// is one finding at its place; nothing is dropped silently.

import { ERRORS, messageOf, NoRouterError } from "../../core/errors.ts";
import { type Diagnostic, OWN_HOST_KEYS, OWN_NETWORK_KEYS, OWN_ROUTE_KEYS, type PluginEntry } from "../../core/manifest/mod.ts";
import {
  firstCharacters,
  type HostCode,
  LONGEST_FOREIGN_MESSAGE,
  type Registry,
  registryOf,
  type SetUpPlugin,
  settlesWithin,
  setUp,
} from "../../core/mod.ts";
import { toolkit } from "../../transports/support/toolkit.ts";
import { BUILTINS, OF_RUN } from "../builtins.ts";
import { checkNames, chosenBuiltins, isOfBuiltin, keysLeftOut, namesLeftOut, withOrder } from "./choose_plugins.ts";
import { type HostCodeOptions, hostCodeOf } from "./host_modules.ts";
import { IS_DENO, locatePlugin } from "./plugin_files.ts";

/** What a manager is made of. */
export interface LoadedPlugins {
  /** The built-in plugins first, so that no other takes a host from them; each is set up once. */
  readonly registry: Registry;
  /** What hosts are sent, by the plugin's name. */
  readonly hostCode: ReadonlyMap<string, HostCode>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Longest time for a plugin's module to run to its end; Deno may have to fetch it first. */
const IMPORT_MS = 60_000;

/** Names that no plugin's key may have. */
const OWN_KEYS = [
  ["host", OWN_HOST_KEYS],
  ["route", OWN_ROUTE_KEYS],
  ["network", OWN_NETWORK_KEYS],
] as const;

/** Loads what a manager needs, and the plugins of a manifest in this folder; `codeBytes` is the limit of that name. */
export async function loadPlugins(entries: readonly PluginEntry[], folder: string, codeBytes?: number): Promise<LoadedPlugins> {
  const builtins = await Promise.all(chosenBuiltins(entries).map(async ({ load }) => setUp(await load())));
  const parts = [...builtins];
  const diagnostics: Diagnostic[] = [];
  const hostCode = new Map<string, HostCode>();
  const entryOf = new Map<string, PluginEntry>();
  for (const entry of entries) {
    if (entry.from === undefined || isOfBuiltin(entry)) continue;
    try {
      const { part, code } = await loadOne(entry, entry.from, { folder, codeBytes, others: parts });
      const { name } = part;
      if (code) hostCode.set(name, code);
      entryOf.set(name, entry);
      parts.push(part);
    } catch (thrown) {
      diagnostics.push(findingOf(entry, thrown));
    }
  }
  if (diagnostics.length === 0) diagnostics.push(...checkNames(entries, parts));
  const leftOut = await keysLeftOut(entries);
  const made = (registry: Registry) => {
    const withLeftOut = leftOut ? { ...registry, keys: { ...registry.keys, leftOut } } : registry;
    return { registry: withLeftOut, hostCode, diagnostics };
  };
  if (diagnostics.length > 0) return made(registryOf(parts.map(alone)));
  const gone = namesLeftOut(entries);
  const orderOf = (name: string) => entryOf.get(name) ?? entries.find((entry) => entry.name === name);
  try {
    return made(registryOf(parts.map((part) => withOrder(part, orderOf(part.name), gone))));
  } catch (thrown) {
    // All are well on their own, so it is the order they ask for.
    const said = messageOf(thrown);
    const [culprit, itsEntry] = [...entryOf].find(([name]) => said.startsWith(`Plugin "${name}" `)) ?? [];
    const isAbout = ({ name, before, after }: PluginEntry) => (before || after) && said.split(/[ "]/).includes(name ?? "");
    const entry = itsEntry ?? entries.find(isAbout) ?? [...entryOf.values()][0];
    if (!entry) throw thrown;
    diagnostics.push(findingOf(entry, culprit === undefined ? thrown : named(entry.from ?? culprit, thrown)));
    return made(registryOf(parts.map(alone)));
  }
}

/** A plugin that is not built in, and what hosts are sent of it. */
async function loadOne(
  { name }: PluginEntry,
  specifier: string,
  {
    folder,
    codeBytes,
    others,
  }: Pick<HostCodeOptions, "codeBytes"> & {
    readonly folder: string;
    readonly others: readonly SetUpPlugin[];
  },
): Promise<{ readonly part: SetUpPlugin; readonly code: HostCode | undefined }> {
  const part = checkPlugin(specifier, await importPlugin(specifier, folder), () => others);
  const { plugin } = part;
  if (name !== undefined && plugin.name !== name) invalid(specifier, `is named "${plugin.name}"; '${name}' was wanted`);
  if (name === undefined && OF_RUN.includes(plugin.name))
    invalid(specifier, `is named "${plugin.name}", as a built-in plugin is`);
  return { part, code: await hostCodeOf(specifier, plugin, locatePlugin(specifier, folder), { codeBytes }) };
}

function findingOf({ error }: PluginEntry, thrown: unknown): Diagnostic {
  const code = thrown instanceof NoRouterError && thrown.code === "plugin-missing" ? thrown.code : "plugin-invalid";
  return error(messageOf(thrown), ERRORS[code].advice, code);
}

/**
 * The default export of a plugin's module, made with the toolkit if it is a function. Not checked yet. The module may run for `importMs`
 * milliseconds at most.
 * @throws NoRouterError `plugin-missing` or `plugin-invalid`, naming the specifier
 */
export async function importPlugin(specifier: string, folder: string, importMs = IMPORT_MS): Promise<unknown> {
  const address = locatePlugin(specifier, folder);
  const running: Promise<unknown> = import(address);
  if (!(await settlesWithin(running, importMs))) invalid(specifier, `has not run to its end within ${importMs / 1000} s`);
  let module: { readonly default?: unknown };
  try {
    module = (await running) as typeof module;
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
 * A candidate as a plugin that is set up and fits beside others: its shape, its set-up, its name and its keys.
 * @param others Gives those others, once it is known what it registers.
 * @throws NoRouterError `plugin-invalid`, naming the specifier
 */
export function checkPlugin(
  specifier: string,
  candidate: unknown,
  others: (part: SetUpPlugin) => readonly SetUpPlugin[],
): SetUpPlugin {
  try {
    const part = setUp(candidate);
    checkBeside(specifier, part, others(part));
    return part;
  } catch (thrown) {
    throw named(specifier, thrown);
  }
}

function checkBeside(specifier: string, part: SetUpPlugin, others: readonly SetUpPlugin[]): void {
  const { name } = part;
  if (others.some((other) => other.name === name)) {
    const which = BUILTINS.some((builtin) => builtin.name === name) ? "a built-in" : "another";
    invalid(specifier, `is named "${name}", as ${which} plugin is`);
  }
  const { keys } = registryOf([...others, part].map(alone));
  for (const [kind, own] of OWN_KEYS) {
    const taken = keys[kind].find((key) => own.includes(key.name));
    if (taken) invalid(specifier, `brings ${kind} key '${taken.name}', which is the manifest's own`);
  }
}

/** The plugin wherever it comes. */
export function alone(part: SetUpPlugin): SetUpPlugin {
  return { ...part, before: [], after: [] };
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
  return firstCharacters(messageOf(thrown).split("\n", 1)[0] ?? "", LONGEST_FOREIGN_MESSAGE).replace(/\.$/, "");
}

function invalid(specifier: string, what: string, cause?: unknown): never {
  throw new NoRouterError("plugin-invalid", `Plugin '${specifier}' ${what}`, { cause });
}
