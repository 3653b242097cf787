// A value for each direction of each stream on a link, whichever pairs of hosts the link carries.

import { FROM_ACCEPTOR, type Frame, LAST_STREAM, pairKey } from "../wire/frame.ts";

/** Which direction of which stream. */
export type FlowIdentity = Pick<Frame, "source" | "destination" | "flags" | "stream">;

/** A map by source, destination, side and stream number, which are 65 bits together: more than one exact double holds. */
export class FlowMap<Value> {
  /** By pair of hosts, then by side and stream. */
  readonly #pairs = new Map<number, Map<number, Value>>();
  /** The pair whose last flow went last keeps its empty map: most links carry one pair at a time, whose flows come and go. */
  #idle = -1;
  #size = 0;

  /** Flows that have a value. */
  get size(): number {
    return this.#size;
  }

  /** The flow's value. */
  get(flow: FlowIdentity): Value | undefined {
    return this.#pairs.get(pairKeyOf(flow))?.get(streamOf(flow));
  }

  /** Gives a flow its value. */
  set(flow: FlowIdentity, value: Value): void {
    const pair = pairKeyOf(flow);
    let streams = this.#pairs.get(pair);
    if (!streams) {
      streams = new Map();
      this.#pairs.set(pair, streams);
    }
    const before = streams.size;
    streams.set(streamOf(flow), value);
    this.#size += streams.size - before;
  }

  /** Forgets a flow. */
  delete(flow: FlowIdentity): void {
    const pair = pairKeyOf(flow);
    const streams = this.#pairs.get(pair);
    if (!streams?.delete(streamOf(flow))) return;
    this.#size -= 1;
    if (streams.size > 0) return;
    if (this.#idle !== pair && this.#pairs.get(this.#idle)?.size === 0) this.#pairs.delete(this.#idle);
    this.#idle = pair;
  }

  /** All values; those of a pair together. */
  values(): Value[] {
    return [...this.#pairs.values()].flatMap((streams) => [...streams.values()]);
  }

  /** Forgets everything. */
  clear(): void {
    this.#pairs.clear();
    this.#size = 0;
  }
}

function pairKeyOf({ source, destination }: FlowIdentity): number {
  return pairKey(source, destination);
}

function streamOf({ flags, stream }: FlowIdentity): number {
  return (flags & FROM_ACCEPTOR) * (LAST_STREAM + 1) + stream;
}
