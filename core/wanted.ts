// A manifest as the log is to have it, and the secrets of it in the vault. Must not execute anything.

import { admissionOf, routeWith } from "./admission.ts";
import { allOf, type Exposure, exposeHost, exposeRoute } from "./exposure.ts";
import type { WantedHost, WantedNetwork } from "./ledger/apply.ts";
import type { Network } from "./ledger/network.ts";
import type { SettingsByKey } from "./ledger/settings.ts";
import type { HostSettings, HostSpec, Manifest } from "./manifest/types.ts";
import { maskedUrls } from "./masked.ts";
import type { HostCode } from "./plugin/host_code.ts";
import { loadedPlugins, type Registry, transportFor } from "./plugin/registry.ts";
import type { Transport } from "./plugin/transport.ts";
import { planRoutes } from "./routes/plan.ts";
import type { VaultDraft } from "./vault.ts";

/** What the log has now, and where secrets go. */
export interface Known {
  readonly vault: VaultDraft;
  readonly network: Network;
  /** The manifest's folder, for rules. */
  readonly folder?: string | undefined;
  /** The code of plugins whose host part is a module, by the plugin's name. */
  readonly hostCode: ReadonlyMap<string, HostCode> | undefined;
}

/** The vault's id of the way to a host. */
export function wayId(name: string): string {
  return `host/${name}/way`;
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
 * The network that a manifest wants; the ways to its hosts and the secrets of keys are in the vault's draft then.
 * @throws NoRouterError `no-transport`, `no-rule`, `rule-failed` or `plugin-invalid`
 */
export async function wantedOf(manifest: Manifest, registry: Registry, now: Known): Promise<WantedNetwork> {
  const { vault, network, hostCode } = now;
  const { keys, rules } = registry;
  const transports = manifest.hosts.map(({ name, settings }) => transportFor(registry, name, settings));
  const planned = planRoutes(manifest.routes, rules, now.folder);
  const known = new Map([...network.hosts.values()].map((host) => [host.name, host]));
  const ofHosts = await allOf(
    manifest.hosts.map((spec) => exposeHost(spec, keys.host, { before: known.get(spec.name)?.settings })),
  );
  const ofEntries = await allOf(manifest.routes.map((spec) => exposeRoute(spec, keys.route)));
  /** With the revisions of the secrets, which go to the vault. */
  const revised = ({ settings, secrets }: Exposure = NOTHING, before: SettingsByKey = {}, id: (key: string) => string) => {
    const entries = Object.entries(secrets).map(([key, secret]) => {
      return [key, { ...settings[key], secret: vault.put(id(key), secret, before[key]?.secret) }] as const;
    });
    return { ...settings, ...Object.fromEntries(entries) };
  };
  const hosts = manifest.hosts.map((spec, at): WantedHost => {
    const { name } = spec;
    const before = known.get(name);
    const way = vault.put(wayId(name), spec.settings, before?.private?.way);
    const settings = revised(ofHosts[at], before?.settings, (key) => hostSecretId(name, key));
    return { ...admissionOf(spec, settings), private: { ...shown(spec, transports[at] as Transport), way } };
  });
  const routes = planned.map((one, at) =>
    routeWith(
      one,
      revised(ofEntries[one.entry], network.routes[at]?.settings, (key) => routeSecretId(at, key)),
    ),
  );
  return { plugins: loadedPlugins(registry, hostCode), hosts, routes };
}

const NOTHING: Exposure = { settings: {}, secrets: {} };

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
