// A whole network in one process: a manager, agents over memory, a front-end that tests dial through and an
// egress that echoes. No sockets, no processes.

import type { NetworkEvent } from "../core/ledger/events.ts";
import type { HostState } from "../core/ledger/network.ts";
import type { Overrides } from "../core/limits.ts";
import type { LinkEnd } from "../core/link/link.ts";
import type { Manager } from "../core/manager.ts";
import type { HostSpec, Manifest, RouteSpec } from "../core/manifest/types.ts";
import type { Member } from "../core/member.ts";
import type { Stream } from "../core/mux/stream.ts";
import { createAgent, createManager } from "../core/peer.ts";
import type { Carrier } from "../core/plugin/carrier.ts";
import type { Egress } from "../core/plugin/egress.ts";
import type { HostContext } from "../core/plugin/host_context.ts";
import type { PluginKeys } from "../core/plugin/key.ts";
import type { Observer } from "../core/plugin/observer.ts";
import { PLUGIN_API, type Plugin } from "../core/plugin/plugin.ts";
import type { Rule } from "../core/plugin/rule.ts";
import type { EventStore } from "../core/plugin/store.ts";
import type { Transport } from "../core/plugin/transport.ts";
import { memoryPair } from "../transports/memory/mod.ts";
import { hostPlugin } from "./host_plugin.ts";
import { plainHost } from "./host_spec.ts";
import { waitFor } from "./support/wait.ts";

/** One host as its plugins saw it. */
export interface FakeHost {
  readonly context: HostContext;
  reconciled: number;
  stopped: boolean;
}

/** How an agent is put behind a carrier; tests replace it to be hostile. */
export type ServeAgent = (name: string, uplink: Carrier) => void;

/** What a test may change. */
export interface InProcessOptions {
  readonly hosts: readonly string[];
  readonly limits?: Overrides;
  /** Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: a store in memory. */
  readonly store?: EventStore;
  /** Changes a host of the manifest. */
  readonly change?: (spec: HostSpec) => HostSpec;
  readonly routes?: readonly RouteSpec[];
  readonly rules?: readonly Rule[];
  /** Keys of hosts and routes. */
  readonly keys?: Partial<PluginKeys>;
  readonly observers?: readonly Observer[];
  /** Further plugins; "local" runs their host parts. */
  readonly plugins?: readonly Plugin[];
  /** How long front-ends take to stop. */
  readonly stopping?: () => Promise<void>;
  /** What serves a stream; default sends everything back. */
  readonly serve?: (stream: Stream, context: HostContext) => void;
  readonly serveAgent?: ServeAgent;
  /** Replaces the transport of hosts other than "local". */
  readonly transport?: Partial<Transport>;
}

/** A network under test. */
export interface InProcess {
  readonly manager: Manager;
  /** Applies the manifest of the options. */
  start(): Promise<unknown>;
  /** By name; there once the host was welcomed. */
  readonly hosts: ReadonlyMap<string, FakeHost>;
  readonly agents: ReadonlyMap<string, Member>;
  /** Ends of agents' links. */
  readonly ends: readonly { readonly name: string; readonly end: LinkEnd }[];
  readonly events: readonly NetworkEvent[];
  readonly debug: readonly string[];
  host(name: string): FakeHost;
  state(name: string): HostState;
  /** Waits until every host is ready or failed. */
  settled(): Promise<void>;
  /** Waits until an event is there. */
  event<T extends NetworkEvent["type"]>(
    type: T,
    matches?: (event: NetworkEvent & { type: T }) => boolean,
  ): Promise<NetworkEvent & { type: T }>;
}

/** A host that publishes port 80 to a secret target. */
export function hostSpec(name: string, index: number): HostSpec {
  return plainHost(name, `127.0.42.${100 + index}`, {
    settings: name === "local" ? {} : { cmd: ["secret-command", name] },
    ports: [{ listen: 80, protocol: "tcp", target: { host: `secret-target-of-${name}`, port: 8080 } }],
  });
}

/** Sends everything back, and the end, too. */
export function echo(stream: Stream): void {
  stream.attach({
    data: (chunk) => stream.write(chunk),
    end: () => stream.end(),
    reset: () => undefined,
    drain: () => stream.resume(),
  });
  stream.accept();
}

/** Makes a network; nothing runs before `start`. */
export function inProcess(options: InProcessOptions): InProcess {
  const hosts = new Map<string, FakeHost>();
  const agents = new Map<string, Member>();
  const ends: { name: string; end: LinkEnd }[] = [];
  const events: NetworkEvent[] = [];
  const lines: string[] = [];
  const common = { agent: { version: "test", runtime: "test", pid: 1 }, debug: (line: string) => void lines.push(line) };
  const local = localPlugin(hosts, options);
  const serveAgent: ServeAgent = (name, uplink) => {
    const closed = (end: LinkEnd) => void ends.push({ name, end });
    const member = createAgent({ plugins: [local], uplink, closed, ...common });
    agents.set(name, member);
    member.start();
  };
  const transports = transportPlugin(options.serveAgent ?? serveAgent, options.transport);
  const plugins = [transports, local, registering(options), ...(options.plugins ?? [])];
  const random = options.random ? { random: options.random } : {};
  const manager = createManager({ plugins, limits: options.limits, ...random, ...common, store: options.store });
  manager.subscribe((batch) => void events.push(...batch));
  const manifest = manifestOf(options);
  const states = () => [...manager.network.hosts.values()];
  const over = () => states().every(({ phase }) => phase === "ready" || phase === "failed");
  return {
    manager,
    start: () => manager.apply(manifest),
    hosts,
    agents,
    ends,
    events,
    debug: lines,
    host: (name) => hosts.get(name) as FakeHost,
    state: (name) => states().find((host) => host.name === name) as HostState,
    settled: async () => void (await waitFor(over, { what: "every host to be ready or failed", everyMs: 1 })),
    event: (type, matches = () => true) => {
      type Wanted = NetworkEvent & { type: typeof type };
      const find = () => events.find((event): event is Wanted => event.type === type && matches(event as Wanted));
      return waitFor(find, { what: `event "${type}"`, everyMs: 1 }) as Promise<Wanted>;
    },
  };
}

function manifestOf({ hosts, change = (spec) => spec, routes = [] }: InProcessOptions): Manifest {
  return { hosts: hosts.map(hostSpec).map(change), routes };
}

/** The body of a test that makes networks; all of them are stopped at its end, however it ends. */
export function cleanly(body: (make: typeof inProcess) => Promise<void>): () => Promise<void> {
  return async () => {
    const made: InProcess[] = [];
    try {
      await body((options) => {
        const world = inProcess(options);
        made.push(world);
        return world;
      });
    } finally {
      await Promise.all(made.map(({ manager }) => manager.stop("end of test")));
    }
  };
}

/** Registers what a test brings. */
function registering({ keys, rules, observers }: InProcessOptions): Plugin {
  return {
    name: "rules",
    api: PLUGIN_API,
    setup(context) {
      keys?.host?.forEach((key) => void context.hostKey(key));
      keys?.route?.forEach((key) => void context.routeKey(key));
      rules?.forEach((one) => void context.rule(one));
      observers?.forEach((one) => void context.observer(one));
    },
  };
}

/** A front-end that serves nothing but says so, and an egress for published ports. */
function localPlugin(hosts: Map<string, FakeHost>, { serve = echo, stopping }: InProcessOptions): Plugin {
  const egress = (context: HostContext): Egress => ({
    name: "fake-egress",
    claims: ({ kind }) => kind === "published",
    open: (stream) => serve(stream, context),
    stop: async () => undefined,
  });
  return hostPlugin("fake", (context) => {
    context.egress(egress);
    context.frontEnd((host) => {
      const fake: FakeHost = { context: host, reconciled: 0, stopped: false };
      return {
        name: "fake-front-end",
        async reconcile() {
          const { name, vip } = host.self();
          hosts.set(name, fake);
          fake.reconciled += 1;
          if (fake.reconciled === 1)
            host.report({ type: "frontend.listening", frontend: "fake", address: `${vip}:80`, serves: name });
        },
        async stop() {
          await new Promise((resolve) => setImmediate(resolve)); // as closing a listener takes a turn of the event loop
          await stopping?.();
          fake.stopped = true;
        },
      };
    });
  });
}

function transportPlugin(serveAgent: ServeAgent, change: Partial<Transport> = {}): Plugin {
  const transport: Transport = {
    name: "remote-memory",
    claims: ({ cmd }) => cmd !== undefined,
    describe: ({ cmd = [] }) => cmd.join(" "),
    open({ name }) {
      const [here, there] = memoryPair();
      serveAgent(name, there);
      return here;
    },
    ...change,
  };
  return {
    name: "remote-memory",
    api: PLUGIN_API,
    setup(context) {
      context.transport(transport);
      context.transport({
        name: "memory",
        claims: ({ cmd }) => cmd === undefined,
        describe: () => "this process",
        open({ serveHere }) {
          const [here, there] = memoryPair();
          serveHere(there);
          return here;
        },
      });
    },
  };
}
