// What starts and stops the thing that a host runs in, such as a container, a deployment or a service. Types only.

import type { Limits } from "../limits.ts";
import type { HostSettings } from "../manifest/types.ts";
import type { NetworkIdentity, StartProgress } from "./transport.ts";

/** What a starter may know of a host. */
export interface StarterRequest {
  /** The host's name. */
  readonly name: string;
  /** The network that the host belongs to; absent where it has no name. */
  readonly network?: NetworkIdentity;
  /** What stands at the keys that tell how the host is reached; it never leaves the manager. */
  readonly settings: HostSettings;
  /** What stands at the key that says when the host runs. */
  readonly demand: unknown;
  readonly limits: Limits;
  /** Aborted when nobody wants the outcome any more: whatever is under way is then given up. */
  readonly signal: AbortSignal;
  /** Tells what is being done, such as `pulling image`; `total` is 0 where nobody knows how much there is to do. */
  progress(step: StartProgress): void;
  /** A line for `--debug`. */
  debug(line: string): void;
}

/** Starts what a host runs in, and stops it. A manager never calls `start` or `stop` of one host while a call for it is under way. */
export interface Starter {
  /** Unique among starters; it is shown in events. */
  readonly name: string;
  /** Whether it starts hosts with these settings; the first that says so is taken. Pure. */
  claims(settings: HostSettings, demand: unknown): boolean;
  /**
   * Whether such a host is started by it even where nothing says when the host runs: with the network, and stopped with it. It is
   * asked about hosts that it claims; absent: none. Pure.
   */
  always?(settings: HostSettings): boolean;
  /**
   * Makes the host run; resolves when a transport may try to reach it.
   * @returns `running` when it ran already: then it is not stopped for want of use
   * @throws NoRouterError when it cannot be started, in the words of whoever refused it
   */
  start(request: StarterRequest): Promise<"started" | "running">;
  /**
   * Ends the host; resolves when nothing of it runs. A host that does not run is no error.
   * @throws NoRouterError when it cannot be stopped
   */
  stop(request: StarterRequest): Promise<void>;
}
