// Checks plugins, sets them up in order and keeps what they register. Must not start anything.

import { messageOf, NoRouterError } from "../errors.ts";
import { isPromise } from "../settle.ts";
import type { Egress } from "./egress.ts";
import type { FrontEnd } from "./front_end.ts";
import type { HostContext } from "./host_context.ts";
import type { HostKey, RouteKey } from "./key.ts";
import type { Plugin, PluginContext } from "./plugin.ts";
import { PLUGIN_API } from "./plugin.ts";
import type { Rule } from "./rule.ts";
import type { HostSettings, Transport } from "./transport.ts";

/** What a set of plugins registered, in the order they were set up. */
export interface Registry {
  readonly plugins: readonly string[];
  readonly transports: readonly Transport[];
  readonly rules: readonly Rule[];
  readonly frontEnds: readonly ((host: HostContext) => FrontEnd)[];
  readonly egresses: readonly ((host: HostContext) => Egress)[];
}

/**
 * Sets plugins up: shape, contract version, names and order are checked before any code of theirs runs.
 * @throws NoRouterError `plugin-invalid`, naming the plugin
 */
export function registerPlugins(candidates: readonly unknown[]): Registry {
  const plugins = inOrder(candidates.map(checked));
  const transports: Transport[] = [];
  const rules: Rule[] = [];
  const frontEnds: Registry["frontEnds"][number][] = [];
  const egresses: Registry["egresses"][number][] = [];
  for (const plugin of plugins) {
    let open = true;
    const add = <T>(list: T[]) => {
      return (item: T) => {
        if (!open) invalid(plugin.name, "registers after its set-up ended");
        list.push(item);
      };
    };
    const addTransport = add(transports);
    const addRule = add(rules);
    const context: PluginContext = {
      transport: (transport) => addTransport(checkedTransport(plugin.name, transport, transports)),
      rule: (rule) => addRule(checkedRule(plugin.name, rule, rules)),
      frontEnd: add(frontEnds),
      egress: add(egresses),
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
  }
  return { plugins: plugins.map(({ name }) => name), transports, rules, frontEnds, egresses };
}

/** The keys of a host that the transports brought. */
export function hostKeysOf({ transports }: Registry): HostKey[] {
  return transports.flatMap(({ hostKey }) => hostKey ?? []);
}

/** The keys of a route that the rules brought. */
export function routeKeysOf({ rules }: Registry): RouteKey[] {
  return rules.map(({ routeKey }) => routeKey);
}

/**
 * The transport whose key the host has, or else the first that claims it.
 * @throws NoRouterError `no-transport`
 */
export function transportFor(registry: Registry, name: string, settings: HostSettings): Transport {
  const { transports } = registry;
  const keyed = transports.find(({ hostKey }) => hostKey !== undefined && Object.hasOwn(settings, hostKey.name));
  const found = (keyed ? [keyed] : transports).find((transport) => transport.claims(settings));
  if (found) return found;
  const known = registry.transports.map((transport) => `"${transport.name}"`).join(", ");
  throw new NoRouterError("no-transport", `No transport claims host "${name}"; there are ${known || "none"}`);
}

function checked(candidate: unknown): Plugin {
  const plugin = candidate as Partial<Plugin> | null;
  if (typeof plugin !== "object" || plugin === null) return invalid("?", `is ${String(candidate)}; an object was wanted`);
  const { name, api, setup, after } = plugin;
  if (typeof name !== "string" || !/^[a-z][a-z0-9-]*$/.test(name))
    return invalid(String(name), "has no name of lower case letters, digits and dashes");
  if (api !== PLUGIN_API) return invalid(name, `was written for contract ${String(api)}; ${PLUGIN_API} was wanted`);
  if (typeof setup !== "function") return invalid(name, "has no 'setup' function");
  if (after !== undefined && !Array.isArray(after)) return invalid(name, "has an 'after' that is not a list");
  return plugin as Plugin;
}

function checkedTransport(plugin: string, candidate: unknown, others: readonly Transport[]): Transport {
  const transport = candidate as Partial<Transport> | null;
  if (typeof transport !== "object" || transport === null) return invalid(plugin, "registers a transport that is no object");
  const { name, claims, describe, open, hostKey } = transport;
  if (typeof name !== "string" || name === "") return invalid(plugin, "registers a transport without a name");
  for (const [what, member] of Object.entries({ claims, describe, open })) {
    if (typeof member !== "function") invalid(plugin, `registers transport "${name}" without '${what}'`);
  }
  if (others.some((other) => other.name === name)) invalid(plugin, `registers transport "${name}", which is there already`);
  if (hostKey !== undefined) checkHostKey(plugin, hostKey, others);
  return transport as Transport;
}

function checkHostKey(plugin: string, hostKey: unknown, others: readonly Transport[]): void {
  const name = checkKey(plugin, "host key", hostKey);
  const owner = others.find((other) => other.hostKey?.name === name);
  if (owner) invalid(plugin, `brings host key '${name}', which belongs to transport "${owner.name}"`);
}

function checkedRule(plugin: string, candidate: unknown, others: readonly Rule[]): Rule {
  const rule = candidate as Partial<Rule> | null;
  if (typeof rule !== "object" || rule === null) return invalid(plugin, "registers a rule that is no object");
  const { name, routes, routeKey } = rule;
  if (typeof name !== "string" || name === "") return invalid(plugin, "registers a rule without a name");
  if (typeof routes !== "function") invalid(plugin, `registers rule "${name}" without 'routes'`);
  const key = checkKey(plugin, "route key", routeKey);
  const owner = others.find((other) => other.routeKey.name === key);
  if (owner) invalid(plugin, `brings route key '${key}', which belongs to rule "${owner.name}"`);
  return rule as Rule;
}

/** A key of the manifest that a plugin brings; gives its name. */
function checkKey(plugin: string, what: string, key: unknown): string {
  const { name, description, schema } = (key ?? {}) as Partial<HostKey>;
  if (typeof name !== "string" || !/^[a-z][a-zA-Z0-9-]*$/.test(name) || name.startsWith("x-"))
    return invalid(plugin, `brings ${what} ${JSON.stringify(name)}; letters, digits and dashes were wanted`);
  if (typeof description !== "string" || description === "") invalid(plugin, `brings ${what} '${name}' without a description`);
  const standard: Partial<HostKey["schema"]["~standard"]> | undefined = schema?.["~standard"];
  if (standard?.version !== 1 || typeof standard.validate !== "function")
    invalid(plugin, `brings ${what} '${name}' without a schema; a Standard Schema of version 1 was wanted`);
  return name;
}

/** The plugins with each behind those it comes after; otherwise in the order given. */
function inOrder(plugins: readonly Plugin[]): Plugin[] {
  const waiting = new Map<string, Plugin>();
  for (const plugin of plugins) {
    if (waiting.has(plugin.name)) invalid(plugin.name, "is there twice");
    waiting.set(plugin.name, plugin);
  }
  const done: Plugin[] = [];
  const visit = (plugin: Plugin, path: readonly string[]) => {
    if (path.includes(plugin.name)) invalid(plugin.name, `comes after itself: ${[...path, plugin.name].join(" -> ")}`);
    if (done.includes(plugin)) return;
    for (const name of plugin.after ?? []) {
      visit(waiting.get(name) ?? invalid(plugin.name, `comes after "${name}", which is not there`), [...path, plugin.name]);
    }
    done.push(plugin);
  };
  for (const plugin of plugins) visit(plugin, []);
  return done;
}

function invalid(name: string, what: string): never {
  throw new NoRouterError("plugin-invalid", `Plugin "${name}" ${what}`);
}
