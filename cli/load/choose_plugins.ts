// What a manifest's `plugins` says of plugins by their names: which built-in ones are left out, with which keys, and
// which come where.

import type { PluginEntry } from "../../core/manifest/mod.ts";
import { type Diagnostic, didYouMean } from "../../core/manifest/mod.ts";
import { type LeftOut, type LeftOutKeys, type PluginKey, type SetUpPlugin, setUp } from "../../core/mod.ts";
import { BUILTINS, type Builtin, OF_RUN } from "../builtins.ts";

const NAMES: readonly string[] = [...BUILTINS.map(({ name }) => name), ...OF_RUN];
const NAMES_HINT = "docs/manifest.md says where their names are; a plugin of your own wants a path";

/** The built-in plugins that a manifest leaves in: it may leave one out, or put another in its place. */
export function chosenBuiltins(entries: readonly PluginEntry[]): Builtin[] {
  return BUILTINS.filter(({ name }) => !isLeftOut(name, entries));
}

/** Whether a manifest leaves a built-in plugin out, or puts another in its place. */
export function isLeftOut(plugin: string, entries: readonly PluginEntry[]): boolean {
  return entries.some(({ name, off, from }) => name === plugin && (off === true || from !== undefined));
}

/** What the built-in plugins would bring which a manifest leaves out; undefined when it leaves out none. */
export async function keysLeftOut(entries: readonly PluginEntry[]): Promise<LeftOut | undefined> {
  const gone = BUILTINS.filter(({ name }) => isLeftOut(name, entries));
  if (gone.length === 0) return undefined;
  const each = await Promise.all(
    gone.map(async ({ name: plugin, load }) => {
      const { keys, limits: tables } = setUp(await load());
      const named = (brought: readonly PluginKey[]): LeftOutKeys =>
        Object.fromEntries(brought.map(({ name, way = false }) => [name, { plugin, way }]));
      const limits = Object.fromEntries(tables.flatMap(Object.keys).map((name) => [name, { plugin }]));
      const schemes = Object.fromEntries(keys.route.flatMap((key) => (key.schemes ?? []).map((scheme) => [scheme, { plugin }])));
      return { host: named(keys.host), route: named(keys.route), network: named(keys.network), limits, schemes };
    }),
  );
  const all = (kind: keyof LeftOut): LeftOutKeys => Object.assign({}, ...each.map((one) => one[kind]));
  return { host: all("host"), route: all("route"), network: all("network"), limits: all("limits"), schemes: all("schemes") };
}

/** Whether an entry is about a built-in plugin, of which nothing is loaded from elsewhere. */
export function isOfBuiltin({ name, from }: PluginEntry): boolean {
  return from === undefined || (name === undefined && NAMES.includes(from));
}

/** An entry without a module whose name is no built-in plugin's, and one that puts a plugin before or after one that is not there. */
export function checkNames(entries: readonly PluginEntry[], plugins: readonly { readonly name: string }[]): Diagnostic[] {
  const there = plugins.map(({ name }) => name);
  return entries.flatMap(({ name, from, before = [], after = [], error }) => {
    if (name !== undefined && from === undefined && !NAMES.includes(name))
      return [error(`There is no built-in plugin '${name}'`, didYouMean(name, NAMES) ?? NAMES_HINT)];
    const missing = [...before, ...after].filter((other) => !there.includes(other));
    return missing.map((other) => error(`There is no plugin '${other}'`, didYouMean(other, there), undefined, other));
  });
}

/** Names of the built-in plugins that a manifest leaves out and puts no other in the place of. */
export function namesLeftOut(entries: readonly PluginEntry[]): ReadonlySet<string> {
  return new Set(entries.flatMap(({ name, off }) => (off === true && name !== undefined ? [name] : [])));
}

/** A plugin with the order of its entry beside its own, of which those that are left out do not count. */
export function withOrder(part: SetUpPlugin, entry: PluginEntry | undefined, gone: ReadonlySet<string>): SetUpPlugin {
  const { before = [], after = [] } = entry ?? {};
  const there = (names: readonly string[]) => names.filter((one) => !gone.has(one));
  return { ...part, before: [...there(part.before), ...before], after: [...there(part.after), ...after] };
}
