// The only writer of the log. One command at a time: decide, append, fold, publish, in that order. Must not
// keep what its store keeps.

import type { Command } from "./decide.ts";
import { decide } from "./decide.ts";
import { EVENT_VERSION, type Fact, type NetworkEvent } from "./events.ts";
import { fold, type Network } from "./network.ts";

/** A state and the last event in it. */
export interface Snapshot {
  readonly seq: number;
  readonly network: Network;
}

/** Where events are kept. */
export interface EventStore {
  /** Has kept the events when it returns; keeps all of them or, when it throws, none. */
  append(events: readonly NetworkEvent[]): void;
  /** The state that the kept events continue from. */
  snapshot(): Snapshot;
  /** Kept events with a number above `after`, in order; those of class `recent` may be missing. */
  read(after: number): Iterable<NetworkEvent>;
  /** Number of the last event that was ever appended; 0 before the first. */
  readonly seq: number;
}

/** What a ledger is made of. */
export interface LedgerOptions {
  readonly store: EventStore;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Gets each batch of events after it was kept and folded. */
  readonly publish: (events: readonly NetworkEvent[], network: Network) => void;
}

/** The event plane of a manager. */
export class Ledger {
  readonly #options: LedgerOptions;
  #network: Network;

  /** Begins with the state that the store's log folds to; publishes nothing for it. */
  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#network = replay(options.store);
  }

  /** The folded state. */
  get network(): Network {
    return this.#network;
  }

  /** Number of the last event. */
  get seq(): number {
    return this.#options.store.seq;
  }

  /** The log behind the state. */
  get store(): EventStore {
    return this.#options.store;
  }

  /**
   * Carries out one command.
   * @returns The new events; none when the command changed nothing.
   * @throws NoRouterError `command-refused`, or what the store throws; the state is unchanged then.
   */
  execute(command: Command, by: string): readonly NetworkEvent[] {
    const facts = decide(this.#network, command);
    if (facts.length === 0) return [];
    const events = this.#stamped(facts, by);
    this.#options.store.append(events);
    this.#network = fold(events, this.#network);
    this.#options.publish(events, this.#network);
    return events;
  }

  #stamped(facts: readonly Fact[], by: string): NetworkEvent[] {
    const at = this.#options.clock();
    const first = this.#options.store.seq + 1;
    return facts.map((fact, index) => ({ seq: first + index, at, by, v: EVENT_VERSION, ...fact }));
  }
}

/** The state that a store's log folds to. */
export function replay(store: EventStore): Network {
  const { seq, network } = store.snapshot();
  return fold(store.read(seq), network);
}
