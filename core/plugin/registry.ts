// Puts together what plugins registered, in the order they ask for, and checks that they fit beside each other. Runs none of their code
// but their set-up.

import { NoRouterError } from "../errors.ts";
import type { LoadedPlugin } from "../ledger/events.ts";
import type { LimitRow } from "../limits.ts";
import type { HostSettings } from "../manifest/types.ts";
import { checkedName, checkedPlugin, invalidPlugin, type KeyKind } from "./checks.ts";
import type { HostCode } from "./host_code.ts";
import type { PluginKey, PluginKeys } from "./key.ts";
import type { Observer } from "./observer.ts";
import type { Plugin, PluginOnHost } from "./plugin.ts";
import { inOrder } from "./plugin_order.ts";
import type { Rule } from "./rule.ts";
import { type SetUpPlugin, setUp } from "./set_up.ts";
import type { Starter } from "./starter.ts";
import type { StoreKind } from "./store.ts";
import type { Transport } from "./transport.ts";

/** A set of plugins and what they registered, in order. */
export interface Registry {
  /** What each brought, in order. */
  readonly parts: readonly SetUpPlugin[];
  readonly plugins: readonly Plugin[];
  readonly transports: readonly Transport[];
  readonly starters: readonly Starter[];
  readonly rules: readonly Rule[];
  readonly observers: readonly Observer[];
  /** Where the log lives; undefined: in memory. */
  readonly store: StoreKind | undefined;
  readonly keys: PluginKeys;
}

/**
 * Sets plugins up: shape, contract version, names and order are checked before any code of theirs runs.
 * @throws NoRouterError `plugin-invalid`, naming the plugin
 */
export function registerPlugins(candidates: readonly unknown[]): Registry {
  return registryOf(inOrder(candidates.map(checkedPlugin)).map(setUp));
}

/**
 * A registry of plugins that are set up already; none of their code runs.
 * @throws NoRouterError `plugin-invalid` for an order that cannot be had, and for parts that do not fit beside each other
 */
export function registryOf(unordered: readonly SetUpPlugin[]): Registry {
  const parts = inOrder(unordered);
  const keysOf = (kind: KeyKind) => side(parts, (part) => part.keys[kind], keysClash(kind));
  const keys = { host: keysOf("host"), route: keysOf("route"), network: keysOf("network") };
  const transports = side(parts, (part) => part.transports, transportsClash);
  const starters = side(parts, (part) => part.starters, startersClash);
  const rules = side(parts, (part) => part.rules, rulesClash);
  const observers = side(parts, (part) => part.observers, observersClash);
  const stores = side(parts, (part) => part.stores, storesClash);
  const limits = side(parts, (part) => part.limits.flatMap((rows) => Object.entries(rows)), limitsClash);
  checkKeysOf(transports, rules, keys);
  const bare = <T>(owned: readonly Owned<T>[]) => owned.map(({ item }) => item);
  return {
    parts,
    plugins: parts.map(({ plugin }) => plugin),
    transports: bare(transports),
    starters: bare(starters),
    rules: bare(rules),
    observers: bare(observers),
    store: stores[0]?.item,
    keys: {
      ...{ host: bare(keys.host), route: bare(keys.route), network: bare(keys.network) },
      checks: parts.flatMap(({ checks }) => checks),
      limits: Object.fromEntries(bare(limits)),
    },
  };
}

/**
 * The plugins as hosts have to know them, in order.
 * @param code By plugin, of those whose host part is a module.
 * @throws NoRouterError `plugin-invalid` for a module that was not read
 */
export function loadedPlugins(registry: Registry, code: ReadonlyMap<string, HostCode> = new Map()): LoadedPlugin[] {
  return registry.parts.map(({ name, plugin: { host }, keys }, order) => {
    if (!host) return { name, order };
    const hostKeys = host.everywhere ? [] : keys.host.map((key) => key.name);
    if ("load" in host) return { name, order, hostKeys };
    const { hash, bytes } = code.get(name) ?? invalidPlugin(name, "has a module for hosts that was not read");
    return { name, order, hostKeys, code: { hash, bytes: bytes.length } };
  });
}

/**
 * The transport whose key the host has, or else the first that claims it.
 * @throws NoRouterError `no-transport`
 */
export function transportFor(registry: Registry, name: string, settings: HostSettings): Transport {
  const { transports } = registry;
  const keyed = transports.find(({ key }) => key !== undefined && Object.hasOwn(settings, key));
  const found = (keyed ? [keyed] : transports).find((transport) => transport.claims(settings));
  if (found) return found;
  const known = registry.transports.map((transport) => `"${transport.name}"`).join(", ");
  throw new NoRouterError("no-transport", `No transport claims host "${name}"; there are ${known || "none"}`);
}

/** The first starter that claims a host; undefined: nothing is started but its agent. */
export function starterFor({ starters }: Registry, settings: HostSettings, demand: unknown): Starter | undefined {
  return starters.find((starter) => starter.claims(settings, demand));
}

/**
 * Plugins of which a host runs their parts there; their code runs when a part is loaded.
 * @throws NoRouterError `plugin-invalid`, naming the plugin
 */
export function checkedOnHost(candidates: readonly unknown[]): PluginOnHost[] {
  return candidates.map(checkedName);
}

/** Something that a plugin registered. */
interface Owned<T> {
  readonly item: T;
  /** The plugin's name. */
  readonly plugin: string;
}

/** Why something cannot be there beside something else; undefined when it can. */
type Clash<T> = (item: T, other: Owned<T>) => string | undefined;

/** What all plugins registered of a kind, side by side. */
function side<T>(parts: readonly SetUpPlugin[], of: (part: SetUpPlugin) => readonly T[], clash: Clash<T>): Owned<T>[] {
  const taken: Owned<T>[] = [];
  for (const part of parts) {
    const { name: plugin } = part;
    for (const item of of(part)) {
      for (const other of taken) {
        const why = clash(item, other);
        if (why !== undefined) invalidPlugin(plugin, why);
      }
      taken.push({ item, plugin });
    }
  }
  return taken;
}

const transportsClash: Clash<Transport> = ({ name, key }, { item: other }) => {
  if (name === other.name) return `registers transport "${name}", which is there already`;
  if (key === undefined || key !== other.key) return undefined;
  return `registers transport "${name}" with key '${key}', which is that of transport "${other.name}"`;
};

const startersClash: Clash<Starter> = ({ name }, { item: other }) =>
  name === other.name ? `registers starter "${name}", which is there already` : undefined;

const rulesClash: Clash<Rule> = ({ name, key }, { item: other }) =>
  key === other.key ? `registers rule "${name}" with key '${key}', which is that of rule "${other.name}"` : undefined;

const observersClash: Clash<Observer> = ({ name }, { item: other }) =>
  name === other.name ? `registers observer "${name}", which is there already` : undefined;

const storesClash: Clash<StoreKind> = ({ name }, { item: other }) =>
  `registers store "${name}" beside "${other.name}"; leave one of them out`;

const keysClash =
  (kind: KeyKind): Clash<PluginKey> =>
  ({ name }, { item: other, plugin }) =>
    name === other.name ? `brings ${kind} key '${name}', which belongs to plugin "${plugin}"` : undefined;

/** Plugins that use the same parts share their limits. */
const limitsClash: Clash<readonly [string, LimitRow]> = ([name, row], { item: [other, taken] }) => {
  const isSame = (["value", "unit", "min", "max", "why"] as const).every((field) => row[field] === taken[field]);
  return name === other && !isSame ? `brings limit '${name}', which is there already` : undefined;
};

/** Whether transports and rules name keys that are there and meant for them. */
function checkKeysOf(
  transports: readonly Owned<Transport>[],
  rules: readonly Owned<Rule>[],
  keys: { readonly [Kind in KeyKind]: readonly Owned<PluginKey>[] },
): void {
  const named = (kind: KeyKind, name: string) => keys[kind].find(({ item }) => item.name === name)?.item;
  for (const { plugin, item } of transports)
    if (item.key !== undefined && !named("host", item.key)?.way)
      invalidPlugin(plugin, `registers transport "${item.name}" with key '${item.key}', which is no host key that is a 'way'`);
  for (const { plugin, item } of rules)
    if (!named("route", item.key)?.destinations)
      invalidPlugin(plugin, `registers rule "${item.name}" with key '${item.key}', which is no route key for 'destinations'`);
}
