// Where streams leave the network. Types only.

import type { Stream } from "../mux/stream.ts";
import type { Target } from "../wire/payload.ts";

/** Where streams leave the network. */
export interface Egress {
  readonly name: string;
  /** Whether this egress serves the target; the first that says so is taken. */
  claims(target: Target): boolean;
  /** Dials, then accepts or resets the stream. Must not throw. */
  open(stream: Stream): void;
  /** Ends what is open. */
  stop(): Promise<void>;
}
