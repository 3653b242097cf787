// A manifest as the log has it.

import { LONGEST_DURATION_MS } from "./duration.ts";
import { NoRouterError } from "./errors.ts";
import { allOf, exposeHost, exposeRoute } from "./exposure.ts";
import { applied, type WantedRoute, type WantedService } from "./ledger/apply.ts";
import { type AdmittedHost, EVENT_VERSION, type Fact, type Lazy, type NetworkEvent } from "./ledger/events.ts";
import { fold, type Network } from "./ledger/network.ts";
import type { SettingsByKey } from "./ledger/settings.ts";
import type { HostSpec, Manifest, ServiceSpec } from "./manifest/types.ts";
import { isOwnHost } from "./own_host.ts";
import type { PluginKey, PluginKeys } from "./plugin/key.ts";
import type { PlannedRoute } from "./routes/plan.ts";

/** A host as the log is to have it, without what only the manager knows. */
export function admissionOf(spec: HostSpec, settings: SettingsByKey, keys: readonly PluginKey[]): AdmittedHost {
  const { name, vip, aliases, ports } = spec;
  const lazy = lazyOf(spec, keys);
  const publishes = keys.some((key) => Object.hasOwn(spec.keys, key.name) && key.publishes?.(spec.keys[key.name]));
  const more = { ...(lazy ? { lazy } : {}), ...(publishes ? { publishes: true as const } : {}) };
  return { name, vip, aliases, ports, local: isOwnHost(spec), settings, ...more };
}

/** The key that says when a host runs; undefined for a host that is started with the network. */
export function demandKeyOf({ keys: values }: HostSpec, keys: readonly PluginKey[]): PluginKey | undefined {
  return keys.find(({ name, demand }) => demand && Object.hasOwn(values, name));
}

/** When a host runs, as a key of a plugin says. @throws NoRouterError `plugin-invalid` */
function lazyOf(spec: HostSpec, keys: readonly PluginKey[]): Lazy | undefined {
  const key = demandKeyOf(spec, keys);
  if (!key) return undefined;
  const { idleMs, timeoutMs } = key.demand?.(spec.keys[key.name]) ?? refuse(key.name);
  const isTime = (ms: unknown) => Number.isSafeInteger(ms) && (ms as number) >= 0 && (ms as number) <= LONGEST_DURATION_MS;
  if (!isTime(timeoutMs) || (idleMs !== undefined && !isTime(idleMs))) refuse(key.name);
  return { ...(idleMs === undefined ? {} : { idleMs }), timeoutMs };
}

function refuse(key: string): never {
  throw new NoRouterError("plugin-invalid", `Key '${key}' does not say when the host runs`);
}

/** A service as the log is to have it. */
export function serviceOf({ name, vip, aliases, ports, ...spec }: ServiceSpec): WantedService {
  const { policy, hosts, sticky, max, health } = spec;
  const service = {
    policy,
    hosts,
    ...(sticky ? { sticky } : {}),
    ...(max === undefined ? {} : { max }),
    ...(health ? { health } : {}),
  };
  return {
    name,
    vip,
    aliases,
    ports: ports.map((listen) => ({ listen, protocol: "tcp" })),
    local: false,
    settings: {},
    service,
  };
}

/** A route with what is known of its keys. */
export function routeWith({ route }: PlannedRoute, settings: SettingsByKey): WantedRoute {
  return Object.keys(settings).length === 0 ? route : { ...route, settings };
}

/**
 * The network as a manager has it when every host is admitted and none is started; what takes long is left out.
 * @throws NoRouterError `plugin-invalid`
 */
export async function plannedNetwork(manifest: Manifest, planned: readonly PlannedRoute[], keys: PluginKeys): Promise<Network> {
  const hosts = await allOf(manifest.hosts.map((spec) => exposeHost(spec, keys.host, { draft: true })));
  const routes = await allOf(manifest.routes.map((spec) => exposeRoute(spec, keys.route, { draft: true })));
  const wanted = {
    plugins: [],
    hosts: manifest.hosts.map((spec, at) => ({
      ...admissionOf(spec, hosts[at]?.settings ?? {}, keys.host),
      private: { transport: "", via: "", way: 0 },
    })),
    routes: planned.map((one) => routeWith(one, routes[one.entry]?.settings ?? {})),
    services: (manifest.services ?? []).map(serviceOf),
  };
  const begun = fold(stamped([{ type: "network.opened", network: "planned", version: "" }]));
  return fold(stamped(applied(begun, wanted)), begun);
}

function stamped(facts: readonly Fact[]): NetworkEvent[] {
  return facts.map((fact, at) => ({ ...fact, seq: at + 1, at: 0, by: "user", v: EVENT_VERSION }));
}
