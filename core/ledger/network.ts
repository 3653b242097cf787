// The projection every part reads: what hosts there are and how they fare. Pure: equal logs fold to equal
// networks on every machine.

import { withHours } from "../traffic/history.ts";
import type { HostId } from "../wire/frame.ts";
import type { AdmittedHost, HealthFact, LinkFailure, ListenerFact, LoadedPlugin, NetworkEvent } from "./events.ts";
import {
  EMPTY_NETWORK,
  type HealthState,
  type HostState,
  type ListenerState,
  listenerKey,
  type Network,
} from "./network_state.ts";

export * from "./network_state.ts";

/** Maps that a fold made itself and nobody else has seen: it may go on filling them. */
type Drafts = Set<ReadonlyMap<unknown, unknown>>;

/** The state after one more event. */
export function evolve(network: Network, event: NetworkEvent): Network {
  return step(network, event, new Set());
}

/** The fold of many events. A map is copied once a fold, not once an event. */
export function fold(events: Iterable<NetworkEvent>, from: Network = EMPTY_NETWORK): Network {
  const drafts: Drafts = new Set();
  let network = from;
  for (const event of events) network = step(network, event, drafts);
  return network;
}

function step(network: Network, event: NetworkEvent, drafts: Drafts): Network {
  switch (event.type) {
    case "network.opened":
      return opened(network, event);
    case "network.stopped":
      return { ...network, stopped: true };
    case "plugin.loaded":
      return { ...network, plugins: withPlugin(network.plugins, event.plugin) };
    case "plugin.left":
      return { ...network, plugins: network.plugins.filter(({ name }) => name !== event.plugin) };
    case "host.admitted":
      return withHost({ ...network, lastHost: Math.max(network.lastHost, event.host) }, newHost(event), drafts);
    case "host.changed":
      return changed(network, event, drafts);
    case "host.left":
      return withoutHost(network, event.host, drafts);
    case "routes.set":
      // JSON has no undefined: a route that came through it is the same as one that did not.
      return { ...network, routes: event.routes.map((route) => ({ ...route, via: route.via })) };
    case "traffic.rolled":
      return { ...network, traffic: withHours(network.traffic, event, event.at) };
    default:
      return hostStep(network, event, drafts);
  }
}

/** What changes of one host. */
function hostStep(network: Network, event: NetworkEvent, drafts: Drafts): Network {
  switch (event.type) {
    case "link.starting":
      return update(network, event.host, { phase: "starting", failure: undefined }, drafts);
    case "link.opened": {
      const { session, agent } = event;
      return update(network, event.host, { phase: "joining", session, agent, failure: undefined }, drafts);
    }
    case "host.ready":
      return update(network, event.host, { phase: "ready", retry: undefined }, drafts);
    case "link.closed":
      return updateWith(network, event.host, (host) => linkClosed(host, event.failure), drafts);
    case "host.wanted":
    case "host.started":
    case "host.released":
    case "host.rested":
      return updateWith(network, event.host, (host) => demanded(host, event), drafts);
    case "link.retrying": {
      const { attempt, delayMs } = event;
      return update(network, event.host, { retry: { attempt, at: event.at + delayMs } }, drafts);
    }
    case "host.drained":
    case "host.undrained":
      return update(network, event.host, { drained: event.type === "host.drained" }, drafts);
    case "health.changed":
      return updateHealth(network, event, drafts);
    case "frontend.listening":
    case "frontend.failed":
    case "frontend.closed":
      return updateListeners(network, event.host, event, drafts);
    default:
      return network;
  }
}

/** A manager takes up its log: nothing of an earlier run is left but what hosts there are. */
function opened(network: Network, { network: id, version }: NetworkEvent & { type: "network.opened" }): Network {
  const hosts = [...network.hosts.values()].map((host): [HostId, HostState] => [host.id, { ...host, ...notStarted(host) }]);
  return { ...network, id, version, hosts: new Map(hosts), plugins: [], stopped: false };
}

const NOT_STARTED = {
  phase: "admitted",
  agent: undefined,
  failure: undefined,
  retry: undefined,
  listeners: new Map<string, ListenerState>(),
  health: new Map<HostId, HealthState>(),
} as const satisfies Partial<HostState>;

function newHost(event: AdmissionEvent): HostState {
  const admitted = { id: event.host, ...admission(event) };
  return { ...admitted, ...notStarted(admitted), session: 0, drained: false };
}

/**
 * What was started on demand goes on with the next manager, which stops it when nobody uses it. There is nothing to start of a
 * service: the manager answers for it.
 */
function notStarted({ lazy, service, demand }: AdmittedHost & Partial<Pick<HostState, "demand">>) {
  if (service) return { ...NOT_STARTED, phase: "ready", demand: undefined } as const;
  if (!lazy) return { ...NOT_STARTED, demand: undefined };
  const runs = demand?.runs === "ours" ? "ours" : undefined;
  return { ...NOT_STARTED, phase: "idle", demand: { wanted: runs !== undefined, kept: false, runs } } as const;
}

/** What runs goes on: only what the manifest says is another. */
function changed(network: Network, event: AdmissionEvent, drafts: Drafts): Network {
  const host = network.hosts.get(event.host);
  if (!host) return network;
  const { id, session, agent, failure, retry, listeners, drained, health } = host;
  const admitted = admission(event);
  // Nobody says of a host that starts with the network when it has been stopped: it is started again then.
  if (host.phase === "stopping" && !admitted.lazy) {
    return withHost(network, { id, ...admitted, ...NOT_STARTED, session, failure, demand: undefined, drained }, drafts);
  }
  const isDown = host.phase === "idle" || host.phase === "admitted";
  const down = admitted.lazy ? "idle" : "admitted";
  const phase = isDown ? down : host.phase;
  const demand = admitted.lazy && (host.demand ?? { wanted: !isDown, kept: false, runs: undefined });
  const kept: Omit<HostState, keyof AdmittedHost | "id" | "private"> = {
    phase,
    session,
    agent,
    failure,
    retry,
    demand,
    listeners,
    drained,
    health,
  };
  return withHost(network, { id, ...admitted, ...kept }, drafts);
}

/** Of a host that is being stopped, the end of its link is no failure. */
function linkClosed({ phase }: HostState, failure: LinkFailure): Partial<HostState> {
  const { listeners, health } = NOT_STARTED;
  const down = { agent: undefined, listeners, health };
  return phase === "stopping" ? down : { ...down, phase: "failed", failure };
}

type DemandEvent = NetworkEvent & { type: "host.wanted" | "host.started" | "host.released" | "host.rested" };

function demanded({ demand }: HostState, event: DemandEvent): Partial<HostState> {
  if (!demand) return {};
  switch (event.type) {
    case "host.wanted":
      return { demand: { ...demand, wanted: true, kept: demand.kept || event.kept === true } };
    case "host.started":
      return { demand: { ...demand, runs: event.already ? "theirs" : "ours" } };
    case "host.released": {
      // Whoever asks for a stop means it, whoever started the host.
      const runs = event.reason === "asked" && demand.runs ? "ours" : demand.runs;
      return { phase: "stopping", retry: undefined, demand: { wanted: false, kept: false, runs } };
    }
    case "host.rested":
      return { phase: "idle", demand: { ...demand, runs: event.failure ? demand.runs : undefined } };
  }
}

type AdmissionEvent = NetworkEvent & { type: "host.admitted" | "host.changed" };

/** What the manifest says of a host, without the event around it. */
function admission(event: AdmissionEvent): AdmittedHost & Pick<HostState, "private"> {
  const { name, vip, aliases, ports, local, settings, lazy, publishes, service } = event;
  const more = { ...(lazy ? { lazy } : {}), ...(publishes ? { publishes } : {}), ...(service ? { service } : {}) };
  return { name, vip, aliases, ports, local, settings, ...more, private: event.private };
}

function withPlugin(plugins: readonly LoadedPlugin[], plugin: LoadedPlugin): readonly LoadedPlugin[] {
  const others = plugins.filter(({ name }) => name !== plugin.name);
  return [...others, plugin].sort((a, b) => a.order - b.order);
}

function withHost(network: Network, host: HostState, drafts: Drafts): Network {
  const hosts = draftOf(network.hosts, drafts).set(host.id, host);
  return hosts === network.hosts ? network : { ...network, hosts };
}

function withoutHost(network: Network, id: HostId, drafts: Drafts): Network {
  const hosts = draftOf(network.hosts, drafts);
  // What was found for a service is of no use without it.
  if (hosts.get(id)?.service) for (const host of hosts.values()) forgetHealth(hosts, host, id);
  hosts.delete(id);
  return { ...network, hosts };
}

function forgetHealth(hosts: Map<HostId, HostState>, host: HostState, service: HostId): void {
  if (!host.health.has(service)) return;
  hosts.set(host.id, { ...host, health: new Map([...host.health].filter(([of]) => of !== service)) });
}

function update(network: Network, id: HostId, change: Partial<HostState>, drafts: Drafts): Network {
  const host = network.hosts.get(id);
  return host ? withHost(network, { ...host, ...change }, drafts) : network;
}

function updateWith(network: Network, id: HostId, change: (host: HostState) => Partial<HostState>, drafts: Drafts): Network {
  const host = network.hosts.get(id);
  return host ? withHost(network, { ...host, ...change(host) }, drafts) : network;
}

function updateListeners(network: Network, id: HostId, fact: ListenerFact, drafts: Drafts): Network {
  const host = network.hosts.get(id);
  if (!host) return network;
  const listeners = draftOf(host.listeners, drafts);
  const { frontend, address } = fact;
  const key = listenerKey(fact);
  if (fact.type === "frontend.closed") listeners.delete(key);
  else if (fact.type === "frontend.listening") listeners.set(key, { frontend, address, serves: fact.serves, failure: undefined });
  else listeners.set(key, { frontend, address, serves: "", failure: { code: fact.code, message: fact.message } });
  return listeners === host.listeners ? network : withHost(network, { ...host, listeners }, drafts);
}

function updateHealth(network: Network, event: HealthFact & { readonly host: HostId }, drafts: Drafts): Network {
  const host = network.hosts.get(event.host);
  if (!host) return network;
  const { service, healthy, message } = event;
  return withHost(network, { ...host, health: draftOf(host.health, drafts).set(service, { healthy, message }) }, drafts);
}

/** The map itself when this fold made it, else a copy that belongs to this fold. */
function draftOf<K, V>(map: ReadonlyMap<K, V>, drafts: Drafts): Map<K, V> {
  if (drafts.has(map)) return map as Map<K, V>;
  const draft = new Map(map);
  drafts.add(draft);
  return draft;
}
