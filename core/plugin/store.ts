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

/** What a store is opened for. */
export interface StoreRequest {
  /** What the network is called. */
  readonly network: string;
  /** Where the user wants the log to be; undefined where the store decides. */
  readonly path?: string | undefined;
  /** Numbers that the manifest sets; all others are those of their tables. */
  readonly limits: Readonly<Record<string, number>>;
  /** Says a line to the user. */
  note(line: string): void;
}

/** Where logs can live: what a plugin brings. A network has one. */
export interface StoreKind {
  readonly name: string;
  /**
   * Opens the log of a network, or begins it.
   * @throws NoRouterError when it cannot be had
   */
  open(request: StoreRequest): EventStore | Promise<EventStore>;
}
