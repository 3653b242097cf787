// Gathers what a host did and saw into batches for the manager. Facts about streams wait for a tick; all
// others leave with the present turn of the event loop. Bounded: the oldest stream facts go first.

import type { HostFact } from "./ledger/events.ts";
import type { Limits } from "./limits.ts";

/** Facts per message; the longest ones still fit a control frame. */
const BATCH = 100;

/** The way of one host's facts to the manager. */
export class Reporter {
  readonly #limits: Limits;
  readonly #send: (facts: readonly HostFact[]) => void;
  #facts: HostFact[] = [];
  #tick: ReturnType<typeof setTimeout> | undefined;
  #soon = false;
  #stopped = false;

  constructor(limits: Limits, send: (facts: readonly HostFact[]) => void) {
    this.#limits = limits;
    this.#send = send;
  }

  /** Adds a fact; order is kept. */
  add(fact: HostFact): void {
    if (this.#stopped) return;
    this.#facts.push(fact);
    if (this.#facts.length > this.#limits.reportFacts) this.#thin();
    if (fact.type === "stream.opened" || fact.type === "stream.closed")
      this.#tick ??= setTimeout(() => this.#flush(), this.#limits.reportMs);
    else if (!this.#soon) {
      this.#soon = true;
      queueMicrotask(() => this.#flush());
    }
  }

  /** Sends nothing any more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#tick);
  }

  #flush(): void {
    if (this.#stopped) return;
    clearTimeout(this.#tick);
    this.#tick = undefined;
    this.#soon = false;
    const facts = this.#facts;
    this.#facts = [];
    for (let at = 0; at < facts.length; at += BATCH) this.#send(facts.slice(at, at + BATCH));
  }

  #thin(): void {
    const kept = this.#facts.filter((fact) => !fact.type.startsWith("stream."));
    const streams = this.#facts.filter((fact) => fact.type.startsWith("stream."));
    this.#facts = [...kept, ...streams.slice(streams.length >> 1)];
  }
}
