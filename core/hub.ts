// What the links of one manager share. Types only.

import type { Announcer } from "./announcer.ts";
import type { ErrorCode } from "./errors.ts";
import type { Command } from "./ledger/decide.ts";
import type { NetworkEvent } from "./ledger/events.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { AllLimits } from "./limits.ts";
import type { HostSettings } from "./manifest/types.ts";
import type { AgentSource } from "./plugin/agent_source.ts";
import type { Carrier } from "./plugin/carrier.ts";
import type { HostCode } from "./plugin/host_code.ts";
import type { NetworkIdentity, StartProgress, Transport } from "./plugin/transport.ts";
import type { Router } from "./router.ts";
import type { HostId } from "./wire/frame.ts";

/** The way to a host: the transport that has it, and what it is told. */
export interface Way {
  readonly settings: HostSettings;
  readonly transport: Transport;
}

/** A manager as its links see it. */
export interface Hub {
  readonly ledger: Ledger;
  readonly router: Router;
  readonly announcer: Announcer;
  readonly limits: AllLimits;
  /** What people call the network; undefined where it has no name. */
  readonly identity: NetworkIdentity | undefined;
  readonly version: string;
  /** What can be sent to hosts without an agent. */
  readonly agents: AgentSource | undefined;
  /** What hosts may ask for. */
  readonly code: readonly HostCode[];
  /** Carries out a command; a store that refuses it is told to `debug`, and there are no events. */
  record(command: Command, by?: string): Promise<readonly NetworkEvent[]>;
  /** How far the start of a host has come; too frequent for the log. */
  progress(host: HostId, step: StartProgress): void;
  /** Serves a host inside this process. */
  serveHere(host: HostId, carrier: Carrier): void;
  /** A host broke a rule, and what it sent was dropped. */
  refused(host: HostId, code: ErrorCode, message: string): void;
  debug(line: string): void;
  /** From 0 to 1; spreads the starts of hosts that failed together. */
  random(): number;
}
