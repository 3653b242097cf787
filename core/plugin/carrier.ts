// The byte channel to a host that a transport opens: what it can do, and how it ended. Types only.

import type { NoRouterError } from "../errors.ts";

/** How a carrier ended. */
export interface CarrierEnd {
  /** The whole command line behind the carrier, quoted for a shell. */
  readonly command?: string;
  /** Exit code of the command behind the carrier, if there is one and it ended by itself. */
  readonly exitCode?: number;
  /** Name of the signal that ended the command. */
  readonly signal?: string;
  /** Last lines that the command wrote to standard error. */
  readonly stderr: readonly string[];
  /** Why the carrier could not start or broke. */
  readonly error?: NoRouterError;
}

/** What the owner of a carrier wants to hear. */
export interface CarrierHandlers {
  /** Bytes from the other side; the chunk now belongs to the receiver. It may be lent, see `giveBack`. */
  data(chunk: Uint8Array): void;
  /** The carrier takes bytes again after {@link Carrier.write} said false. */
  drain(): void;
  /** Nothing will come or go any more; called once. */
  closed(end: CarrierEnd): void;
}

/** An ordered two-way byte channel to a host, before any frame. */
export interface Carrier {
  /** True when a write costs next to nothing, so that nothing is gained by gathering bulk for a larger one. */
  readonly cheapWrites?: boolean;
  /** Begins to read. Called once, before anything else. */
  start(handlers: CarrierHandlers): void;
  /** Reads no more until {@link Carrier.resume}; what was read already may still come. A carrier without the two is read at once. */
  pause?(): void;
  resume?(): void;
  /** Takes bytes in order. False: write no more until `drain`. After the end bytes are dropped. */
  write(parts: readonly Uint8Array[]): boolean;
  /** Ends the channel, politely first and by force within `stopMs`; resolves when nothing is left of it. */
  close(): Promise<void>;
}
