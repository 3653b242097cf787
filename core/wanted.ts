// A manifest as the log is to have it, and the secrets of it in the vault.

import { admissionOf, demandKeyOf, routeWith, serviceOf } from "./admission.ts";
import { type Exposure, exposeHost, exposeRoute, NOTHING_EXPOSED } from "./exposure.ts";
import { type Awaiting, Exposures, type Prompt } from "./exposures.ts";
import type { WantedHost, WantedNetwork } from "./ledger/apply.ts";
import type { HostState, Network } from "./ledger/network.ts";
import type { Json, SettingsByKey } from "./ledger/settings.ts";
import type { HostSettings, HostSpec, Manifest } from "./manifest/types.ts";
import { maskedUrls } from "./masked.ts";
import type { HostCode } from "./plugin/host_code.ts";
import { loadedPlugins, type Registry, transportFor } from "./plugin/registry.ts";
import type { Transport } from "./plugin/transport.ts";
import { type PlannedRoute, planRoutes } from "./routes/plan.ts";
import type { Vault, VaultDraft } from "./vault.ts";

/** What the log has, and where secrets go. */
export interface Known extends Awaiting {
  readonly vault: Vault;
  /** What the log has at the moment. */
  readonly network: () => Network;
  /** The manifest's folder, for rules. */
  readonly folder?: string | undefined;
  /** The code of plugins whose host part is a module, by the plugin's name. */
  readonly hostCode: ReadonlyMap<string, HostCode> | undefined;
  /** Nothing runs yet: hosts need not wait for the keys of others. */
  readonly begins: boolean;
}

/** The network that a manifest wants, or as much of it as is known by now. */
export interface Step {
  readonly wanted: WantedNetwork;
  /** Names of hosts that are not to be started yet. */
  readonly waiting: ReadonlySet<string>;
  /** The ways to hosts and the secrets of keys, to be committed once the log has the step. */
  readonly vault: VaultDraft;
}

/** The vault's id of the way to a host. */
export function wayId(name: string): string {
  return `host/${name}/way`;
}

/** The vault's id of what says when a host runs. */
export function demandId(name: string): string {
  return `host/${name}/demand`;
}

/** The vault's id of what a key of a host exposes as a secret. */
export function hostSecretId(name: string, key: string): string {
  return `host/${name}/keys/${key}`;
}

/** The vault's id of what a key of a route exposes as a secret. */
export function routeSecretId(route: number, key: string): string {
  return `route/${route}/keys/${key}`;
}

/**
 * The network that a manifest wants, in one step. What is kept of a password takes a moment to be made: where nothing runs yet,
 * there is a step before that with all hosts, of which those wait whose keys take time, and another one whenever some are done. A
 * running network changes as a whole or not at all. Ends without a last step when it is aborted.
 * @throws NoRouterError `no-transport`, `no-rule`, `rule-failed` or `plugin-invalid`
 */
export async function* stepsTo(manifest: Manifest, registry: Registry, now: Known): AsyncGenerator<Step> {
  const { begins, signal, folder } = now;
  const transports = manifest.hosts.map(({ name, settings }) => transportFor(registry, name, settings));
  const planned = planRoutes(manifest.routes, registry.rules, folder);
  const known = hostsByName(now.network());
  const { host: hostKeys, route: routeKeys } = registry.keys;
  const { hosts, routes } = manifest;
  const exposures = new Exposures(
    [
      ...hosts.map((spec) => (prompt: Prompt) => exposeHost(spec, hostKeys, { before: known.get(spec.name)?.settings, prompt })),
      ...routes.map((spec) => () => exposeRoute(spec, routeKeys)),
    ],
    now,
    (at) => (at < hosts.length ? `host "${hosts[at]?.name}"` : `entry ${at - hosts.length + 1} of 'routes'`),
  );
  const parts = { manifest, registry, now, transports, planned, exposures };
  if (exposures.isLacking) await exposures.moment();
  // Hosts need all routes: what is led through another one must not go outside for a moment.
  const lacksRoute = () => routes.some((_, entry) => !exposures.isWhole(hosts.length + entry));
  while (lacksRoute() && !signal.aborted) await exposures.more();
  while (exposures.isLacking && !signal.aborted) {
    if (begins) yield stepOf(parts);
    await exposures.more();
  }
  if (!signal.aborted) yield stepOf(parts);
}

/** What a step is made of. */
interface Parts {
  readonly manifest: Manifest;
  readonly registry: Registry;
  readonly now: Known;
  readonly transports: readonly Transport[];
  readonly planned: readonly PlannedRoute[];
  /** Of the hosts, then of the entries of `routes`. */
  readonly exposures: Exposures;
}

function stepOf({ manifest, registry, now, transports, planned, exposures }: Parts): Step {
  const network = now.network();
  const known = hostsByName(network);
  const vault = now.vault.draft();
  /** With the revisions of the secrets, which go to the vault. */
  const revised = (
    { settings, secrets }: Exposure = NOTHING_EXPOSED,
    before: SettingsByKey = {},
    id: (key: string) => string,
  ) => {
    const entries = Object.entries(secrets).map(([key, secret]) => {
      return [key, { ...settings[key], secret: vault.put(id(key), secret, before[key]?.secret) }] as const;
    });
    return { ...settings, ...Object.fromEntries(entries) };
  };
  const hostOf = (spec: HostSpec, at: number): WantedHost => {
    const { name } = spec;
    const before = known.get(name);
    const way = vault.put(wayId(name), spec.settings, before?.private?.way);
    const exposed = revised(exposures.known[at], before?.settings, (key) => hostSecretId(name, key));
    // What the log has of keys stays until they are exposed.
    const kept = exposures.isWhole(at)
      ? []
      : Object.entries(before?.settings ?? {}).filter(([key]) => Object.hasOwn(spec.keys, key));
    const settings = { ...Object.fromEntries(kept), ...exposed };
    const key = demandKeyOf(spec, registry.keys.host);
    const demand = key && vault.put(demandId(name), spec.keys[key.name] as Json, before?.private?.demand);
    return {
      ...admissionOf(spec, settings, registry.keys.host),
      private: { ...shown(spec, transports[at] as Transport), way, ...(demand === undefined ? {} : { demand }) },
    };
  };
  const routeOf = (one: PlannedRoute, at: number) => {
    const before = network.routes[at]?.settings;
    return routeWith(
      one,
      revised(exposures.known[manifest.hosts.length + one.entry], before, (key) => routeSecretId(at, key)),
    );
  };
  const wanted = {
    plugins: loadedPlugins(registry, now.hostCode),
    hosts: manifest.hosts.map(hostOf),
    routes: planned.map(routeOf),
    services: (manifest.services ?? []).map(serviceOf),
  };
  const waiting = new Set(manifest.hosts.flatMap(({ name }, at) => (exposures.isWhole(at) ? [] : [name])));
  return { wanted, waiting, vault };
}

function hostsByName(network: Network): ReadonlyMap<string, HostState> {
  return new Map([...network.hosts.values()].map((host) => [host.name, host]));
}

function shown({ settings }: HostSpec, transport: Transport): { readonly transport: string; readonly via: string } {
  return { transport: transport.name, via: described(transport, settings) };
}

/** The way to a host for people; a transport that cannot tell is shown by its name. */
function described(transport: Transport, settings: HostSettings): string {
  try {
    return maskedUrls(String(transport.describe(settings)));
  } catch {
    return transport.name;
  }
}
