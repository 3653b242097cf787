// Composition: the same parts make a manager or an agent. Must not know any plugin by name.

import type { AgentInfo } from "./ledger/events.ts";
import type { EventStore } from "./ledger/ledger.ts";
import { type Limits, withLimits } from "./limits.ts";
import type { LinkEnd } from "./link/link.ts";
import { Manager } from "./manager.ts";
import type { Manifest } from "./manifest/types.ts";
import { Member } from "./member.ts";
import type { AgentSource } from "./plugin/agent_source.ts";
import type { Carrier } from "./plugin/carrier.ts";
import type { Plugin } from "./plugin/plugin.ts";
import { registerPlugins } from "./plugin/registry.ts";
import type { StartProgress } from "./plugin/transport.ts";
import type { HostId } from "./wire/frame.ts";

interface CommonOptions {
  /** Everything that can be swapped; the order decides which transport claims a host first. */
  readonly plugins: readonly Plugin[];
  /** Replaces numbers of the table of limits. */
  readonly limits?: Partial<Limits>;
  /** How this program introduces itself. */
  readonly agent: AgentInfo;
  /** Gets a line for everything that only a developer wants to see. */
  readonly debug?: (line: string) => void;
}

/** A manager's options. */
export interface ManagerPeerOptions extends CommonOptions {
  readonly role: "manager";
  readonly manifest: Manifest;
  readonly store?: EventStore;
  /** What can be sent to hosts without an agent; without it they have to have one. */
  readonly agents?: AgentSource;
  /** From 0 to 1; spreads the starts of hosts that failed together. Default: `Math.random`. */
  readonly random?: () => number;
  /** Hears how far the start of a host has come. */
  readonly progress?: (host: HostId, step: StartProgress) => void;
}

/** An agent's options. */
export interface AgentPeerOptions extends CommonOptions {
  readonly role: "agent";
  /** The way to the manager. */
  readonly uplink: Carrier;
  /** The link is over and nothing of this host is left open. */
  readonly closed: (end: LinkEnd) => void;
}

/**
 * Puts a peer together; nothing runs before its `start`.
 * @throws NoRouterError `plugin-invalid` or `usage` (a limit out of range)
 */
export function createPeer(options: ManagerPeerOptions): Manager;
export function createPeer(options: AgentPeerOptions): Member;
export function createPeer(options: ManagerPeerOptions | AgentPeerOptions): Manager | Member {
  if (options.role === "agent") return createAgent(options);
  const { role: _role, ...rest } = options;
  return new Manager({ ...rest, ...common(options), network: crypto.randomUUID() });
}

/** The same for an agent alone; a program that uses nothing else of the core needs no manager. */
export function createAgent(options: AgentPeerOptions): Member {
  return new Member({ ...common(options), carrier: options.uplink, closed: options.closed });
}

function common({ plugins, limits, debug, agent }: CommonOptions) {
  return { registry: registerPlugins(plugins), limits: withLimits(limits), debug: debug ?? (() => undefined), agent };
}
