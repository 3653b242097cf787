// The difference between the network as it is and as a manifest wants it, as facts. Pure.

import { NoRouterError } from "../errors.ts";
import type { Route } from "../routes/route.ts";
import { type HostId, UNASSIGNED } from "../wire/frame.ts";
import type { AdmittedHost, Fact, LoadedPlugin, PrivateHost } from "./events.ts";
import type { HostState, Network } from "./network.ts";
import { isSame } from "./same.ts";

/** A host as the manifest wants it. */
export interface WantedHost extends AdmittedHost {
  readonly private: PrivateHost;
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
}

/**
 * The facts that lead from one to the other; none where nothing differs. Hosts are the same by their names; a new one gets an
 * id that no host of this log has had.
 * @throws NoRouterError `command-refused`
 */
export function applied(network: Network, wanted: WantedNetwork): Fact[] {
  if (network.id === "") refuse("Network is not open yet");
  if (network.stopped) refuse("Network is stopped");
  checkUnique(wanted.hosts);
  const known = new Map([...network.hosts.values()].map((host) => [host.name, host]));
  const names = new Set(wanted.hosts.map(({ name }) => name));
  const ids = new Map<string, HostId>();
  let last = network.lastHost;
  const hosts = wanted.hosts.flatMap((host): Fact[] => {
    const before = known.get(host.name);
    const id = before?.id ?? ++last;
    ids.set(host.name, id);
    if (!before) return [{ type: "host.admitted", host: id, ...host }];
    return isSame(admissionOf(before), host) ? [] : [{ type: "host.changed", host: id, ...host }];
  });
  if (last >= UNASSIGNED) refuse(`All ${UNASSIGNED - 1} ids of hosts are used up; start the network with a new log`);
  const left = [...known.values()].filter(({ name }) => !names.has(name));
  return [
    ...pluginFacts(network, wanted.plugins),
    ...left.map(({ id }): Fact => ({ type: "host.left", host: id })),
    ...hosts,
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

function checkUnique(hosts: readonly WantedHost[]): void {
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
function admissionOf(host: HostState): AdmittedHost & Pick<HostState, "private"> {
  const { name, vip, aliases, ports, local, settings, lazy } = host;
  return { name, vip, aliases, ports, local, settings, ...(lazy ? { lazy } : {}), private: host.private };
}

function refuse(message: string): never {
  throw new NoRouterError("command-refused", message);
}
