// Round trips of openers to services: each is that to the host which the opener's last stream was given to.

import { type Frame, get32, type HostId, KIND, pairKey, pairOf } from "../wire/frame.ts";
import type { Passage } from "./flows.ts";

/** Pings of one opener to one host whose answer is still due; an honest opener has no more. */
const MOST_DUE = 16;

interface Due {
  readonly service: HostId;
  readonly stamp: readonly [high: number, low: number];
}

/** What is on its way. */
export class ServicePings {
  /** The host of the last stream, by opener and service. */
  readonly #last = new Map<number, HostId>();
  /** By opener and host, oldest first. */
  readonly #due = new Map<number, Due[]>();

  /** A stream was given to a host. */
  given(opener: HostId, service: HostId, host: HostId): void {
    this.#last.set(pairKey(opener, service), host);
  }

  /** Where a ping to a service goes; undefined when nothing goes there. */
  begin(ping: Frame): HostId | undefined {
    const { source: opener, destination: service } = ping;
    const host = this.#last.get(pairKey(opener, service));
    if (host === undefined || host === opener) return host;
    const key = pairKey(opener, host);
    const due = this.#due.get(key) ?? [];
    this.#due.set(key, [...due.slice(1 - MOST_DUE), { service, stamp: stampOf(ping) }]);
    return host;
  }

  /** The way of a pong that answers a ping to a service; undefined for any other frame. */
  answered(frame: Frame): Passage | undefined {
    if (frame.kind !== KIND.pong || this.#due.size === 0) return undefined;
    const { source: host, destination: opener } = frame;
    const key = pairKey(opener, host);
    const due = this.#due.get(key);
    const [high, low] = due ? stampOf(frame) : [0, 0];
    const found = due?.find(({ stamp }) => stamp[0] === high && stamp[1] === low);
    if (!due || !found) return undefined;
    const left = due.filter((one) => one !== found);
    if (left.length === 0) this.#due.delete(key);
    else this.#due.set(key, left);
    return { frame: frame.readdressed(found.service, opener), far: frame };
  }

  /** A host or a service is gone. */
  forget(id: HostId): void {
    for (const [key, host] of this.#last) if (host === id || pairOf(key).includes(id)) this.#last.delete(key);
    for (const key of this.#due.keys()) if (pairOf(key).includes(id)) this.#due.delete(key);
  }
}

/** The 8 bytes of a ping. */
function stampOf(frame: Frame): Due["stamp"] {
  const bytes = frame.payloadBytes();
  return [get32(bytes, 0), get32(bytes, 4)];
}
