// The only writer of the log. One command at a time: decide, append, fold, publish, in that order.

import { Fifo } from "../fifo.ts";
import type { EventStore } from "../plugin/store.ts";
import { isPromise } from "../settle.ts";
import type { Command } from "./decide.ts";
import { decide } from "./decide.ts";
import { EVENT_VERSION, type Fact, type NetworkEvent } from "./events.ts";
import { fold, type Network } from "./network.ts";

/** What a ledger is made of. */
export interface LedgerOptions {
  readonly store: EventStore;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Gets each batch of events after it was kept and folded. */
  readonly publish: (events: readonly NetworkEvent[], network: Network) => void;
}

/** A command whose turn has not come. */
interface Waiting {
  readonly command: Command;
  readonly by: string;
  readonly done: (events: readonly NetworkEvent[]) => void;
  readonly failed: (thrown: unknown) => void;
}

/** The event plane of a manager. */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #waiting = new Fifo<Waiting>();
  #network: Network;
  #seq: number;
  #busy = false;

  /** Begins with the state that the store's log folds to; publishes nothing for it. */
  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#network = replay(options.store);
    this.#seq = options.store.seq;
  }

  /** The folded state. */
  get network(): Network {
    return this.#network;
  }

  /** Number of the last event in the state. */
  get seq(): number {
    return this.#seq;
  }

  /** The log behind the state. */
  get store(): EventStore {
    return this.#options.store;
  }

  /**
   * Carries out one command, after those that came before it. A command whose turn it is has been carried out when this
   * returns, unless the store answers later.
   * @returns The new events; none when the command changed nothing.
   * @throws NoRouterError `command-refused`, or what the store throws; the state is unchanged then.
   */
  execute(command: Command, by: string): Promise<readonly NetworkEvent[]> {
    return new Promise((done, failed) => {
      this.#waiting.push({ command, by, done, failed });
      if (!this.#busy) this.#next();
    });
  }

  /** Resolves when no command waits any more. */
  async idle(): Promise<void> {
    while (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  readonly #idle: (() => void)[] = [];

  #next(): void {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const later = this.#perform(next);
      if (later !== undefined) return void later.finally(() => this.#next());
    }
    this.#busy = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** @returns A promise when the store answers later. */
  #perform({ command, by, done, failed }: Waiting): Promise<void> | undefined {
    try {
      const facts = decide(this.#network, command);
      const events = this.#stamped(facts, by);
      const kept = () => {
        this.#keep(events);
        done(events);
      };
      const later: unknown = facts.length > 0 ? this.#options.store.append(events) : undefined;
      if (isPromise(later)) return Promise.resolve(later).then(kept).catch(failed);
      kept();
    } catch (thrown) {
      failed(thrown);
    }
    return undefined;
  }

  #keep(events: readonly NetworkEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.#network = fold(events, this.#network);
    this.#seq = last.seq;
    this.#options.publish(events, this.#network);
  }

  #stamped(facts: readonly Fact[], by: string): NetworkEvent[] {
    const at = this.#options.clock();
    return facts.map((fact, index) => ({ seq: this.#seq + 1 + index, at, by, v: EVENT_VERSION, ...fact }));
  }
}

/** The state that a store's log folds to. */
export function replay(store: EventStore): Network {
  const { seq, network } = store.snapshot();
  return fold(store.read(seq), network);
}
