// A manifest as the log has it.

import { allOf, exposeHost, exposeRoute } from "./exposure.ts";
import { applied, type WantedRoute } from "./ledger/apply.ts";
import { type AdmittedHost, EVENT_VERSION, type Fact, type NetworkEvent } from "./ledger/events.ts";
import { fold, type Network } from "./ledger/network.ts";
import type { SettingsByKey } from "./ledger/settings.ts";
import type { HostSpec, Manifest } from "./manifest/types.ts";
import { isOwnHost } from "./own_host.ts";
import type { PluginKeys } from "./plugin/key.ts";
import type { PlannedRoute } from "./routes/plan.ts";

/** A host as the log is to have it, without what only the manager knows. */
export function admissionOf(spec: HostSpec, settings: SettingsByKey): AdmittedHost {
  const { name, vip, aliases, ports } = spec;
  return { name, vip, aliases, ports, local: isOwnHost(spec), settings };
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
      ...admissionOf(spec, hosts[at]?.settings ?? {}),
      private: { transport: "", via: "", way: 0 },
    })),
    routes: planned.map((one) => routeWith(one, routes[one.entry]?.settings ?? {})),
  };
  const begun = fold(stamped([{ type: "network.opened", network: "planned", version: "" }]));
  return fold(stamped(applied(begun, wanted)), begun);
}

function stamped(facts: readonly Fact[]): NetworkEvent[] {
  return facts.map((fact, at) => ({ ...fact, seq: at + 1, at: 0, by: "user", v: EVENT_VERSION }));
}
