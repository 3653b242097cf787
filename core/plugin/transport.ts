// A way to reach hosts, and what it gets for it. Types only.

import type { ErrorCode } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { HostSettings } from "../manifest/types.ts";
import type { AgentSource } from "./agent_source.ts";
import type { Carrier } from "./carrier.ts";

/** How far the start of a host has come. */
export interface StartProgress {
  /** What is done, such as `sending agent`. */
  readonly what: string;
  /** Bytes so far, and in all. */
  readonly done: number;
  readonly total: number;
}

/** What tells a network from others, and is the same at its next run. */
export interface NetworkIdentity {
  /** What it is called; no other network of this user that runs on this machine is called so. */
  readonly name: string;
  /** The folder of its manifest; absent where it has none. */
  readonly folder?: string | undefined;
}

/** What a transport may know of a host when it opens a carrier. */
export interface TransportRequest {
  /** The host's name. */
  readonly name: string;
  /** The host's VIP. */
  readonly vip: string;
  /** The network that the host belongs to; absent where it has no name. */
  readonly network?: NetworkIdentity;
  /** The host's own settings from the manifest; they never leave the manager. */
  readonly settings: HostSettings;
  readonly limits: Limits;
  /** What can be sent to a host that has no agent; undefined when the program brought none. */
  readonly agents: AgentSource | undefined;
  /** How the host's last start or link ended; undefined at the first start. */
  readonly failed?: ErrorCode;
  /** Aborted when the manager stops: what is still being opened is then given up. */
  readonly signal: AbortSignal;
  /** Serves the host inside the manager's process, over the other end of a carrier. */
  serveHere(carrier: Carrier): void;
  /** Tells which agent starts, and why, for people; before its first words. */
  chosen(why: string): void;
  /** Tells how far a long start has come, such as that of sending an agent. */
  progress(step: StartProgress): void;
  /** A line for `--debug`, such as what the host's command writes to standard error. */
  debug(line: string): void;
}

/**
 * How an agent gets to a host. `shell`: through a shell there. `copy`: as files that the transport's tool copies, where there is no
 * shell. `beside`: in a container beside the host that shares its network, where nothing can be written, or nothing is to be.
 * `ephemeral`: through the shell of a container that is added to the host's pod. `nsenter`: through a shell of the manager's machine that
 * has entered the host's network.
 */
export type AgentWay = "shell" | "copy" | "beside" | "ephemeral" | "nsenter";

/** A way to obtain a link to a host's agent. */
export interface Transport {
  readonly name: string;
  /** Name of the host key that is its way to a host, registered beside it; absent: it has none of its own. */
  readonly key?: string;
  /** Whether this transport reaches a host with these settings; the first that says so is taken. A key of its own comes first. */
  claims(settings: HostSettings): boolean;
  /** What to show of the way to the host, without secrets, such as a command line. */
  describe(settings: HostSettings): string;
  /** The ways in which it brings an agent to such a host, in the order in which they are tried; absent or none: it sends none. */
  sends?(settings: HostSettings): readonly AgentWay[];
  /**
   * Starts whatever carries bytes to the host's agent.
   * @throws NoRouterError when it cannot be started at all.
   */
  open(request: TransportRequest): Carrier | Promise<Carrier>;
}
