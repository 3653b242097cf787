// What one host may know of the log and of the state. Both views agree: the fold of the redacted log is the
// redacted fold. Must not be bypassed: everything that leaves the manager passes here.

import type { Route } from "../routes/route.ts";
import { NO_TRAFFIC } from "../traffic/history.ts";
import type { HostId } from "../wire/frame.ts";
import type { FactType, LinkFailure, LoadedPlugin, NetworkEvent, PublishedPort, Service } from "./events.ts";
import type { HostState, Network } from "./network.ts";
import type { SettingsByKey } from "./settings.ts";

/**
 * How much hosts may see of each event. None of what they do not need: what others listen on grows with the square of the hosts,
 * and who stops says bye.
 */
export const SEEN_BY_HOSTS: Readonly<Record<FactType, "all" | "part" | "none">> = {
  "network.opened": "all",
  "network.stopped": "none",
  "plugin.loaded": "part",
  "plugin.left": "all",
  "host.drained": "none",
  "host.undrained": "none",
  "health.changed": "none",
  "routes.set": "part",
  "traffic.counted": "none",
  "traffic.rolled": "none",
  "host.admitted": "part",
  "host.changed": "part",
  "host.left": "all",
  "host.ready": "all",
  "host.wanted": "part",
  "host.started": "all",
  "host.released": "all",
  "host.rested": "part",
  "link.starting": "all",
  "link.opened": "part",
  "link.closed": "part",
  "link.retrying": "all",
  "frontend.listening": "none",
  "frontend.failed": "none",
  "frontend.closed": "none",
  "plugin.failed": "none",
  "policy.refused": "none",
  "host.crowded": "none",
  "facts.dropped": "none",
  "stream.opened": "none",
  "stream.closed": "none",
};

/** The event as `reader` may see it; undefined when it is none of its business. */
export function redactEvent(event: NetworkEvent, reader: HostId): NetworkEvent | undefined {
  if (SEEN_BY_HOSTS[event.type] === "none") return undefined;
  if (event.type === "plugin.loaded" && !runsOnHosts(event.plugin)) return undefined;
  if (event.type === "host.admitted" || event.type === "host.changed") {
    const { private: _, service, ...shared } = event;
    const own = event.host === reader;
    return {
      ...shared,
      ports: redactPorts(event.ports, own),
      settings: redactSettings(event.settings, own),
      ...(service ? { service: redactService(service, reader) } : {}),
    };
  }
  if (event.type === "host.wanted") {
    const { from: _, port: __, ...shared } = event;
    return shared;
  }
  if (event.type === "host.rested") {
    return event.failure ? { ...event, failure: { code: event.failure.code, message: "" } } : event;
  }
  if (event.type === "routes.set") return { ...event, routes: event.routes.map((route) => redactRoute(route, reader)) };
  if (event.type === "link.closed") return { ...event, failure: redactFailure(event.failure) };
  if (event.type === "link.opened") {
    const { agent, banner: _, ...shared } = event;
    return agent && event.host === reader ? { ...shared, agent } : shared;
  }
  return event;
}

/** The hosts that may know more of these events than all others. */
export function concerns(events: readonly NetworkEvent[]): ReadonlySet<HostId> {
  const hosts = new Set<HostId>();
  for (const event of events) {
    if ("host" in event) hosts.add(event.host);
    if ("service" in event && typeof event.service === "object") for (const host of event.service.hosts) hosts.add(host);
    if (event.type === "routes.set") for (const { via } of event.routes) if (via !== undefined) hosts.add(via);
  }
  return hosts;
}

/** The state as `reader` may see it. */
export function redactNetwork(network: Network, reader: HostId): Network {
  const hosts = new Map([...network.hosts].map(([id, host]) => [id, redactHost(host, reader)]));
  const routes = network.routes.map((route) => redactRoute(route, reader));
  const plugins = network.plugins.filter(runsOnHosts);
  return { ...network, hosts, routes, plugins, stopped: false, traffic: NO_TRAFFIC };
}

/** What runs in the manager alone is nothing for hosts. */
function runsOnHosts({ hostKeys }: LoadedPlugin): boolean {
  return hostKeys !== undefined;
}

/** What a host reaches destinations through is its own affair. */
function redactRoute(route: Route, reader: HostId): Route {
  const { through, settings, ...shared } = route;
  if (through === undefined && settings === undefined) return route;
  const own = route.via === reader;
  const left = settings && redactSettings(settings, own);
  return {
    ...shared,
    ...(own && through !== undefined ? { through } : {}),
    ...(left && Object.keys(left).length > 0 ? { settings: left } : {}),
  };
}

function redactSettings(settings: SettingsByKey, own: boolean): SettingsByKey {
  if (own) return settings;
  const entries = Object.entries(settings).flatMap(([key, { all }]) => (all === undefined ? [] : [[key, { all }] as const]));
  return Object.fromEntries(entries);
}

function redactHost(host: HostState, reader: HostId): HostState {
  const own = host.id === reader;
  const failure = host.failure && redactFailure(host.failure);
  return {
    ...host,
    settings: redactSettings(host.settings, own),
    ports: redactPorts(host.ports, own),
    agent: own ? host.agent : undefined,
    failure,
    listeners: new Map(),
    drained: false,
    health: new Map(),
    private: undefined,
    ...(host.service ? { service: redactService(host.service, reader) } : {}),
  };
}

/** Whoever is checked has to know how. */
function redactService(service: Service, reader: HostId): Service {
  const { health, ...shared } = service;
  return health && !service.hosts.includes(reader) ? shared : service;
}

/** Targets are the publishing host's own affair. */
function redactPorts(ports: readonly PublishedPort[], own: boolean): readonly PublishedPort[] {
  return own ? ports : ports.map(({ listen, protocol }) => ({ listen, protocol }));
}

/** A command's words and output may hold secrets. */
function redactFailure(failure: LinkFailure): LinkFailure {
  return { code: failure.code, message: "", stderr: [] };
}
