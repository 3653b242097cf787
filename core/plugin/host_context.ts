// What a front-end or an egress may do on its host. Types only.

import type { CrowdingFact, HealthFact, ListenerFact } from "../ledger/events.ts";
import type { HostState, Network } from "../ledger/network.ts";
import type { Json } from "../ledger/settings.ts";
import type { AllLimits } from "../limits.ts";
import type { Stream } from "../mux/stream.ts";
import type { FoundPort } from "../wire/control.ts";
import type { Target } from "../wire/payload.ts";
import type { Guard } from "./guard.ts";

/** What a front-end or an egress may do on its host. */
export interface HostContext {
  /** The host that this process serves. */
  self(): HostState;
  /** All that this host may know of the network. */
  network(): Network;
  /**
   * Opens a stream to a host of the network.
   * @throws NoRouterError `too-many-streams`
   */
  dial(host: HostState, target: Target): Stream;
  /** What the log keeps of the host's own key, for all hosts and for this one; undefined where the key is off. */
  settings<T>(key: string): T | undefined;
  /**
   * What a key exposed as a secret, of the own host or of the route of this number. Undefined where it exposed none, and in every
   * process but the manager's.
   */
  secret(kind: "host" | "route", key: string, route?: number): Json | undefined;
  /**
   * Records that an address is served, failed or was left, that another host takes too many of this one's places, or how its target
   * fares for a service.
   */
  report(fact: ListenerFact | CrowdingFact | HealthFact): void;
  /**
   * Publishes ports that programs of this host serve, in the place of those of the call before; at most 256. Nothing comes of it where
   * no key of the host allows it, see `publishes` of keys.
   */
  publish(ports: readonly FoundPort[]): void;
  /** What this process lets streams reach; absent: whatever the manager says. */
  readonly guard?: Guard | undefined;
  /** Those of the core and those that plugins brought. */
  readonly limits: AllLimits;
}
