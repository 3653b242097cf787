// The manager: owns the log, starts every host's link and is the hub between them. Hosts without a command are
// served inside this process, over the same kind of link as all others.

import { accessMaker, admissionOf } from "./admission.ts";
import { Bus } from "./bus.ts";
import { type ErrorCode, messageOf, NoRouterError } from "./errors.ts";
import { HostLink } from "./host_link.ts";
import type { AgentInfo, NetworkEvent } from "./ledger/events.ts";
import { type EventStore, Ledger } from "./ledger/ledger.ts";
import { memoryStore } from "./ledger/memory_store.ts";
import type { Network } from "./ledger/network.ts";
import type { Limits } from "./limits.ts";
import type { HostSpec, Manifest } from "./manifest/types.ts";
import { maskedUrls } from "./masked.ts";
import { Member } from "./member.ts";
import type { AgentSource } from "./plugin/agent_source.ts";
import type { Carrier } from "./plugin/carrier.ts";
import { type Registry, transportFor } from "./plugin/registry.ts";
import type { HostSettings, StartProgress, Transport } from "./plugin/transport.ts";
import { Router } from "./router.ts";
import { planRoutes } from "./routes/plan.ts";
import type { HostId } from "./wire/frame.ts";

/** What a manager is made of. */
export interface ManagerOptions {
  readonly manifest: Manifest;
  readonly registry: Registry;
  readonly limits: Limits;
  readonly agent: AgentInfo;
  readonly debug: (line: string) => void;
  /** What can be sent to hosts without an agent. */
  readonly agents?: AgentSource;
  /** How far the start of a host has come; too frequent for the log. */
  readonly progress?: (host: HostId, step: StartProgress) => void;
  /** Default: a store in memory. */
  readonly store?: EventStore;
  /** From 0 to 1; spreads the starts of hosts that failed together. Default: `Math.random`. */
  readonly random?: () => number;
  /** Name of the log; unique for each run. */
  readonly network: string;
}

/** A host with its settings and the transport that claims it. */
interface Planned {
  readonly id: HostId;
  readonly spec: HostSpec;
  readonly settings: HostSettings;
  readonly transport: Transport;
}

/** The hub of one network. */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #bus: Bus;
  readonly #ledger: Ledger;
  readonly #router: Router;
  readonly #links = new Map<HostId, HostLink>();
  /** Hosts and rules whose breach is in the log already; one event for each is enough. */
  readonly #refused = new Set<string>();
  /** Resolve when hosts served inside this process have left nothing open. */
  readonly #served = new Map<HostId, Promise<void>>();
  /** The proxies that routes leave through, by the route's number: with their passwords, so they are not in the log. */
  #upstreams: readonly (URL | undefined)[] = [];
  readonly #accessFor = accessMaker();
  /** Resolve when the links that wait for an access are started. */
  readonly #starting: Promise<void>[] = [];
  #stopped: Promise<void> | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#bus = new Bus((thrown) => options.debug(`A listener failed: ${messageOf(thrown)}`));
    const store = options.store ?? memoryStore(options.limits);
    this.#ledger = new Ledger({ store, clock: Date.now, publish: (events, network) => this.#bus.publish(events, network) });
    this.#router = new Router(this.#bus, options.limits, {
      knows: (host) => this.#ledger.network.hosts.has(host),
      refused: (host, code, message) => this.#refuse(host, code, message),
      violated: (host, message) => this.#links.get(host)?.fail(new NoRouterError("flow-violation", message)),
      unread: (host) =>
        this.#links.get(host)?.fail(new NoRouterError("link-silent", "Nothing is read at the other end of the link")),
    });
  }

  /** The event plane. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** Both planes, to look on. */
  get bus(): Bus {
    return this.#bus;
  }

  /** The folded state. */
  get network(): Network {
    return this.#ledger.network;
  }

  /** Listens to events and the state after them. */
  subscribe(listen: (events: readonly NetworkEvent[], network: Network) => void): () => void {
    return this.#bus.subscribe(({ events, network }) => listen(events, network));
  }

  /**
   * Admits every host and starts its link; does not wait for any of them.
   * @throws NoRouterError `no-transport`, `no-rule` or `rule-failed`, before anything was started
   */
  start(): void {
    const { agent, manifest, network, registry } = this.#options;
    const plan = manifest.hosts.map((spec, index) => this.#planned(spec, index + 1));
    const routes = planRoutes(manifest, registry.rules);
    this.#upstreams = routes.map(({ upstream }) => upstream);
    this.#ledger.execute({ type: "open-network", network, version: agent.version }, "user");
    for (const plugin of registry.plugins) this.#ledger.execute({ type: "load-plugin", plugin }, "manager");
    for (const planned of plan) this.#admit(planned);
    if (routes.length > 0) this.#ledger.execute({ type: "set-routes", routes: routes.map(({ route }) => route) }, "user");
    for (const planned of plan) {
      if (planned.spec.http?.auth || planned.spec.socks?.auth) this.#starting.push(this.#startGuarded(planned));
      else this.#startLink(planned);
    }
  }

  /** Ends every link; resolves when nothing is left. */
  stop(reason: string): Promise<void> {
    this.#stopped ??= this.#stop(reason);
    return this.#stopped;
  }

  async #stop(reason: string): Promise<void> {
    await Promise.all([...this.#starting, ...[...this.#links.values()].map((link) => link.stop())]);
    await Promise.all(this.#served.values());
    this.#ledger.execute({ type: "stop-network", reason }, "user");
  }

  #planned(spec: HostSpec, id: HostId): Planned {
    const { settings } = spec;
    return { id, spec, settings, transport: transportFor(this.#options.registry, spec.name, settings) };
  }

  #admit({ id, spec, settings, transport }: Planned): void {
    const via = { transport: transport.name, via: described(transport, settings) };
    this.#ledger.execute({ type: "admit-host", admission: { ...admissionOf(spec, id), private: via } }, "user");
  }

  /** A host is not started before its proxies can tell right passwords from wrong ones; to make that takes a moment. */
  async #startGuarded(planned: Planned): Promise<void> {
    const access = await this.#accessFor(planned.spec);
    if (this.#stopped !== undefined) return;
    if (access) this.#ledger.execute({ type: "set-access", host: planned.id, access }, "user");
    this.#startLink(planned);
  }

  #startLink({ id, settings, transport }: Planned): void {
    const { limits, agent, agents, debug, progress, random = Math.random } = this.#options;
    const link = new HostLink({
      host: id,
      settings,
      transport,
      ledger: this.#ledger,
      router: this.#router,
      limits,
      version: agent.version,
      agents,
      progress: (step) => progress?.(id, step),
      subscribe: (listen) => this.#bus.subscribe(listen),
      refused: (code, message) => this.#refuse(id, code, message),
      serveHere: (carrier) => this.#serveHere(id, carrier),
      debug,
      random,
    });
    this.#links.set(id, link);
    link.start();
  }

  /** A host that comes back begins when what it was before has given its addresses free. */
  #serveHere(host: HostId, carrier: Carrier): void {
    const { registry, limits, agent, debug } = this.#options;
    const served = (closed: () => void) => {
      const upstream = (route: number) => this.#upstreams[route];
      new Member({ carrier, registry, limits, agent, debug, closed, upstream }).start();
    };
    const before = this.#served.get(host) ?? Promise.resolve();
    this.#served.set(
      host,
      before.then(() => new Promise<void>(served)),
    );
  }

  #refuse(host: HostId, code: ErrorCode, message: string): void {
    const breach = `${host} ${code}`;
    if (this.#refused.has(breach)) return;
    this.#refused.add(breach);
    this.#ledger.execute({ type: "refuse", host, code, message }, "manager");
  }
}

/** The way to a host for people; a transport that cannot tell is shown by its name. */
function described(transport: Transport, settings: HostSettings): string {
  try {
    return maskedUrls(String(transport.describe(settings)));
  } catch {
    return transport.name;
  }
}
