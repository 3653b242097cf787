// Where the log lives: what every store keeps and promises. Types only.

import type { NetworkEvent } from "../ledger/events.ts";
import type { Network } from "../ledger/network.ts";

/** A state and the last event in it. */
export interface Snapshot {
  /** Schema version of the state, as events have one. */
  readonly v: number;
  readonly seq: number;
  readonly network: Network;
}

/** Where events are kept. */
export interface EventStore {
  /** Has kept the events when it returns or its promise resolves: all of them or, when it throws or rejects, none. */
  append(events: readonly NetworkEvent[]): void | Promise<void>;
  /** The state that the kept events continue from, in today's version. */
  snapshot(): Snapshot;
  /** Kept events with a number above `after`, in order and in today's version; those of class `recent` may be missing. */
  read(after: number): Iterable<NetworkEvent>;
  /** Number of the last event that was ever appended; 0 before the first. */
  readonly seq: number;
  /** Number of the last event that a loss of power cannot take; `seq` for a store that keeps nothing beyond its process. */
  readonly flushed: number;
  /** Flushes and frees what the store holds. It takes no events afterwards. */
  close(): Promise<void>;
}
