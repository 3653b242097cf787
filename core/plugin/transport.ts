// A way to reach hosts, and what it gets for it. Types only.

import type { ErrorCode } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { AgentSource } from "./agent_source.ts";
import type { Carrier } from "./carrier.ts";
import type { HostKey } from "./key.ts";

/** Private settings of a host, as the manifest gives them: what stands at each transport's own key is here by its name. */
export interface HostSettings {
  /** Words of the command that gives a shell; undefined for a host that another key reaches, and the manager's own. */
  readonly cmd?: readonly string[];
  /** `cmd` is the prefix of a shell command, and the agent is sent. */
  readonly install?: boolean;
  /** The one folder on the host for agents that are sent; begins with `/` or `~/`. */
  readonly agentDir?: string;
  readonly [key: string]: unknown;
}

/** How far the start of a host has come. */
export interface StartProgress {
  /** What is done, such as `sending agent`. */
  readonly what: string;
  /** Bytes so far, and in all. */
  readonly done: number;
  readonly total: number;
}

/** What a transport may know of a host when it opens a carrier. */
export interface TransportRequest {
  /** The host's name. */
  readonly name: string;
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
  /** Tells how far a long start has come, such as that of sending an agent. */
  progress(step: StartProgress): void;
  /** A line for `--debug`, such as what the host's command writes to standard error. */
  debug(line: string): void;
}

/** A way to obtain a link to a host's agent. */
export interface Transport {
  readonly name: string;
  /** The manifest key of its own, if it has one. */
  readonly hostKey?: HostKey;
  /** Whether this transport reaches a host with these settings; the first that says so is taken. A key of its own comes first. */
  claims(settings: HostSettings): boolean;
  /** What to show of the way to the host, without secrets, such as a command line. */
  describe(settings: HostSettings): string;
  /**
   * Starts whatever carries bytes to the host's agent.
   * @throws NoRouterError when it cannot be started at all.
   */
  open(request: TransportRequest): Carrier | Promise<Carrier>;
}
