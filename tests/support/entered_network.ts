// A network in one process whose hosts have entrances: proxies, name servers, routes, upstream proxies. Real sockets at
// its edges, memory between its hosts. Must not know any of the front-ends that are tested with it.

import { hostPlugin } from "../../conformance/host_plugin.ts";
import { plainHost } from "../../conformance/host_spec.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import type { NetworkEvent } from "../../core/ledger/events.ts";
import type { HostState } from "../../core/ledger/network.ts";
import type { Overrides } from "../../core/limits.ts";
import type { Manager } from "../../core/manager.ts";
import type { HostSpec, PortMap, RouteSpec } from "../../core/manifest/types.ts";
import { createManager } from "../../core/peer.ts";
import type { HostContext } from "../../core/plugin/host_context.ts";
import type { Plugin } from "../../core/plugin/plugin.ts";
import { forwardPlugin } from "../../plugins/forward/mod.ts";
import { loopbackPlugin } from "../../plugins/loopback/mod.ts";
import { routesPlugin } from "../../plugins/routes/mod.ts";
import { memoryTransport } from "../../transports/memory/mod.ts";
import { remoteMemory } from "./remote_memory.ts";
import type { Address } from "./servers.ts";
import { ownVip } from "./tcp_network.ts";

/** What the network is made of. */
export interface EnteredNetworkOptions {
  /**
   * By name, in order. The first is the manager's own; the others are agents, unless `settings` says otherwise. VIPs are this
   * process's own unless given; a host has no loopback, proxy or name server unless given.
   */
  readonly hosts: Readonly<Record<string, Partial<HostSpec>>>;
  readonly routes?: readonly RouteSpec[];
  /** What is tested; comes before `routes`, `forward` and `loopback`, which are always there. */
  readonly plugins: readonly Plugin[];
  readonly limits?: Overrides;
  /** Names of front-ends of which at least one address must be served before the network counts as started. */
  readonly listening?: readonly string[];
}

/** A started network. */
export interface EnteredNetwork {
  readonly manager: Manager;
  readonly events: readonly NetworkEvent[];
  /** The first event of a type that fits, now or later. */
  event<T extends NetworkEvent["type"]>(
    type: T,
    fits?: (event: NetworkEvent & { type: T }) => boolean,
  ): Promise<NetworkEvent & { type: T }>;
  /** What a plugin sees on a host: its network, its streams. */
  context(name: string): HostContext;
  /** A host as the manager sees it. */
  state(name: string): HostState;
  /** Ends everything; nothing is left open. */
  stop(): Promise<void>;
}

/** An address to listen on that no other test process and no other call uses. */
export function ownListen(port = 1080): string {
  return `${ownVip()}:${port}`;
}

/** The parts of `address:port`. */
export function addressOf(listen: string): Address {
  const colon = listen.lastIndexOf(":");
  return { host: listen.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(listen.slice(colon + 1)) };
}

/** A published port for {@link HostSpec.ports}. */
export function published(listen: number, { host, port }: Address): PortMap {
  return { listen, protocol: "tcp", target: { host, port } };
}

/** Starts a network; waits until all hosts are ready and know the passwords of their proxies. */
export async function enteredNetwork(options: EnteredNetworkOptions): Promise<EnteredNetwork> {
  const contexts = new Map<string, HostContext>();
  const plugins = [...options.plugins, routesPlugin, forwardPlugin, loopbackPlugin, witnessPlugin(contexts)];
  const agent = { version: "test", runtime: "test", pid: 1 };
  const hosts = Object.entries(options.hosts).map(([name, change], index) =>
    plainHost(name, ownVip(), { settings: index === 0 ? {} : { cmd: ["x"] }, ...change }),
  );
  const manager = createManager({
    plugins: [remoteMemory({ plugins, agent }), memoryTransport, ...plugins],
    limits: options.limits,
    agent,
  });
  const events: NetworkEvent[] = [];
  manager.subscribe((batch) => void events.push(...batch));
  const event: EnteredNetwork["event"] = (type, fits = () => true) => {
    type Wanted = NetworkEvent & { type: typeof type };
    const find = () => events.find((candidate): candidate is Wanted => candidate.type === type && fits(candidate as Wanted));
    return waitFor(find, { what: `event "${type}"`, everyMs: 1 }) as Promise<Wanted>;
  };
  const state = (name: string) => {
    const found = [...manager.network.hosts.values()].find((host) => host.name === name);
    if (!found) throw new Error(`There is no host "${name}"`);
    return found;
  };
  const context = (name: string) => {
    const found = contexts.get(name);
    if (!found) throw new Error(`Host "${name}" has not been welcomed`);
    return found;
  };
  await manager.apply({ hosts, routes: options.routes ?? [] });
  const stop = () => manager.stop("test");
  try {
    const ready = ({ name }: HostSpec) => state(name).phase === "ready";
    await waitFor(() => hosts.every(ready), { what: "all hosts", everyMs: 1 });
    for (const name of options.listening ?? []) await event("frontend.listening", ({ frontend }) => frontend === name);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { manager, events, event, context, state, stop };
}

/** Notes the context of every host. */
function witnessPlugin(contexts: Map<string, HostContext>): Plugin {
  return hostPlugin("witness", (context) =>
    context.frontEnd((host) => ({
      name: "witness",
      async reconcile() {
        contexts.set(host.self().name, host);
      },
      stop: async () => undefined,
    })),
  );
}
