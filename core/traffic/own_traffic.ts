// What a host counts of its streams to itself, which never pass the manager, and tells it soon after.

import { type AgentMessage, MOST_PORTS } from "../wire/control.ts";
import { TrafficCounter } from "./counter.ts";

/** What it needs. */
export interface OwnTrafficOptions {
  readonly limits: { readonly streams: number; readonly reportMs: number };
  readonly send: (message: AgentMessage) => void;
}

/** The counter of one host, and its reports. */
export class OwnTraffic {
  readonly counter: TrafficCounter;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  constructor({ limits, send }: OwnTrafficOptions) {
    const report = () => {
      this.#timer = undefined;
      const ports = this.counter.drain(MOST_PORTS).map(({ from: _, to: __, ...port }) => port);
      send({ type: "traffic", ports });
    };
    this.counter = new TrafficCounter(limits, () => {
      if (!this.#isStopped) this.#timer ??= setTimeout(report, limits.reportMs);
    });
  }

  /** Sends nothing any more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }
}
