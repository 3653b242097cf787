// The manager: owns the log, keeps a link to every host that the log has, and is the hub between them. Hosts without a way are
// served inside this process, over the same kind of link as all others.

import { Announcer } from "./announcer.ts";
import { Bus } from "./bus.ts";
import { DemandKeeper } from "./demand/keeper.ts";
import { asNoRouterError, type ErrorCode, messageOf, NoRouterError } from "./errors.ts";
import { HostsHere } from "./hosts_here.ts";
import type { Hub } from "./hub.ts";
import type { AgentInfo, NetworkEvent } from "./ledger/events.ts";
import { Ledger } from "./ledger/ledger.ts";
import { memoryStore } from "./ledger/memory_store.ts";
import type { Network } from "./ledger/network.ts";
import type { AllLimits } from "./limits.ts";
import { LinkKeeper } from "./link_keeper.ts";
import type { Manifest } from "./manifest/types.ts";
import type { AgentSource } from "./plugin/agent_source.ts";
import type { CodeLoader, HostCode } from "./plugin/host_code.ts";
import type { Observer } from "./plugin/observer.ts";
import type { Registry } from "./plugin/registry.ts";
import type { EventStore } from "./plugin/store.ts";
import type { StartProgress } from "./plugin/transport.ts";
import { Router } from "./router.ts";
import { RuleWatch } from "./rule_watch.ts";
import { endsWithin } from "./settle.ts";
import { TrafficWriter } from "./traffic/writer.ts";
import { Vault } from "./vault.ts";
import { type Known, stepsTo } from "./wanted.ts";
import type { HostId } from "./wire/frame.ts";

/** What a manager is made of. */
export interface ManagerOptions {
  readonly registry: Registry;
  /** The code of plugins whose host part is a module, by the plugin's name. */
  readonly hostCode?: ReadonlyMap<string, HostCode> | undefined;
  /** Runs it on the manager's own hosts. */
  readonly codeLoader?: CodeLoader | undefined;
  readonly limits: AllLimits;
  readonly agent: AgentInfo;
  readonly debug: (line: string) => void;
  /** What can be sent to hosts without an agent. */
  readonly agents?: AgentSource | undefined;
  /** How far the start of a host has come; too frequent for the log. */
  readonly progress?: ((host: HostId, step: StartProgress) => void) | undefined;
  /** Called once when a stop begins, whoever asked for it; the log has it at the end. */
  readonly stopping?: (() => void) | undefined;
  /** Default: a store in memory. */
  readonly store?: EventStore | undefined;
  /** From 0 to 1; spreads the starts of hosts that failed together. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** The folder of the manifests that are applied, for rules. */
  readonly folder?: string | undefined;
  /** What people call the network, the same at its next run. */
  readonly name?: string | undefined;
  /** Name of the log, unless the store has one already. */
  readonly network: string;
}

/** The hub of one network. */
export class Manager {
  readonly #options: ManagerOptions;
  /** Both planes, to look on. */
  readonly bus: Bus;
  readonly #ledger: Ledger;
  /** What streams have carried. */
  readonly traffic: TrafficWriter;
  readonly router: Router;
  readonly #links: LinkKeeper;
  /** Hosts that start on demand. */
  readonly demand: DemandKeeper;
  readonly #vault = new Vault();
  /** Hosts and rules whose breach is in the log already; one event for each is enough. */
  readonly #refused = new Set<string>();
  readonly #here: HostsHere;
  /** The change that is under way; the next one waits for it. */
  #applying: Promise<unknown> = Promise.resolve();
  #opened: Promise<unknown> | undefined;
  #stopped: Promise<void> | undefined;
  /** Hosts were started. */
  #begun = false;
  readonly #rules: RuleWatch;
  #asked: Manifest | undefined;
  /** Aborted when a stop begins. */
  readonly #stopping = new AbortController();
  /** What has to end before the log is closed. */
  readonly #closing: (() => Promise<void>)[] = [];
  readonly #closed = Promise.withResolvers<void>();

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.bus = new Bus((thrown) => options.debug(`A listener failed: ${messageOf(thrown)}`));
    const store = options.store ?? memoryStore(options.limits);
    this.#ledger = new Ledger({ store, clock: Date.now, publish: (events, network) => this.bus.publish(events, network) });
    const { registry, codeLoader, limits, agent, debug } = options;
    this.traffic = new TrafficWriter({ ledger: this.#ledger, bus: this.bus, limits, record: (what) => this.#record(what) });
    this.router = new Router(this.bus, limits, {
      traffic: this.traffic.counter,
      knows: (host) => this.#ledger.network.hosts.has(host),
      refused: (host, code, message) => this.#refuse(host, code, message),
      violated: (host, message) => this.#links.fail(host, new NoRouterError("flow-violation", message)),
      unread: (host) => this.#links.fail(host, new NoRouterError("link-silent", "Nothing is read at the other end of the link")),
    });
    const network = () => this.network;
    this.#here = new HostsHere({ plugins: registry.plugins, codeLoader, limits, agent, debug, vault: this.#vault, network });
    this.#links = new LinkKeeper(this.#vault, options.registry, this.#hub());
    const [gates, record] = [this.router.gates, this.#record.bind(this)];
    this.demand = new DemandKeeper({ gates, network, record, changed: (now) => this.#links.reconcile(now) });
    this.subscribe((events, now) => this.demand.follow(events, now));
    this.#rules = new RuleWatch({
      rules: options.registry.rules,
      folder: options.folder,
      changed: (manifest) => this.#applyAgain(manifest),
      failed: (error) => this.#routesStay(error),
    });
  }

  /** The event plane. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** The folded state. */
  get network(): Network {
    return this.#ledger.network;
  }

  /** Numbers of this process. */
  get limits(): AllLimits {
    return this.#options.limits;
  }

  /** What the plugins brought to look on; whoever makes a control starts them. */
  get observers(): readonly Observer[] {
    return this.#options.registry.observers;
  }

  /** Whether a stop has begun, whoever asked for it. */
  get isStopping(): boolean {
    return this.#stopped !== undefined;
  }

  /** Resolves when a stop, whoever asked for it, has ended. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Listens to events and the state after them. */
  subscribe(listen: (events: readonly NetworkEvent[], network: Network) => void): () => void {
    return this.bus.subscribe(({ events, network }) => listen(events, network));
  }

  /**
   * Makes the network what a manifest wants: what differs from what is there becomes events, and links and front-ends follow
   * those. What does not differ goes on untouched. Does not wait for hosts. Changes are made one after the other.
   * @returns The events; none when nothing differs.
   * @throws NoRouterError `no-transport`, `no-rule`, `rule-failed`, `plugin-invalid`, `command-refused`, or what the store throws;
   *   nothing has changed then, but for the first manifest: hosts that need not wait for a key have started when that key fails
   */
  apply(manifest: Manifest, by = "user"): Promise<readonly NetworkEvent[]> {
    return this.#inTurn(() => this.#apply(manifest, by));
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#applying.then(change);
    this.#applying = changed.catch(() => undefined);
    return changed;
  }

  /**
   * Starts a host that waits for its next start at once.
   * @returns False when it does not wait.
   */
  retry(host: HostId): boolean {
    return this.#links.retryNow(host);
  }

  /** Ends every link; resolves when nothing is left. */
  stop(reason: string, by = "user"): Promise<void> {
    if (this.#stopped === undefined) {
      this.#options.stopping?.();
      this.#stopped = this.#stop(reason, by);
      this.#stopped.then(this.#closed.resolve, this.#closed.resolve);
    }
    return this.#stopped;
  }

  /** Has something end after the last event and before the log is closed; {@link stop} waits for it. */
  beforeClose(end: () => Promise<void>): void {
    this.#closing.push(end);
  }

  async #apply(manifest: Manifest, by: string): Promise<readonly NetworkEvent[]> {
    this.#checkRunning();
    const { registry } = this.#options;
    const watching = this.#rules.begin(manifest);
    const events: NetworkEvent[] = [];
    let isWhole = false;
    try {
      for await (const { wanted, waiting, vault } of stepsTo(manifest, registry, this.#known())) {
        this.#checkRunning();
        await this.#open();
        events.push(...(await this.#ledger.execute({ type: "apply", wanted }, by)));
        vault.commit();
        this.#begun = true;
        this.#links.reconcile(this.network, waiting);
        isWhole = waiting.size === 0;
      }
      if (!isWhole) this.#checkRunning();
    } catch (thrown) {
      watching.drop();
      throw thrown;
    }
    watching.keep();
    return events;
  }

  #known(): Known {
    const { hostCode, folder } = this.#options;
    const [network, vault, signal] = [() => this.network, this.#vault, this.#stopping.signal];
    return { network, vault, hostCode, folder, signal, begins: !this.#begun };
  }

  /** A manifest is applied again as its rules say something else, unless another one has its turn first. */
  #applyAgain(manifest: Manifest): void {
    if (this.#stopping.signal.aborted || this.#asked === manifest) return;
    this.#asked = manifest;
    this.#inTurn(async () => {
      this.#asked = undefined;
      if (this.#rules.isKept(manifest)) await this.#apply(manifest, "manager");
    }).catch((thrown: unknown) => this.#routesStay(asNoRouterError(thrown)));
  }

  #routesStay({ message }: NoRouterError): void {
    this.#options.debug(`Routes stay as they are: ${message}`);
  }

  /** The log begins, or is taken up, with the first manifest that can be applied. */
  #open(): Promise<unknown> {
    const { network, agent } = this.#options;
    this.#opened ??= this.#ledger
      .execute({ type: "open-network", network, version: agent.version }, "user")
      .catch((thrown: unknown) => {
        this.#opened = undefined;
        throw thrown;
      });
    return this.#opened;
  }

  #checkRunning(): void {
    if (this.#stopped !== undefined) throw new NoRouterError("command-refused", "Network is stopped");
  }

  async #stop(reason: string, by: string): Promise<void> {
    this.#stopping.abort();
    this.#rules.stop();
    this.demand.end();
    await this.#links.stop();
    await this.#here.ended();
    const { debug, limits } = this.#options;
    const endOf = (what: string, end: () => Promise<unknown>) => endsWithin(what, end, 4 * limits.stopMs, debug);
    await endOf("count of bytes", () => this.traffic.stop());
    await endOf("stop of the log", () => this.#record({ type: "stop-network", reason }, by));
    await Promise.all(this.#closing.map((end) => endOf("end of an observer", end)));
    await endOf("close of the log", () => this.#ledger.store.close());
  }

  #hub(): Hub {
    const { limits, agent, agents, progress, debug, hostCode, name, folder, random = Math.random } = this.#options;
    return {
      identity: name === undefined ? undefined : { name, folder },
      ...{ limits, agents, debug, random },
      ledger: this.#ledger,
      router: this.router,
      announcer: new Announcer(this.bus),
      version: agent.version,
      code: [...(hostCode?.values() ?? [])],
      record: (command, by) => this.#record(command, by),
      progress: (host, step) => progress?.(host, step),
      serveHere: (host, carrier) => this.#here.serve(host, carrier),
      refused: (host, code, message) => this.#refuse(host, code, message),
    };
  }

  async #record(command: Parameters<Hub["record"]>[0], by = "manager"): Promise<readonly NetworkEvent[]> {
    try {
      return await this.#ledger.execute(command, by);
    } catch (thrown) {
      this.#options.debug(`The log does not take "${command.type}": ${asNoRouterError(thrown).message}`);
      return [];
    }
  }

  #refuse(host: HostId, code: ErrorCode, message: string): void {
    const breach = `${host} ${code}`;
    if (this.#refused.has(breach)) return;
    this.#refused.add(breach);
    void this.#record({ type: "refuse", host, code, message });
  }
}
