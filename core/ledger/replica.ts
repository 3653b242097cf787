// A host's copy of what it may know: a snapshot, then batches of events, folded with the manager's own code.
// Must not write: what a host has to say goes to the manager as a report.

import type { NetworkEvent } from "./events.ts";
import type { Snapshot } from "./ledger.ts";
import { EMPTY_NETWORK, fold, type HostState, type Network } from "./network.ts";

/** Events up to and including `to`; those this host may not see are left out. */
export interface EventBatch {
  readonly to: number;
  readonly events: readonly NetworkEvent[];
}

/** A follower of the log. */
export class Replica {
  #network: Network = EMPTY_NETWORK;
  #seq = 0;

  /** The folded state. */
  get network(): Network {
    return this.#network;
  }

  /** Number of the last event in the state. */
  get seq(): number {
    return this.#seq;
  }

  /** Begins anew from a snapshot. */
  restore(snapshot: Snapshot): void {
    this.#network = snapshot.network;
    this.#seq = snapshot.seq;
  }

  /** Folds a batch; events that are in the state already change nothing. */
  apply(batch: EventBatch): void {
    if (batch.to <= this.#seq) return;
    this.#network = fold(
      batch.events.filter((event) => event.seq > this.#seq),
      this.#network,
    );
    this.#seq = batch.to;
  }
}

/** A snapshot as JSON: maps become lists of pairs. */
export function snapshotToJson(snapshot: Snapshot): unknown {
  const hosts = [...snapshot.network.hosts.values()].map((host) => ({ ...host, listeners: [...host.listeners.values()] }));
  return { seq: snapshot.seq, network: { ...snapshot.network, hosts } };
}

/** The snapshot of {@link snapshotToJson}, after it went through JSON. */
export function snapshotFromJson(json: unknown): Snapshot {
  type Listed = Omit<HostState, "listeners"> & {
    listeners: HostState["listeners"] extends ReadonlyMap<string, infer L> ? L[] : never;
  };
  const { seq, network } = json as { seq: number; network: Omit<Network, "hosts"> & { hosts: Listed[] } };
  const hosts = network.hosts.map((host): [number, HostState] => [
    host.id,
    {
      ...host,
      agent: host.agent,
      failure: host.failure,
      retry: host.retry,
      private: undefined,
      access: host.access,
      listeners: new Map(host.listeners.map((listener) => [listener.address, { ...listener, failure: listener.failure }])),
    },
  ]);
  const routes = network.routes.map((route) => ({ ...route, via: route.via }));
  return { seq, network: { ...network, routes, hosts: new Map(hosts) } };
}
