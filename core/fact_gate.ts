// Which facts of one host's reports the log takes: none about hosts, streams or ports that cannot be, and no more than a
// rate. Must not remember anything about a single fact.

import { Bucket } from "./bucket.ts";
import type { HostFact, StreamFact } from "./ledger/events.ts";
import type { Limits } from "./limits.ts";
import { LAST_PORT } from "./place.ts";
import { type HostId, LAST_STREAM } from "./wire/frame.ts";

/** How much of the rate may come at once, in seconds; a host that was busy reports in bursts. */
const BURST_SECONDS = 2;
/** Changes of found ports in a second: twice as many as our agents tell. */
const PUBLISHED = 20;
/** How often it is said how many facts were left out. */
const TELL_MS = 10_000;

/** What a gate needs. */
export interface FactGateOptions {
  readonly limits: Pick<Limits, "streamFacts" | "listenerFacts" | "listeners">;
  /** Whether a host is in the network. */
  readonly knows: (host: HostId) => boolean;
  /** Whether a host was in the network and has left: whoever had to do with it may not know yet, or tells how that ended. */
  readonly hasLeft: (host: HostId) => boolean;
  /** How many streams a host has opened to the one that reports. */
  readonly openedBy: (host: HostId) => number;
  /** Milliseconds by a steady clock. */
  readonly now: () => number;
}

/** What became of a report. */
export interface Sifted {
  readonly taken: readonly HostFact[];
  /** Why a fact was refused, if one was. */
  readonly refused: string | undefined;
}

/** The gate of one link. */
export class FactGate {
  readonly #options: FactGateOptions;
  readonly #streams: Bucket;
  readonly #others: Bucket;
  readonly #published = new Bucket(PUBLISHED, PUBLISHED * BURST_SECONDS);
  #isReady = false;
  #leftOut = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: FactGateOptions) {
    const { limits } = options;
    this.#options = options;
    this.#streams = new Bucket(limits.streamFacts, limits.streamFacts * BURST_SECONDS);
    this.#others = new Bucket(limits.listenerFacts, limits.listeners);
  }

  /** Takes the facts of a report that may be written. */
  sift(facts: readonly HostFact[]): Sifted {
    const now = this.#options.now();
    let refused: string | undefined;
    const taken = facts.filter((fact) => {
      if (fact.type === "host.crowded" && this.#options.hasLeft(fact.from)) return false;
      const isStream = fact.type === "stream.opened" || fact.type === "stream.closed";
      const wrong = isStream ? this.#wrongIn(fact) : this.#unknownIn(fact);
      if (wrong !== undefined) {
        refused ??= wrong;
        return false;
      }
      // Without this one the host would never be ready; it comes once.
      if (fact.type === "host.ready" && !this.#isReady) {
        this.#isReady = true;
        return true;
      }
      if ((isStream ? this.#streams : this.#others).take(now)) return true;
      this.#leftOut += 1;
      return false;
    });
    return { taken, refused };
  }

  /** Whether found ports may be told now. */
  mayPublish(): boolean {
    const may = this.#published.take(this.#options.now());
    if (!may) this.#leftOut += 1;
    return may;
  }

  /** How many facts were left out since this last gave a number; 0 when there is nothing to say yet. */
  toTell(): number {
    const now = this.#options.now();
    if (this.#leftOut === 0 || now - this.#toldAt < TELL_MS) return 0;
    this.#toldAt = now;
    return this.rest();
  }

  /** The same at the end of the link, however soon. */
  rest(): number {
    const count = this.#leftOut;
    this.#leftOut = 0;
    return count;
  }

  #unknownIn(fact: HostFact): string | undefined {
    if (fact.type !== "host.crowded") return undefined;
    if (!this.#options.knows(fact.from)) return notInNetwork(fact.from);
    const opened = this.#options.openedBy(fact.from);
    return fact.open <= opened
      ? undefined
      : `It reports ${fact.open} streams of host ${fact.from}, which has opened ${opened} to it`;
  }

  #wrongIn(fact: StreamFact): string | undefined {
    if (!this.#options.knows(fact.to) && !this.#options.hasLeft(fact.to)) return notInNetwork(fact.to);
    if (fact.stream < 1 || fact.stream > LAST_STREAM) return `It reports stream ${fact.stream}; 1 to ${LAST_STREAM} was wanted`;
    if (fact.type === "stream.opened" && fact.port > LAST_PORT)
      return `It reports port ${fact.port}; at most ${LAST_PORT} was wanted`;
    return undefined;
  }
}

function notInNetwork(host: HostId): string {
  return `It reports something of host ${host}, which is not in the network`;
}
