// A manifest as the log is to have it, and the secrets of it in the vault. Must not execute anything.

import { admissionOf } from "./admission.ts";
import type { WantedHost, WantedNetwork } from "./ledger/apply.ts";
import type { HostState } from "./ledger/network.ts";
import type { HostSpec, Manifest } from "./manifest/types.ts";
import { maskedUrls } from "./masked.ts";
import { type Registry, transportFor } from "./plugin/registry.ts";
import type { HostSettings, Transport } from "./plugin/transport.ts";
import { planRoutes } from "./routes/plan.ts";
import type { VaultDraft } from "./vault.ts";

/** What the log has now, and where secrets go. */
export interface Known {
  readonly vault: VaultDraft;
  /** Hosts of the log by their names. */
  readonly known: ReadonlyMap<string, HostState>;
}

/** What a manifest comes to. */
export interface Wanted {
  readonly wanted: WantedNetwork;
  /** The proxies that routes leave through, by the route's number. */
  readonly upstreams: readonly (URL | undefined)[];
}

/** The vault's id of the way to a host. */
export function wayId(name: string): string {
  return `host/${name}/way`;
}

/**
 * The network that a manifest wants; the ways to its hosts are in the vault's draft then.
 * @throws NoRouterError `no-transport`, `no-rule` or `rule-failed`
 */
export function wantedOf(manifest: Manifest, registry: Registry, known: Known): Wanted {
  const transports = manifest.hosts.map(({ name, settings }) => transportFor(registry, name, settings));
  const planned = planRoutes(manifest.routes, registry.rules);
  const hosts = manifest.hosts.map((spec, at) => wantedHost(spec, transports[at] as Transport, known));
  const routes = planned.map(({ route }) => route);
  return { wanted: { plugins: registry.plugins, hosts, routes }, upstreams: planned.map(({ upstream }) => upstream) };
}

function wantedHost(spec: HostSpec, transport: Transport, { vault, known }: Known): WantedHost {
  const { name, settings } = spec;
  const way = vault.put(wayId(name), settings, known.get(name)?.private?.way);
  return { ...admissionOf(spec), private: { transport: transport.name, via: described(transport, settings), way } };
}

/** The way to the host for people; a transport that cannot tell is shown by its name. */
function described(transport: Transport, settings: HostSettings): string {
  try {
    return maskedUrls(String(transport.describe(settings)));
  } catch {
    return transport.name;
  }
}
