// A store that lives as long as its process. Bounded: old durable events are folded into a snapshot, recent
// ones drop out of a ring; counted bytes have a ring of their own, as streams would push them out before they are added up.

import type { Limits } from "../limits.ts";
import type { EventStore, Snapshot } from "../plugin/store.ts";
import { DURABILITY, EVENT_VERSION, type NetworkEvent } from "./events.ts";
import { EMPTY_NETWORK, fold, type Network } from "./network.ts";
import { upcast } from "./upcast.ts";

/** Events of counted bytes: some more than there are in the hour until they are added up, ten seconds apart. */
const MOST_COUNTED = 400;

/** Whether an event has to be kept as a durable one: the state does not have yet what it says. */
export function isKept(event: NetworkEvent, { traffic }: Pick<Network, "traffic">): boolean {
  return DURABILITY[event.type] === "durable" || (event.type === "traffic.counted" && event.seq > traffic.upTo);
}

const EMPTY: Snapshot = { v: EVENT_VERSION, seq: 0, network: EMPTY_NETWORK };

/** A store that has kept events when `append` returns. */
export interface PromptStore extends EventStore {
  append(events: readonly NetworkEvent[]): void;
}

/** A store without events, which go on from `begin`. */
export function memoryStore(limits: Pick<Limits, "recentEvents" | "durableEvents">, begin: Snapshot = EMPTY): PromptStore {
  let snapshot = begin;
  let durable: NetworkEvent[] = [];
  let recent: NetworkEvent[] = [];
  let counted: NetworkEvent[] = [];
  let seq = begin.seq;

  function compact(): void {
    if (recent.length > limits.recentEvents * 2) recent = recent.slice(-limits.recentEvents);
    if (counted.length > MOST_COUNTED * 2) counted = counted.slice(-MOST_COUNTED);
    if (durable.length <= limits.durableEvents) return;
    const old = durable.slice(0, durable.length - (limits.durableEvents >> 1));
    durable = durable.slice(old.length);
    snapshot = { v: EVENT_VERSION, seq: (old.at(-1) as NetworkEvent).seq, network: fold(old, snapshot.network) };
  }

  function ringOf({ type }: NetworkEvent): NetworkEvent[] {
    return DURABILITY[type] === "durable" ? durable : type === "traffic.counted" ? counted : recent;
  }

  return {
    get seq() {
      return seq;
    },
    get flushed() {
      return seq;
    },
    snapshot: () => snapshot,
    append(events) {
      for (const event of events) ringOf(event).push(event);
      seq = events.at(-1)?.seq ?? seq;
      compact();
    },
    read(after) {
      const kept = [...durable, ...recent.slice(-limits.recentEvents), ...counted.slice(-MOST_COUNTED)];
      return kept
        .filter((event) => event.seq > after)
        .sort((a, b) => a.seq - b.seq)
        .map((event) => upcast(event));
    },
    close: async () => undefined,
  };
}
