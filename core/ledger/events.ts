// Every event of the log, and how long it is kept. Types and two tables; nothing here decides.

import type { HostId } from "../wire/frame.ts";
import type { Envelope } from "./fact_parts.ts";

export type { HealthCheck, Service } from "../service/service.ts";

import type { HostFacts, ManagerFacts, NetworkFacts } from "./facts.ts";

export type {
  AdmittedHost,
  AgentInfo,
  Lazy,
  LinkFailure,
  LoadedPlugin,
  PrivateHost,
  PublishedPort,
  Retry,
} from "./fact_parts.ts";

/** Schema version that new events and snapshots are written with. */
export const EVENT_VERSION = 2;

/** Facts of a table of types and fields. */
type FactOf<Table, Type extends keyof Table = keyof Table> = { [T in Type]: { readonly type: T } & Table[T] }[Type];

/** What a front-end says of one address it serves. */
export type ListenerFact = FactOf<HostFacts, "frontend.listening" | "frontend.failed" | "frontend.closed">;

/** What a host says of one stream it opened. */
export type StreamFact = FactOf<HostFacts, "stream.opened" | "stream.closed">;

/** What a host says of another one that takes too many of its places. */
export type CrowdingFact = FactOf<HostFacts, "host.crowded">;

/** A host part that cannot be used on a host, or fails there. */
export type PluginFact = FactOf<HostFacts, "plugin.failed">;

/** What a host says of its target, as a service has it checked. */
export type HealthFact = FactOf<HostFacts, "health.changed">;

/** What a host may report; the manager adds which host it was. */
export type HostFact = FactOf<HostFacts>;

/** The facts of the log without their envelope. */
export type Fact = FactOf<NetworkFacts> | (FactOf<ManagerFacts & HostFacts> & { readonly host: HostId });

/** Name of a fact. */
export type FactType = Fact["type"];

/** A fact in the log. */
export type NetworkEvent = Fact & Envelope;

/** How long events are kept: `durable` in the journal or its snapshot, `recent` in a bounded ring. */
export type Durability = "durable" | "recent";

/** The class of each type. Types of class `recent` never change the folded state. */
export const DURABILITY: Readonly<Record<FactType, Durability>> = {
  "network.opened": "durable",
  "network.stopped": "durable",
  "host.admitted": "durable",
  "host.changed": "durable",
  "host.left": "durable",
  "host.ready": "durable",
  "host.wanted": "durable",
  "host.started": "durable",
  "host.released": "durable",
  "host.rested": "durable",
  "host.drained": "durable",
  "host.undrained": "durable",
  "health.changed": "durable",
  "routes.set": "durable",
  "traffic.counted": "recent",
  "traffic.rolled": "durable",
  "link.starting": "durable",
  "link.opened": "durable",
  "link.closed": "durable",
  "link.retrying": "durable",
  "frontend.listening": "durable",
  "frontend.failed": "durable",
  "frontend.closed": "durable",
  "plugin.loaded": "durable",
  "plugin.left": "durable",
  "plugin.failed": "recent",
  "policy.refused": "recent",
  "host.crowded": "recent",
  "facts.dropped": "recent",
  "stream.opened": "recent",
  "stream.closed": "recent",
};
