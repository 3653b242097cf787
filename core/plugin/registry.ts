// Checks plugins, sets them up in order and keeps what they register. Must not start anything.

import { messageOf, NoRouterError } from "../errors.ts";
import type { LoadedPlugin } from "../ledger/events.ts";
import { LIMIT_ROWS, type LimitRow, type LimitRows } from "../limits.ts";
import type { HostSettings } from "../manifest/types.ts";
import { isPromise } from "../settle.ts";
import type { HostCode } from "./host_code.ts";
import type { ManifestCheck, PluginKey, PluginKeys } from "./key.ts";
import type { Observer } from "./observer.ts";
import type { Plugin, PluginContext, PluginOnHost } from "./plugin.ts";
import { PLUGIN_API } from "./plugin.ts";
import type { Rule } from "./rule.ts";
import type { StoreKind } from "./store.ts";
import type { Transport } from "./transport.ts";

/** A set of plugins and what they registered, in the order they were set up. */
export interface Registry {
  readonly plugins: readonly Plugin[];
  readonly transports: readonly Transport[];
  readonly rules: readonly Rule[];
  readonly observers: readonly Observer[];
  /** Where the log lives; undefined: in memory. */
  readonly store: StoreKind | undefined;
  readonly keys: PluginKeys;
  /** Names of the keys of hosts that each plugin brought. */
  readonly hostKeys: ReadonlyMap<string, readonly string[]>;
}

/**
 * Sets plugins up: shape, contract version, names and order are checked before any code of theirs runs.
 * @throws NoRouterError `plugin-invalid`, naming the plugin
 */
export function registerPlugins(candidates: readonly unknown[]): Registry {
  const plugins = inOrder(candidates.map(checked));
  const transports: Transport[] = [];
  const rules: Rule[] = [];
  const limits: Record<string, LimitRow> = {};
  const observers: Observer[] = [];
  const stores: StoreKind[] = [];
  const keys: { readonly [Kind in KeyKind]: OwnedKey[] } = { host: [], route: [], network: [] };
  const checks: ManifestCheck[] = [];
  for (const plugin of plugins) {
    let open = true;
    const add = <T>(list: { push(item: T): void }) => {
      return (item: T) => {
        if (!open) invalid(plugin.name, "registers after its set-up ended");
        list.push(item);
      };
    };
    const addTransport = add(transports);
    const addRule = add(rules);
    const addObserver = add(observers);
    const addStore = add(stores);
    const addCheck = add(checks);
    const addKey = (kind: KeyKind) => {
      const addOwned = add(keys[kind]);
      return <T>(key: PluginKey<T>) => addOwned({ key: checkedKey(plugin.name, kind, key, keys[kind]), plugin: plugin.name });
    };
    const context: PluginContext = {
      transport: (transport) => addTransport(checkedTransport(plugin.name, transport, transports)),
      rule: (rule) => addRule(checkedRule(plugin.name, rule, rules)),
      observer: (observer) => addObserver(checkedObserver(plugin.name, observer, observers)),
      store: (kind) => addStore(checkedStore(plugin.name, kind, stores)),
      hostKey: addKey("host"),
      routeKey: addKey("route"),
      networkKey: addKey("network"),
      limits: add({ push: (rows: LimitRows) => Object.assign(limits, checkedLimits(plugin.name, rows, limits)) }),
      check: (check) =>
        addCheck(typeof check === "function" ? check : invalid(plugin.name, "brings a check that is no function")),
    };
    try {
      // What an asynchronous set-up would register comes too late.
      if (isPromise(plugin.setup(context)))
        invalid(plugin.name, "has a 'setup' that gives a promise; it must have registered when it returns");
    } catch (thrown) {
      if (thrown instanceof NoRouterError && thrown.code === "plugin-invalid") throw thrown;
      invalid(plugin.name, `fails in its set-up: ${messageOf(thrown)}`);
    } finally {
      open = false;
    }
    checkOwned(plugin.name, keys, { transports, rules });
  }
  const bare = (owned: readonly OwnedKey[]) => owned.map(({ key }) => key);
  const allKeys = { host: bare(keys.host), route: bare(keys.route), network: bare(keys.network), checks, limits };
  const hostKeysOf = (name: string) => keys.host.flatMap(({ key, plugin }) => (plugin === name ? key.name : []));
  return {
    plugins,
    transports,
    rules,
    observers,
    store: stores[0],
    keys: allKeys,
    hostKeys: new Map(plugins.map(({ name }) => [name, hostKeysOf(name)])),
  };
}

/**
 * The plugins as hosts have to know them, in order.
 * @param code By plugin, of those whose host part is a module.
 * @throws NoRouterError `plugin-invalid` for a module that was not read
 */
export function loadedPlugins(registry: Registry, code: ReadonlyMap<string, HostCode> = new Map()): LoadedPlugin[] {
  return registry.plugins.map(({ name, host }, order) => {
    if (!host) return { name, order };
    const hostKeys = host.everywhere ? [] : (registry.hostKeys.get(name) ?? []);
    if ("load" in host) return { name, order, hostKeys };
    const { hash, bytes } = code.get(name) ?? invalid(name, "has a module for hosts that was not read");
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

/**
 * Plugins of which a host runs their parts there; their code runs when a part is loaded.
 * @throws NoRouterError `plugin-invalid`, naming the plugin
 */
export function checkedOnHost(candidates: readonly unknown[]): PluginOnHost[] {
  return candidates.map(checkedName);
}

function checkedName(candidate: unknown): Partial<Plugin> & PluginOnHost {
  const plugin = candidate as Partial<Plugin> | null;
  if (typeof plugin !== "object" || plugin === null) return invalid("?", `is ${String(candidate)}; an object was wanted`);
  const { name, host } = plugin;
  if (typeof name !== "string" || !/^[a-z][a-z0-9-]*$/.test(name))
    return invalid(String(name), "has no name of lower case letters, digits and dashes");
  if (host !== undefined) checkHostModule(name, host);
  return plugin as Partial<Plugin> & PluginOnHost;
}

function checkHostModule(name: string, host: unknown): void {
  const { load, module } = (host ?? {}) as { readonly load?: unknown; readonly module?: unknown };
  const isPlace = typeof module === "string" || module instanceof URL;
  if ((typeof load === "function") === isPlace)
    invalid(name, "has a 'host' with neither a function 'load' nor the path 'module'");
}

function checked(candidate: unknown): Plugin {
  const plugin = checkedName(candidate);
  const { name, api, setup, before, after } = plugin;
  if (api !== PLUGIN_API) return invalid(name, `was written for contract ${String(api)}; ${PLUGIN_API} was wanted`);
  if (typeof setup !== "function") return invalid(name, "has no 'setup' function");
  if (before !== undefined && !Array.isArray(before)) return invalid(name, "has a 'before' that is not a list");
  if (after !== undefined && !Array.isArray(after)) return invalid(name, "has an 'after' that is not a list");
  return candidate as Plugin;
}

function checkedTransport(plugin: string, candidate: unknown, others: readonly Transport[]): Transport {
  const transport = candidate as Partial<Transport> | null;
  if (typeof transport !== "object" || transport === null) return invalid(plugin, "registers a transport that is no object");
  const { name, claims, describe, open, key } = transport;
  if (typeof name !== "string" || name === "") return invalid(plugin, "registers a transport without a name");
  for (const [what, member] of Object.entries({ claims, describe, open })) {
    if (typeof member !== "function") invalid(plugin, `registers transport "${name}" without '${what}'`);
  }
  if (others.some((other) => other.name === name)) invalid(plugin, `registers transport "${name}", which is there already`);
  const owner = key === undefined ? undefined : others.find((other) => other.key === key);
  if (owner) invalid(plugin, `registers transport "${name}" with key '${key}', which is that of transport "${owner.name}"`);
  return transport as Transport;
}

/** Limits of a plugin's own: values within their ranges, and names that no other has unless the row is the same. */
function checkedLimits(plugin: string, rows: unknown, others: LimitRows): LimitRows {
  if (typeof rows !== "object" || rows === null) return invalid(plugin, "brings limits that are no table of rows");
  for (const [name, row] of Object.entries(rows as LimitRows)) {
    const { value, unit, min, max, why } = (row ?? {}) as Partial<LimitRow>;
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) invalid(plugin, `brings limit '${name}'; letters and digits were wanted`);
    if (Object.hasOwn(LIMIT_ROWS, name) || !isSameRow(others[name] ?? row, row ?? {}))
      invalid(plugin, `brings limit '${name}', which is there already`);
    const numbers = [value, min, max].every((one) => Number.isSafeInteger(one));
    if (!numbers || !(Number(min) <= Number(value) && Number(value) <= Number(max)))
      invalid(plugin, `brings limit '${name}' without whole numbers 'min', 'value' and 'max' in this order`);
    if (!["ms", "bytes", "count"].includes(String(unit)) || typeof why !== "string" || why === "")
      invalid(plugin, `brings limit '${name}' without a 'unit' of ms, bytes or count, and a reason, 'why'`);
  }
  return rows as LimitRows;
}

/** Plugins that use the same parts share their limits. */
const isSameRow = (one: LimitRow, other: Partial<LimitRow>): boolean =>
  (["value", "unit", "min", "max", "why"] as const).every((field) => one[field] === other[field]);

function checkedRule(plugin: string, candidate: unknown, others: readonly Rule[]): Rule {
  const rule = candidate as Partial<Rule> | null;
  if (typeof rule !== "object" || rule === null) return invalid(plugin, "registers a rule that is no object");
  const { name, routes, key } = rule;
  if (typeof name !== "string" || name === "") return invalid(plugin, "registers a rule without a name");
  if (typeof routes !== "function") invalid(plugin, `registers rule "${name}" without 'routes'`);
  if (typeof key !== "string") invalid(plugin, `registers rule "${name}" without the name of its 'key'`);
  const owner = others.find((other) => other.key === key);
  if (owner) invalid(plugin, `registers rule "${name}" with key '${key}', which is that of rule "${owner.name}"`);
  return rule as Rule;
}

function checkedStore(plugin: string, candidate: unknown, others: readonly StoreKind[]): StoreKind {
  const kind = candidate as Partial<StoreKind> | null;
  if (typeof kind !== "object" || kind === null) return invalid(plugin, "registers a store that is no object");
  if (typeof kind.name !== "string" || kind.name === "") return invalid(plugin, "registers a store without a name");
  if (typeof kind.open !== "function") invalid(plugin, `registers store "${kind.name}" without 'open'`);
  const [other] = others;
  if (other) invalid(plugin, `registers store "${kind.name}" beside "${other.name}"; leave one of them out`);
  return kind as StoreKind;
}

function checkedObserver(plugin: string, candidate: unknown, others: readonly Observer[]): Observer {
  const observer = candidate as Partial<Observer> | null;
  if (typeof observer !== "object" || observer === null) return invalid(plugin, "registers an observer that is no object");
  const { name, observe } = observer;
  if (typeof name !== "string" || name === "") return invalid(plugin, "registers an observer without a name");
  if (typeof observe !== "function") invalid(plugin, `registers observer "${name}" without 'observe'`);
  if (others.some((other) => other.name === name)) invalid(plugin, `registers observer "${name}", which is there already`);
  return observer as Observer;
}

/** Where a key stands. */
type KeyKind = "host" | "route" | "network";

/** A key, and the plugin that brought it. */
interface OwnedKey {
  readonly key: PluginKey;
  readonly plugin: string;
}

/** A key of the manifest that a plugin brings. */
function checkedKey(plugin: string, kind: KeyKind, candidate: unknown, others: readonly OwnedKey[]): PluginKey {
  const key = (candidate ?? {}) as Partial<PluginKey>;
  const { name, description, schema, schemes, expose, check } = key;
  const what = `${kind} key`;
  if (typeof name !== "string" || !/^[a-z][a-zA-Z0-9-]*$/.test(name) || name.startsWith("x-"))
    return invalid(plugin, `brings ${what} ${JSON.stringify(name)}; letters, digits and dashes were wanted`);
  if (typeof description !== "string" || description === "") invalid(plugin, `brings ${what} '${name}' without a description`);
  const standard: Partial<PluginKey["schema"]["~standard"]> | undefined = schema?.["~standard"];
  if (standard?.version !== 1 || typeof standard.validate !== "function")
    invalid(plugin, `brings ${what} '${name}' without a schema; a Standard Schema of version 1 was wanted`);
  for (const [member, given] of Object.entries({ expose, check }))
    if (given !== undefined && typeof given !== "function")
      invalid(plugin, `brings ${what} '${name}' whose '${member}' is no function`);
  if (schemes !== undefined && !(Array.isArray(schemes) && schemes.every((one) => typeof one === "string")))
    invalid(plugin, `brings ${what} '${name}' whose 'schemes' are no list of strings`);
  const owner = others.find((other) => other.key.name === name);
  if (owner) invalid(plugin, `brings ${what} '${name}', which belongs to plugin "${owner.plugin}"`);
  return key as PluginKey;
}

/** Whether transports and rules name keys that are there and meant for them. */
function checkOwned(
  plugin: string,
  keys: { readonly [Kind in KeyKind]: readonly OwnedKey[] },
  { transports, rules }: Pick<Registry, "transports" | "rules">,
): void {
  const named = (kind: "host" | "route", name: string) => keys[kind].find(({ key }) => key.name === name)?.key;
  for (const { name, key } of transports)
    if (key !== undefined && !named("host", key)?.way)
      invalid(plugin, `registers transport "${name}" with key '${key}', which is no host key that is a 'way'`);
  for (const { name, key } of rules)
    if (!named("route", key)?.destinations)
      invalid(plugin, `registers rule "${name}" with key '${key}', which is no route key for 'destinations'`);
}

/** The plugins with each behind those it comes after, and before those it comes before; otherwise in the order given. */
function inOrder(plugins: readonly Plugin[]): Plugin[] {
  const waiting = new Map<string, Plugin>();
  for (const plugin of plugins) {
    if (waiting.has(plugin.name)) invalid(plugin.name, "is there twice");
    waiting.set(plugin.name, plugin);
  }
  const earlierThan = new Map<Plugin, Plugin[]>(plugins.map((plugin) => [plugin, []]));
  for (const plugin of plugins) {
    const there = (name: string, where: string) =>
      waiting.get(name) ?? invalid(plugin.name, `comes ${where} "${name}", which is not there`);
    for (const name of plugin.after ?? []) earlierThan.get(plugin)?.push(there(name, "after"));
    for (const name of plugin.before ?? []) earlierThan.get(there(name, "before"))?.push(plugin);
  }
  const done: Plugin[] = [];
  const visit = (plugin: Plugin, path: readonly string[]) => {
    if (path.includes(plugin.name)) invalid(plugin.name, `comes after itself: ${[...path, plugin.name].join(" -> ")}`);
    if (done.includes(plugin)) return;
    for (const earlier of earlierThan.get(plugin) ?? []) visit(earlier, [...path, plugin.name]);
    done.push(plugin);
  };
  for (const plugin of plugins) visit(plugin, []);
  return done;
}

function invalid(name: string, what: string): never {
  throw new NoRouterError("plugin-invalid", `Plugin "${name}" ${what}`);
}
