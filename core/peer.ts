// Composition: the same parts make a manager or an agent.

import type { AgentInfo } from "./ledger/events.ts";
import { type LimitRows, type Overrides, withLimits } from "./limits.ts";
import type { LinkEnd } from "./link/link.ts";
import { Manager, type ManagerOptions } from "./manager.ts";
import { Member } from "./member.ts";
import type { Carrier } from "./plugin/carrier.ts";
import type { Guard } from "./plugin/guard.ts";
import type { CodeLoader } from "./plugin/host_code.ts";
import type { Plugin, PluginOnHost } from "./plugin/plugin.ts";
import { checkedOnHost, type Registry, registerPlugins } from "./plugin/registry.ts";
import { boundReadBuffers } from "./read_buffers.ts";

interface CommonOptions {
  /** Runs code of third parties' host parts on hosts that this process serves; without it none is run. */
  readonly codeLoader?: CodeLoader | undefined;
  /** Replaces numbers of the tables of limits. What a manager has here holds for its agents, too. */
  readonly limits?: Overrides | undefined;
  /** How this program introduces itself. */
  readonly agent: AgentInfo;
  /** Gets a line for everything that only a developer wants to see. */
  readonly debug?: ((line: string) => void) | undefined;
}

/** A manager's options. */
export interface CreateManagerOptions
  extends CommonOptions,
    Pick<ManagerOptions, "agents" | "folder" | "hostCode" | "name" | "progress" | "stopping" | "store" | "random"> {
  /**
   * Everything that can be swapped, or a registry of what is set up already; the order decides which transport claims a host first,
   * and which egress a target.
   */
  readonly plugins: readonly Plugin[] | Registry;
}

/** An agent's options. */
export interface AgentOptions extends CommonOptions {
  /** What this process can run on the host; the log says what it needs, and in which order egresses are asked. */
  readonly plugins: readonly PluginOnHost[];
  /** The way to the manager. */
  readonly uplink: Carrier;
  /** Bytes of memory that the host has to spare: limits are lowered to fit into it. Default: they are as they are. */
  readonly room?: number | undefined;
  /** What streams may reach here, whatever the manager says. */
  readonly guard?: Guard | undefined;
  /** The link is over and nothing of this host is left open. */
  readonly closed: (end: LinkEnd) => void;
}

/**
 * Puts a manager together; nothing runs before a manifest is applied.
 * @throws NoRouterError `plugin-invalid` or `usage` (a limit out of range)
 */
export function createManager(options: CreateManagerOptions): Manager {
  const { agents, folder, hostCode, name, progress, stopping, store, random } = options;
  const registry = "parts" in options.plugins ? options.plugins : registerPlugins(options.plugins);
  return new Manager({
    ...common(options, registry.keys.limits),
    registry,
    folder,
    hostCode,
    name,
    agents,
    progress,
    stopping,
    store,
    random,
    network: crypto.randomUUID(),
  });
}

/**
 * Puts an agent together; nothing runs before its `start`.
 * @throws NoRouterError as {@link createManager}
 */
export function createAgent(options: AgentOptions): Member {
  const { uplink: carrier, closed, plugins, room, guard } = options;
  if (room !== undefined) boundReadBuffers(room);
  return new Member({ ...common(options), plugins: checkedOnHost(plugins), carrier, closed, room, guard });
}

function common({ limits, debug, agent, codeLoader }: CommonOptions, rows: LimitRows = {}) {
  return { codeLoader, limits: withLimits(limits, rows), debug: debug ?? (() => undefined), agent };
}
