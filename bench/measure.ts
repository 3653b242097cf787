// What a measure is, and what it hands to the table. Types only.
import type { Load } from "./helpers.ts";
import type { Address } from "./jobs.ts";
import type { Peer, Role } from "./peers.ts";

/** How thorough a run is. */
export interface Effort {
  /** Rounds; each measures every peer once. */
  readonly runs: number;
  /** Milliseconds one timed load lasts. */
  readonly ms: number;
  /** Milliseconds of upload and as many of download before anything is measured: compilers and windows settle. */
  readonly warmUpMs: number;
  /** Round trips in one latency sample. */
  readonly samples: number;
}

/** A quantity with one value a round and peer. */
export interface Quantity {
  /** Stable, for `--json`: `upload1`. */
  readonly id: string;
  /** For people: `one stream, upload`. */
  readonly title: string;
  readonly unit: string;
  readonly better: "more" | "less";
}

/** What a measure works with. */
export interface Bench {
  readonly load: Load;
  readonly target: Address;
  readonly effort: Effort;
}

interface Named {
  /** As in `--only NAME`; several measures may share one. */
  readonly name: string;
  readonly quantities: readonly Quantity[];
}

/** Measured on peers that stay up for the whole run. */
export interface SteadyMeasure extends Named {
  readonly kind: "steady";
  /** The values of one peer in one round, in the order of `quantities`; `processes` are those that stay as long as the peer. */
  once(at: Address, bench: Bench, processes: readonly Role[]): Promise<readonly number[]>;
}

/** Measured on a peer it starts itself. */
export interface FreshMeasure extends Named {
  readonly kind: "fresh";
  /** Peers it makes sense for. */
  applies(peer: Peer): boolean;
  /** Rounds, if fewer than the effort says. */
  readonly maxRuns?: number;
  /** The values of one peer in one round, in the order of `quantities`. */
  once(peer: Peer, bench: Bench): Promise<readonly number[]>;
}

/** What `run.ts` takes turns with. */
export type Measure = SteadyMeasure | FreshMeasure;
