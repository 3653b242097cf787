// What is asked of a plugin and of each thing that it registers, on its own. What is asked of plugins together stands in `registry.ts`.

import { messageOf, NoRouterError } from "../errors.ts";
import { LIMIT_ROWS, type LimitRow, type LimitRows } from "../limits.ts";
import { isPromise } from "../settle.ts";
import { whatIs } from "../text.ts";
import type { PluginKey } from "./key.ts";
import type { Observer } from "./observer.ts";
import { PLUGIN_API, type Plugin, type PluginOnHost } from "./plugin.ts";
import type { Rule } from "./rule.ts";
import type { Starter } from "./starter.ts";
import type { StoreKind } from "./store.ts";
import type { Transport } from "./transport.ts";

/** Where a key stands. */
export type KeyKind = "host" | "route" | "network";

/** Refuses a plugin. @throws NoRouterError `plugin-invalid` */
export function invalidPlugin(name: string, what: string): never {
  throw new NoRouterError("plugin-invalid", `Plugin "${name}" ${what}`);
}

/** Runs a set-up, of which `refuse` says what is wrong. @throws NoRouterError `plugin-invalid` */
export function runSetUp(run: () => unknown, refuse: (what: string) => never): void {
  try {
    // What an asynchronous set-up would register comes too late.
    if (isPromise(run())) refuse("has a 'setup' that gives a promise; it must have registered when it returns");
  } catch (thrown) {
    if (thrown instanceof NoRouterError && thrown.code === "plugin-invalid") throw thrown;
    refuse(`fails in its set-up: ${messageOf(thrown)}`);
  }
}

/** A name, and a host part if there is one. @throws NoRouterError `plugin-invalid` */
export function checkedName(candidate: unknown): Partial<Plugin> & PluginOnHost {
  const plugin = candidate as Partial<Plugin> | null;
  if (typeof plugin !== "object" || plugin === null) return invalidPlugin("?", `is ${whatIs(candidate)}; an object was wanted`);
  const { name, host } = plugin;
  if (typeof name !== "string" || !/^[a-z][a-z0-9-]*$/.test(name))
    return invalidPlugin(String(name), "has no name of lower case letters, digits and dashes");
  if (host !== undefined) checkHostModule(name, host);
  return plugin as Partial<Plugin> & PluginOnHost;
}

function checkHostModule(name: string, host: unknown): void {
  const { load, module } = (host ?? {}) as { readonly load?: unknown; readonly module?: unknown };
  const isPlace = typeof module === "string" || module instanceof URL;
  if ((typeof load === "function") === isPlace)
    invalidPlugin(name, "has a 'host' with neither a function 'load' nor the path 'module'");
}

/** Its shape and the contract it was written for. @throws NoRouterError `plugin-invalid` */
export function checkedPlugin(candidate: unknown): Plugin {
  const plugin = checkedName(candidate);
  const { name, api, setup, before, after } = plugin;
  if (api !== PLUGIN_API) return invalidPlugin(name, `was written for contract ${String(api)}; ${PLUGIN_API} was wanted`);
  if (typeof setup !== "function") return invalidPlugin(name, "has no 'setup' function");
  if (before !== undefined && !Array.isArray(before)) return invalidPlugin(name, "has a 'before' that is not a list");
  if (after !== undefined && !Array.isArray(after)) return invalidPlugin(name, "has an 'after' that is not a list");
  return candidate as Plugin;
}

/** A transport's members. @throws NoRouterError `plugin-invalid` */
export function checkedTransport(plugin: string, candidate: unknown): Transport {
  const transport = candidate as Partial<Transport> | null;
  if (typeof transport !== "object" || transport === null)
    return invalidPlugin(plugin, "registers a transport that is no object");
  const { name, claims, describe, open } = transport;
  if (typeof name !== "string" || name === "") return invalidPlugin(plugin, "registers a transport without a name");
  for (const [what, member] of Object.entries({ claims, describe, open })) {
    if (typeof member !== "function") invalidPlugin(plugin, `registers transport "${name}" without '${what}'`);
  }
  return transport as Transport;
}

/** Limits of a plugin's own: values within their ranges, and names that no limit of the core has. @throws NoRouterError `plugin-invalid` */
export function checkedLimits(plugin: string, rows: unknown): LimitRows {
  if (typeof rows !== "object" || rows === null) return invalidPlugin(plugin, "brings limits that are no table of rows");
  for (const [name, row] of Object.entries(rows as LimitRows)) {
    const { value, unit, min, max, why } = (row ?? {}) as Partial<LimitRow>;
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) invalidPlugin(plugin, `brings limit '${name}'; letters and digits were wanted`);
    if (Object.hasOwn(LIMIT_ROWS, name)) invalidPlugin(plugin, `brings limit '${name}', which is there already`);
    const numbers = [value, min, max].every((one) => Number.isSafeInteger(one));
    if (!numbers || !(Number(min) <= Number(value) && Number(value) <= Number(max)))
      invalidPlugin(plugin, `brings limit '${name}' without whole numbers 'min', 'value' and 'max' in this order`);
    if (!["ms", "bytes", "count"].includes(String(unit)) || typeof why !== "string" || why === "")
      invalidPlugin(plugin, `brings limit '${name}' without a 'unit' of ms, bytes or count, and a reason, 'why'`);
  }
  return rows as LimitRows;
}

/** A rule's members. @throws NoRouterError `plugin-invalid` */
export function checkedRule(plugin: string, candidate: unknown): Rule {
  const rule = candidate as Partial<Rule> | null;
  if (typeof rule !== "object" || rule === null) return invalidPlugin(plugin, "registers a rule that is no object");
  const { name, routes, key } = rule;
  if (typeof name !== "string" || name === "") return invalidPlugin(plugin, "registers a rule without a name");
  if (typeof routes !== "function") invalidPlugin(plugin, `registers rule "${name}" without 'routes'`);
  if (typeof key !== "string") invalidPlugin(plugin, `registers rule "${name}" without the name of its 'key'`);
  return rule as Rule;
}

/** A starter's members. @throws NoRouterError `plugin-invalid` */
export function checkedStarter(plugin: string, candidate: unknown): Starter {
  const starter = candidate as Partial<Starter> | null;
  if (typeof starter !== "object" || starter === null) return invalidPlugin(plugin, "registers a starter that is no object");
  const { name, claims, start, stop, always } = starter;
  if (typeof name !== "string" || name === "") return invalidPlugin(plugin, "registers a starter without a name");
  for (const [what, member] of Object.entries({ claims, start, stop })) {
    if (typeof member !== "function") invalidPlugin(plugin, `registers starter "${name}" without '${what}'`);
  }
  if (always !== undefined && typeof always !== "function")
    invalidPlugin(plugin, `registers starter "${name}" with an 'always' that is no function`);
  return starter as Starter;
}

/** A store's members. @throws NoRouterError `plugin-invalid` */
export function checkedStore(plugin: string, candidate: unknown): StoreKind {
  const kind = candidate as Partial<StoreKind> | null;
  if (typeof kind !== "object" || kind === null) return invalidPlugin(plugin, "registers a store that is no object");
  if (typeof kind.name !== "string" || kind.name === "") return invalidPlugin(plugin, "registers a store without a name");
  if (typeof kind.open !== "function") invalidPlugin(plugin, `registers store "${kind.name}" without 'open'`);
  return kind as StoreKind;
}

/** An observer's members. @throws NoRouterError `plugin-invalid` */
export function checkedObserver(plugin: string, candidate: unknown): Observer {
  const observer = candidate as Partial<Observer> | null;
  if (typeof observer !== "object" || observer === null) return invalidPlugin(plugin, "registers an observer that is no object");
  const { name, observe } = observer;
  if (typeof name !== "string" || name === "") return invalidPlugin(plugin, "registers an observer without a name");
  if (typeof observe !== "function") invalidPlugin(plugin, `registers observer "${name}" without 'observe'`);
  return observer as Observer;
}

/** A key of the manifest that a plugin brings. @throws NoRouterError `plugin-invalid` */
export function checkedKey(plugin: string, kind: KeyKind, candidate: unknown): PluginKey {
  const key = (candidate ?? {}) as Partial<PluginKey>;
  const { name, description, schema, schemes, expose, check, demand } = key;
  const what = `${kind} key`;
  if (typeof name !== "string" || !/^[a-z][a-zA-Z0-9-]*$/.test(name) || name.startsWith("x-"))
    return invalidPlugin(plugin, `brings ${what} ${JSON.stringify(name)}; letters, digits and dashes were wanted`);
  if (typeof description !== "string" || description === "")
    invalidPlugin(plugin, `brings ${what} '${name}' without a description`);
  const standard: Partial<PluginKey["schema"]["~standard"]> | undefined = schema?.["~standard"];
  if (standard?.version !== 1 || typeof standard.validate !== "function")
    invalidPlugin(plugin, `brings ${what} '${name}' without a schema; a Standard Schema of version 1 was wanted`);
  for (const [member, given] of Object.entries({ expose, check, demand }))
    if (given !== undefined && typeof given !== "function")
      invalidPlugin(plugin, `brings ${what} '${name}' whose '${member}' is no function`);
  if (schemes !== undefined && !(Array.isArray(schemes) && schemes.every((one) => typeof one === "string")))
    invalidPlugin(plugin, `brings ${what} '${name}' whose 'schemes' are no list of strings`);
  return key as PluginKey;
}
