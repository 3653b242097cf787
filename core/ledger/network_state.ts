// What the log folds to: the network and its hosts. Types, and the state before the first event.

import type { Route } from "../routes/route.ts";
import { NO_TRAFFIC, type TrafficHistory } from "../traffic/history.ts";
import type { HostId } from "../wire/frame.ts";
import type { AdmittedHost, AgentInfo, LinkFailure, LoadedPlugin, PrivateHost } from "./events.ts";

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

/** What the last check of a service found on a host. */
export interface HealthState {
  readonly healthy: boolean;
  readonly message: string;
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
  /** It gets no new streams of services. Known to the manager only, as what follows. */
  readonly drained: boolean;
  /** What checks of services found, by the id of the service. */
  readonly health: ReadonlyMap<HostId, HealthState>;
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
