// A network in one process with real sockets: the host "entry" serves VIPs, the host "web" publishes. The VIPs
// differ between processes, so that runtimes can be tested at the same time.

import process from "node:process";
import { plainHost } from "../../conformance/host_spec.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import type { NetworkEvent } from "../../core/ledger/events.ts";
import type { Overrides } from "../../core/limits.ts";
import type { Manager } from "../../core/manager.ts";
import { createManager } from "../../core/peer.ts";
import { forwardPlugin } from "../../plugins/forward/mod.ts";
import { loopbackPlugin } from "../../plugins/loopback/mod.ts";
import { memoryTransport } from "../../transports/memory/mod.ts";
import { remoteMemory } from "./remote_memory.ts";
import type { Address } from "./servers.ts";

/** What the network publishes. */
export interface TcpNetworkOptions {
  /** Targets of the ports 8081, 8082, ... of "web". */
  readonly targets: readonly Address[];
  /** Default: one of this process's own. */
  readonly vip?: string;
  readonly limits?: Overrides;
  /** Whether "entry" serves loopback addresses; default true. */
  readonly loopback?: boolean;
}

/** A started network. */
export interface TcpNetwork {
  readonly manager: Manager;
  readonly vip: string;
  readonly events: readonly NetworkEvent[];
  /** Where the first, second, ... target is reached. */
  at(index?: number): Address;
  event<T extends NetworkEvent["type"]>(type: T): Promise<NetworkEvent & { type: T }>;
  stop(): Promise<void>;
}

let made = 0;

/** Loopback addresses that each process has to itself. */
const OWN_VIPS = 128;

/** A loopback address, of 127.128.0.0/9, that no other test process and none of this one's last 125 calls uses. */
export function ownVip(): string {
  made = (made % (OWN_VIPS - 2)) + 1;
  const slot = (process.pid & 0xffff) * OWN_VIPS + made;
  return `127.${128 + (slot >> 16)}.${(slot >> 8) & 0xff}.${slot & 0xff}`;
}

/** Starts a network and waits until both hosts are ready. */
export async function tcpNetwork(options: TcpNetworkOptions): Promise<TcpNetwork> {
  const vip = options.vip ?? ownVip();
  const ports = options.targets.map((target, at) => ({ listen: 8081 + at, protocol: "tcp" as const, target }));
  const agent = { version: "test", runtime: "test", pid: 1 };
  const agentPlugins = [loopbackPlugin, forwardPlugin];
  const hosts = [
    plainHost("entry", "127.0.42.1", { keys: { loopback: { disable: options.loopback === false } } }),
    plainHost("web", vip, { settings: { cmd: ["x"] }, ports }),
  ];
  const manager = createManager({
    plugins: [remoteMemory({ plugins: agentPlugins, agent }), memoryTransport, ...agentPlugins],
    limits: options.limits,
    agent,
  });
  const events: NetworkEvent[] = [];
  manager.subscribe((batch) => void events.push(...batch));
  await manager.apply({ hosts, routes: [] });
  await waitFor(() => [...manager.network.hosts.values()].every(({ phase }) => phase === "ready"), {
    what: "both hosts",
    everyMs: 1,
  });
  return {
    manager,
    vip,
    events,
    at: (index = 0) => ({ host: vip, port: 8081 + index }),
    event: (type) => {
      type Wanted = NetworkEvent & { type: typeof type };
      const find = () => events.find((event): event is Wanted => event.type === type);
      return waitFor(find, { what: `event "${type}"`, everyMs: 1 }) as Promise<Wanted>;
    },
    stop: () => manager.stop("test"),
  };
}
