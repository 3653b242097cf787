// The projection every part reads: what hosts there are and how they fare. Pure: equal logs fold to equal
// networks on every machine.

import type { Route } from "../routes/route.ts";
import { NO_TRAFFIC, type TrafficHistory, withHours } from "../traffic/history.ts";
import type { HostId } from "../wire/frame.ts";
import type { AdmittedHost, AgentInfo, LinkFailure, ListenerFact, LoadedPlugin, NetworkEvent, PrivateHost } from "./events.ts";

/** Where a host stands. */
export type Phase =
  /** In the manifest; nothing was started. */
  | "admitted"
  /** Its command runs; no agent answered yet. */
  | "starting"
  /** The link is up; the host is putting its listeners in place. */
  | "joining"
  /** Everything it will serve is served, or has said why not. */
  | "ready"
  /** No link. */
  | "failed"
  /** It starts on demand, and nothing of it runs. */
  | "idle"
  /** It starts on demand, and is being stopped as nobody wants it. */
  | "stopping";

/** How a host that starts on demand fares. */
export interface DemandState {
  /** It is started, or goes on. */
  readonly wanted: boolean;
  /** A person started it: it is not stopped for want of use. */
  readonly kept: boolean;
  /** What it runs in: `ours` was started by the network, `theirs` ran before; undefined: nothing was started. */
  readonly runs: "ours" | "theirs" | undefined;
}

/** One address of one front-end. */
export interface ListenerState {
  readonly frontend: string;
  readonly address: string;
  /** What is behind it, such as `web:8080`; empty when it failed. */
  readonly serves: string;
  readonly failure: { readonly code: string; readonly message: string } | undefined;
}

/** Two front-ends may want one address: what each of them says of it is kept. */
export function listenerKey({ frontend, address }: Pick<ListenerState, "frontend" | "address">): string {
  return `${frontend} ${address}`;
}

/** A start that is due, or under way. */
export interface RetryState {
  readonly attempt: number;
  /** Milliseconds since 1970, by the manager's clock. */
  readonly at: number;
}

/** What is known of one host. */
export interface HostState extends AdmittedHost {
  readonly id: HostId;
  readonly phase: Phase;
  /** Counts the host's links: 0 before the first. Streams live within one session. */
  readonly session: number;
  readonly agent: AgentInfo | undefined;
  readonly failure: LinkFailure | undefined;
  /** The host failed since it was last ready: which start in a row is next or under way, and when it is or was due. */
  readonly retry: RetryState | undefined;
  /** Undefined for a host that is started with the network. */
  readonly demand: DemandState | undefined;
  /** By {@link listenerKey}. */
  readonly listeners: ReadonlyMap<string, ListenerState>;
  /** Known to the manager only. */
  readonly private: PrivateHost | undefined;
}

/** The folded state. */
export interface Network {
  /** Name of the log; a new one for every run. */
  readonly id: string;
  readonly version: string;
  readonly hosts: ReadonlyMap<HostId, HostState>;
  /** The highest id that a host was ever given: ids are never used again. */
  readonly lastHost: HostId;
  /** The last that fits wins. */
  readonly routes: readonly Route[];
  /** In their order. */
  readonly plugins: readonly LoadedPlugin[];
  readonly stopped: boolean;
  /** Bytes that were carried, as far as they are added up by the hour; known to the manager only. */
  readonly traffic: TrafficHistory;
}

/** The state before the first event. */
export const EMPTY_NETWORK: Network = {
  id: "",
  version: "",
  hosts: new Map(),
  lastHost: 0,
  routes: [],
  plugins: [],
  stopped: false,
  traffic: NO_TRAFFIC,
};

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
} as const satisfies Partial<HostState>;

function newHost(event: AdmissionEvent): HostState {
  const admitted = { id: event.host, ...admission(event) };
  return { ...admitted, ...notStarted(admitted), session: 0 };
}

/** What was started on demand goes on with the next manager, which stops it when nobody uses it. */
function notStarted({ lazy, demand }: AdmittedHost & Partial<Pick<HostState, "demand">>) {
  if (!lazy) return { ...NOT_STARTED, demand: undefined };
  const runs = demand?.runs === "ours" ? "ours" : undefined;
  return { ...NOT_STARTED, phase: "idle", demand: { wanted: runs !== undefined, kept: false, runs } } as const;
}

/** What runs goes on: only what the manifest says is another. */
function changed(network: Network, event: AdmissionEvent, drafts: Drafts): Network {
  const host = network.hosts.get(event.host);
  if (!host) return network;
  const { id, session, agent, failure, retry, listeners } = host;
  const admitted = admission(event);
  const isDown = host.phase === "idle" || host.phase === "admitted";
  const down = admitted.lazy ? "idle" : "admitted";
  const phase = isDown ? down : host.phase;
  const demand = admitted.lazy && (host.demand ?? { wanted: !isDown, kept: false, runs: undefined });
  return withHost(network, { id, ...admitted, phase, session, agent, failure, retry, demand, listeners }, drafts);
}

/** Of a host that is being stopped, the end of its link is no failure. */
function linkClosed({ phase }: HostState, failure: LinkFailure): Partial<HostState> {
  const down = { agent: undefined, listeners: new Map<string, ListenerState>() };
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
  const { name, vip, aliases, ports, local, settings, lazy } = event;
  return { name, vip, aliases, ports, local, settings, ...(lazy ? { lazy } : {}), private: event.private };
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
  hosts.delete(id);
  return { ...network, hosts };
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

/** The map itself when this fold made it, else a copy that belongs to this fold. */
function draftOf<K, V>(map: ReadonlyMap<K, V>, drafts: Drafts): Map<K, V> {
  if (drafts.has(map)) return map as Map<K, V>;
  const draft = new Map(map);
  drafts.add(draft);
  return draft;
}
