// The bus with its two planes: frames go to exactly one port, events to every subscriber. The one file that
// knows mitt; adds isolation (a throwing listener stops nobody) and order (first in, first out).

import mittModule, { type Emitter } from "mitt";
import { Fifo } from "./fifo.ts";
import type { NetworkEvent } from "./ledger/events.ts";
import type { Network } from "./ledger/network.ts";
import type { Frame, HostId } from "./wire/frame.ts";

// mitt's types describe a CommonJS default under "nodenext"; the module itself exports the function.
const mitt = mittModule as unknown as <Events extends Record<string, unknown>>() => Emitter<Events>;

/** A batch of events and the state after it. */
export interface Published {
  readonly events: readonly NetworkEvent[];
  readonly network: Network;
}

/** Takes a listener away again. */
export type Detach = () => void;

/** What frames and events travel on inside one process. */
export class Bus {
  readonly #frames = mitt<Record<string, Frame>>();
  readonly #events = mitt<{ published: Published }>();
  readonly #waiting = new Fifo<Published>();
  readonly #onError: (thrown: unknown) => void;
  #publishing = false;

  /** @param onError Gets what a tap or a subscriber throws. */
  constructor(onError: (thrown: unknown) => void) {
    this.#onError = onError;
  }

  /** Makes `port` the one that gets a host's frames; the one before loses its place. */
  attach(host: HostId, port: (frame: Frame) => void): Detach {
    const key = String(host);
    this.#frames.all.delete(key);
    const handler = isolated(port, this.#onError);
    this.#frames.on(key, handler);
    return () => this.#frames.off(key, handler);
  }

  /** Hands a frame to its destination's port; false when there is none. */
  send(frame: Frame): boolean {
    const key = String(frame.destination);
    if (!this.#frames.all.get(key)?.length) return false;
    this.#frames.emit(key, frame);
    return true;
  }

  /** Looks on at every frame that reached a port; copies what it keeps, as a frame's bytes may be lent. */
  tap(look: (frame: Frame) => void): Detach {
    const handler = isolated((_: string, frame: Frame) => look(frame), this.#onError);
    this.#frames.on("*", handler);
    return () => this.#frames.off("*", handler);
  }

  /** Gives events to every subscriber; what a subscriber causes is published after, never in between. */
  publish(events: readonly NetworkEvent[], network: Network): void {
    this.#waiting.push({ events, network });
    if (this.#publishing) return;
    this.#publishing = true;
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#events.emit("published", next);
    } finally {
      this.#publishing = false;
    }
  }

  /** Listens to events. */
  subscribe(listen: (published: Published) => void): Detach {
    const handler = isolated(listen, this.#onError);
    this.#events.on("published", handler);
    return () => this.#events.off("published", handler);
  }
}

function isolated<A extends unknown[]>(listen: (...args: A) => void, onError: (thrown: unknown) => void): (...args: A) => void {
  return (...args) => {
    try {
      listen(...args);
    } catch (thrown) {
      onError(thrown);
    }
  };
}
