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
  /** Ends what is open. Called when its plugin or the host goes, and when the host's settings for its plugin go and no front-end of it rests. */
  stop(): Promise<void>;
}
