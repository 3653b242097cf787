// A host's copy of what it may know: a snapshot, then batches of events, folded with the manager's own code.
// Must not write: what a host has to say goes to the manager as a report.

import type { Snapshot } from "../plugin/store.ts";
import type { NetworkEvent } from "./events.ts";
import { EMPTY_NETWORK, fold, type Network } from "./network.ts";

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
  restore(snapshot: Pick<Snapshot, "seq" | "network">): void {
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
