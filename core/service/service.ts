// What a service is, as the log has it. Types only; `docs/events.md` is written from the comments here.

import type { HostId } from "../wire/frame.ts";

/** How the hosts of a service are found to be well. */
export interface HealthCheck {
  /** The published port whose target has to accept a connection. */
  readonly port: number;
  /** What the target is asked for by HTTP. */
  readonly path?: string;
  /** A line for `sh -c`, which has to end with 0; the port is of no matter then. */
  readonly command?: string;
  /** From one check to the next, in milliseconds. */
  readonly everyMs: number;
  /** How long a check may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Good checks in a row after which an unhealthy host is healthy. */
  readonly rise: number;
  /** Bad checks in a row after which a healthy host is unhealthy. */
  readonly fall: number;
}

/** Several hosts behind one VIP and name. */
export interface Service {
  /** Which host gets a new connection: `round-robin`, `least-streams` or `first`. */
  readonly policy: "round-robin" | "least-streams" | "first";
  /** Their ids, in the manifest's order. */
  readonly hosts: readonly HostId[];
  /** Connections of one client address go to the same host while that is there. */
  readonly sticky?: true;
  /** Connections through services that a host has before another one is preferred. */
  readonly max?: number;
  /** How its hosts are found to be well; absent: a host that is ready is well. Hosts of other services do not see it. */
  readonly health?: HealthCheck;
}
