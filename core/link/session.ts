// The bytes of one link, beneath its frames: finds the other end's preamble, then hands everything on as it comes.
//
// A link knows its session alone, so this is the one place where a link could outlive its carrier: a session would count what it
// wrote and what arrived, keep what the other end has not acknowledged up to a bound, and send it again over the next carrier
// behind the preambles. The link above would see a pause.

import type { Carrier, CarrierEnd } from "../plugin/carrier.ts";
import { PreambleScanner, preambleOf, type Role } from "../wire/preamble.ts";

/** What the owner of a session wants to hear. */
export interface SessionHandlers {
  /** The other end's preamble came; called once, before any `data`. */
  opened(): void;
  /** The next bytes behind the preamble; the chunk now belongs to the receiver, and may be lent. */
  data(chunk: Uint8Array): void;
  /** What came is no preamble, or a handler threw; nothing is found any more. */
  failed(thrown: unknown): void;
  /** The session takes bytes again after {@link Session.write} said false. */
  drain(): void;
  /** Nothing will come or go any more; called once. */
  closed(end: CarrierEnd): void;
}

/** One end of a link's bytes. */
export class Session {
  readonly #carrier: Carrier;
  readonly #role: Role;
  readonly #handlers: SessionHandlers;
  readonly #scanner: PreambleScanner;
  #opened = false;
  #banner = "";

  constructor(carrier: Carrier, role: Role, bannerBytes: number, handlers: SessionHandlers) {
    this.#carrier = carrier;
    this.#role = role;
    this.#handlers = handlers;
    this.#scanner = new PreambleScanner(role === "manager" ? "agent" : "manager", bannerBytes);
  }

  /** The other end's preamble came. */
  get opened(): boolean {
    return this.#opened;
  }

  /** What stood before the preamble, as text; all that came while there was none. */
  get banner(): string {
    return this.#opened ? this.#banner : new TextDecoder().decode(this.#scanner.seen);
  }

  /** See {@link Carrier.cheapWrites}. */
  get cheapWrites(): boolean {
    return this.#carrier.cheapWrites ?? false;
  }

  /** Starts the carrier; both ends begin with their preamble. */
  start(): void {
    const { drain, closed } = this.#handlers;
    this.#carrier.start({ data: (chunk) => this.#data(chunk), drain, closed });
    this.#carrier.write([preambleOf(this.#role)]);
  }

  /** Takes bytes in order. False: write no more until `drain`. After the end bytes are dropped. */
  write(parts: readonly Uint8Array[]): boolean {
    return this.#carrier.write(parts);
  }

  /** Reads no more until {@link Session.resume}; what was read already may still come. */
  pause(): void {
    this.#carrier.pause?.();
  }

  /** Reads again. */
  resume(): void {
    this.#carrier.resume?.();
  }

  /** Ends the carrier; resolves when nothing is left of it. It is other people's code: one that cannot be closed is given up. */
  async close(): Promise<void> {
    try {
      await this.#carrier.close();
    } catch {
      // nobody can do more
    }
  }

  #data(chunk: Uint8Array): void {
    try {
      if (this.#opened) this.#handlers.data(chunk);
      else this.#find(chunk);
    } catch (thrown) {
      this.#handlers.failed(thrown);
    }
  }

  #find(chunk: Uint8Array): void {
    const found = this.#scanner.push(chunk);
    if (!found) return;
    this.#banner = new TextDecoder().decode(found.banner);
    this.#opened = true;
    this.#handlers.opened();
    this.#handlers.data(found.rest);
  }
}
