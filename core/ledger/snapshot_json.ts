// Snapshots as JSON, on the wire and in journals.

import type { Snapshot } from "../plugin/store.ts";
import { NO_TRAFFIC, type TrafficHistory } from "../traffic/history.ts";
import type { HostId } from "../wire/frame.ts";
import { type HealthState, type HostState, listenerKey, type Network } from "./network.ts";
import { isSame } from "./same.ts";
import { upcastSnapshot } from "./upcast.ts";

/** A snapshot as JSON: maps become lists of pairs. */
export function snapshotToJson(snapshot: Snapshot): unknown {
  const hosts = [...snapshot.network.hosts.values()].map(({ drained, health, ...host }) => ({
    ...host,
    listeners: [...host.listeners.values()],
    ...(drained ? { drained } : {}),
    ...(health.size > 0 ? { health: [...health] } : {}),
  }));
  // Agents are told of none, and take what they do not know.
  const { traffic, ...network } = snapshot.network;
  const counted = isSame(traffic, NO_TRAFFIC) ? {} : { traffic };
  return { v: snapshot.v, seq: snapshot.seq, network: { ...network, ...counted, hosts } };
}

/**
 * The snapshot of {@link snapshotToJson}, after it went through JSON, in today's version.
 * @throws NoRouterError `protocol-mismatch` for one of a later version
 */
export function snapshotFromJson(json: unknown): Snapshot {
  type Listed = Omit<HostState, "listeners" | "drained" | "health"> & {
    listeners: HostState["listeners"] extends ReadonlyMap<string, infer L> ? L[] : never;
    drained?: boolean;
    health?: (readonly [HostId, HealthState])[];
  };
  const { v, seq, network } = upcastSnapshot(json as { readonly v: number }) as {
    v: number;
    seq: number;
    network: Omit<Network, "hosts" | "traffic"> & { hosts: Listed[]; traffic?: TrafficHistory };
  };
  const hosts = network.hosts.map((host): [number, HostState] => [
    host.id,
    {
      ...host,
      agent: host.agent,
      failure: host.failure,
      retry: host.retry,
      demand: host.demand && { ...host.demand, runs: host.demand.runs },
      private: host.private,
      drained: host.drained ?? false,
      health: new Map(host.health ?? []),
      listeners: new Map(host.listeners.map((listener) => [listenerKey(listener), { ...listener, failure: listener.failure }])),
    },
  ]);
  const routes = network.routes.map((route) => ({ ...route, via: route.via }));
  return { v, seq, network: { ...network, routes, hosts: new Map(hosts), traffic: network.traffic ?? NO_TRAFFIC } };
}
