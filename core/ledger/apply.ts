// The difference between the network as it is and as a manifest wants it, as facts. Pure.

import { NoRouterError } from "../errors.ts";
import type { Route } from "../routes/route.ts";
import { type HostId, UNASSIGNED } from "../wire/frame.ts";
import type { AdmittedHost, Fact, LoadedPlugin, PrivateHost, PublishedPort, Service } from "./events.ts";
import type { HostState, Network } from "./network.ts";
import { isSame } from "./same.ts";

/** A host as the manifest wants it. */
export interface WantedHost extends AdmittedHost {
  readonly private: PrivateHost;
}

/** A service as the manifest wants it. */
export interface WantedService extends Omit<AdmittedHost, "service"> {
  /** With the names of its hosts. */
  readonly service: Omit<Service, "hosts"> & { readonly hosts: readonly string[] };
}

/** A route as the manifest wants it. */
export interface WantedRoute extends Omit<Route, "via"> {
  /** Name of the host that the destinations are reached from; undefined: they are refused. */
  readonly via: string | undefined;
}

/** The whole network as the manifest wants it. */
export interface WantedNetwork {
  /** In their order. */
  readonly plugins: readonly LoadedPlugin[];
  readonly hosts: readonly WantedHost[];
  readonly routes: readonly WantedRoute[];
  /** Absent without any. */
  readonly services?: readonly WantedService[];
}

/**
 * The facts that lead from one to the other; none where nothing differs. Hosts are the same by their names; a new one gets an
 * id that no host of this log has had.
 * @throws NoRouterError `command-refused`
 */
export function applied(network: Network, wanted: WantedNetwork): Fact[] {
  if (network.id === "") refuse("Network is not open yet");
  if (network.stopped) refuse("Network is stopped");
  const { services = [] } = wanted;
  checkUnique([...wanted.hosts, ...services]);
  // A host that has become a service is another one.
  const known = new Map([...network.hosts.values()].map((host) => [keyOf(host), host]));
  const keys = new Set([...wanted.hosts, ...services].map(keyOf));
  const ids = new Map<string, HostId>();
  let last = network.lastHost;
  const admit = (
    host: Omit<AdmittedHost, "service"> & { readonly service?: Service; readonly private?: PrivateHost },
  ): Fact[] => {
    const before = known.get(keyOf(host));
    const id = before?.id ?? ++last;
    ids.set(host.name, id);
    if (!before) return [{ type: "host.admitted", host: id, ...host }];
    if (isSame(admissionOf(before), host)) return [];
    const ports = host.publishes ? withFound(host.ports, before.ports) : host.ports;
    return [{ type: "host.changed", host: id, ...host, ports }];
  };
  const hosts = wanted.hosts.flatMap(admit);
  const served = services.flatMap(({ service, ...shared }) => {
    const members = service.hosts.map(
      (name) => ids.get(name) ?? refuse(`Service "${shared.name}" has host "${name}", which is not there`),
    );
    return admit({ ...shared, service: { ...service, hosts: members } });
  });
  if (last >= UNASSIGNED) refuse(`All ${UNASSIGNED - 1} ids of hosts are used up; start the network with a new log`);
  const left = [...known.values()].filter((host) => !keys.has(keyOf(host)));
  return [
    ...pluginFacts(network, wanted.plugins),
    ...left.map(({ id }): Fact => ({ type: "host.left", host: id })),
    ...hosts,
    ...served,
    ...routeFacts(network, wanted.routes, ids),
  ];
}

function pluginFacts(network: Network, plugins: readonly LoadedPlugin[]): Fact[] {
  const names = new Set(plugins.map(({ name }) => name));
  const left = network.plugins.filter(({ name }) => !names.has(name));
  const fresh = plugins.filter((plugin) => !network.plugins.some((before) => isSame(before, plugin)));
  return [
    ...left.map(({ name }): Fact => ({ type: "plugin.left", plugin: name })),
    ...fresh.map((plugin): Fact => ({ type: "plugin.loaded", plugin })),
  ];
}

function routeFacts(network: Network, wanted: readonly WantedRoute[], ids: ReadonlyMap<string, HostId>): Fact[] {
  const routes = wanted.map((route): Route => ({ ...route, via: route.via === undefined ? undefined : idOf(route.via, ids) }));
  return isSame(network.routes, routes) ? [] : [{ type: "routes.set", routes }];
}

function idOf(name: string, ids: ReadonlyMap<string, HostId>): HostId {
  return ids.get(name) ?? refuse(`A route leads through host "${name}", which is not there`);
}

function keyOf({ name, service }: { readonly name: string; readonly service?: object }): string {
  return service ? `service ${name}` : name;
}

function checkUnique(hosts: readonly Pick<AdmittedHost, "name" | "vip">[]): void {
  const owners = new Map<string, string>();
  for (const { name, vip } of hosts) {
    for (const [what, value] of [["Name", name] as const, ["VIP", vip] as const]) {
      const key = `${what} ${value}`;
      const owner = owners.get(key);
      if (owner !== undefined) refuse(`${key} of host "${name}" is taken by "${owner}"`);
      owners.set(key, name);
    }
  }
}

/** What the manifest said of a host. */
function admissionOf(host: HostState): AdmittedHost & Partial<Pick<HostState, "private">> {
  const { name, vip, aliases, ports, local, settings, lazy, publishes, service } = host;
  const more = { ...(lazy ? { lazy } : {}), ...(publishes ? { publishes } : {}) };
  const shared = { name, vip, aliases, ports: ports.filter(({ found }) => !found), local, settings, ...more };
  return service ? { ...shared, service } : { ...shared, private: host.private };
}

/** Ports that the manifest declares, and those that the host found besides. */
function withFound(declared: readonly PublishedPort[], ports: readonly PublishedPort[]): readonly PublishedPort[] {
  const found = ports.filter((port) => port.found && !declared.some(({ listen }) => listen === port.listen));
  return found.length === 0 ? declared : [...declared, ...found];
}

/** The facts that give a host these found ports in the place of those that it had; none where nothing differs. */
export function republished(host: HostState, found: readonly PublishedPort[]): Fact[] {
  const { id, ports } = host;
  const now = withFound(
    ports.filter((port) => !port.found),
    found,
  );
  const { private: way, ...admitted } = admissionOf(host);
  return isSame(now, ports)
    ? []
    : [{ type: "host.changed", host: id, ...admitted, ports: now, ...(way ? { private: way } : {}) }];
}

function refuse(message: string): never {
  throw new NoRouterError("command-refused", message);
}
