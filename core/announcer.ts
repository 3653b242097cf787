// Tells agents what happens, each as far as it may know. What happens in one turn of the event loop is one message; what is the
// same for all is redacted and encoded once, not once a host.

import type { Bus, Detach, Published } from "./bus.ts";
import type { NetworkEvent } from "./ledger/events.ts";
import { concerns, redactEvent } from "./ledger/redact.ts";
import { encodeControl } from "./wire/control.ts";
import { type HostId, UNASSIGNED } from "./wire/frame.ts";

/** An agent that is told. */
interface Follower {
  /** Last event that it was told of. */
  told: number;
  /** Sends the payload of a control frame. */
  readonly send: (payload: Uint8Array) => void;
}

/** The way of events to agents. */
export class Announcer {
  readonly #followers = new Map<HostId, Follower>();
  /** Events of this turn. */
  #events: NetworkEvent[] = [];

  constructor(bus: Bus) {
    bus.subscribe((published) => this.#gather(published));
  }

  /** Tells an agent what comes behind event `told`. */
  follow(host: HostId, told: number, send: (payload: Uint8Array) => void): Detach {
    const follower = { told, send };
    this.#followers.set(host, follower);
    return () => {
      if (this.#followers.get(host) === follower) this.#followers.delete(host);
    };
  }

  #gather({ events }: Published): void {
    for (const event of events) if (event.type === "host.left") this.#followers.delete(event.host);
    if (this.#followers.size === 0) return;
    if (this.#events.length === 0) setImmediate(() => this.flush());
    for (const event of events) this.#events.push(event);
    // Who sends on to a host that is gone gets an error where it could have waited for the host's return.
    if (events.some(({ type }) => type === "link.closed")) this.flush();
  }

  /** Tells at once what waits for the end of the turn: before something happens that must find it known. */
  flush(): void {
    const events = this.#events;
    this.#events = [];
    const [first, last] = [events[0], events.at(-1)];
    if (!first || !last) return;
    const apart = concerns(events);
    /** For every agent that none of the events is about. */
    let common: Uint8Array | undefined | "none";
    for (const [host, follower] of this.#followers) {
      const isBehind = follower.told >= first.seq;
      if (isBehind || apart.has(host)) {
        const payload = payloadOf(
          events.filter(({ seq }) => seq > follower.told),
          last.seq,
          host,
        );
        if (payload) tell(follower, payload, last.seq);
        continue;
      }
      common ??= payloadOf(events, last.seq, UNASSIGNED) ?? "none";
      if (common !== "none") tell(follower, common, last.seq);
    }
  }
}

function tell(follower: Follower, payload: Uint8Array, seq: number): void {
  follower.told = seq;
  follower.send(payload);
}

function payloadOf(events: readonly NetworkEvent[], to: number, reader: HostId): Uint8Array | undefined {
  const seen = events.flatMap((event) => redactEvent(event, reader) ?? []);
  return seen.length === 0 ? undefined : encodeControl({ type: "events", to, events: seen });
}
