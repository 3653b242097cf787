// Keeps one link per host that is to run: starts it, replaces it when the way to the host changes, ends it when the host leaves or is
// to rest. A host that is started on demand is stopped after its link.

import { HostRunner } from "./demand/runner.ts";
import type { NoRouterError } from "./errors.ts";
import { HostLink } from "./host_link.ts";
import type { Hub } from "./hub.ts";
import type { DemandState, HostState, Network } from "./ledger/network.ts";
import type { HostSettings } from "./manifest/types.ts";
import { type Registry, starterFor, transportFor } from "./plugin/registry.ts";
import { settlesWithin } from "./settle.ts";
import type { Vault } from "./vault.ts";
import { demandId, wayId } from "./wanted.ts";
import type { HostId } from "./wire/frame.ts";

/** A link that is kept. */
interface Kept {
  /** Name of its host. */
  readonly name: string;
  /** Revision of the way that it goes. */
  readonly way: number;
  readonly link: HostLink;
  /** Resolves when the links before it have left nothing. */
  readonly begun: Promise<void>;
  readonly runner: HostRunner;
  /** What it runs in, when it was last looked at. */
  runs: DemandState["runs"];
}

/** The links of one manager. */
export class LinkKeeper {
  readonly #vault: Vault;
  readonly #registry: Registry;
  readonly #hub: Hub;
  readonly #kept = new Map<HostId, Kept>();
  /** Links that are being ended, with the names of their hosts. */
  readonly #ending = new Map<Promise<void>, string>();
  /** Names of hosts that are left as they are. */
  #waiting: ReadonlySet<string> = new Set();
  #stopped = false;

  constructor(vault: Vault, registry: Registry, hub: Hub) {
    this.#vault = vault;
    this.#registry = registry;
    this.#hub = hub;
  }

  /**
   * Makes the links what the log wants; does not wait for any of them.
   * @param waiting Names of hosts that are left as they are. Default: as before.
   */
  reconcile({ hosts }: Network, waiting: ReadonlySet<string> = this.#waiting): void {
    if (this.#stopped) return;
    this.#waiting = waiting;
    for (const [id, kept] of this.#kept) if (!hosts.has(id)) this.#end(id, kept, "Host left the network");
    for (const host of hosts.values()) {
      const kept = this.#kept.get(host.id);
      if (kept) kept.runs = host.demand?.runs;
      else if (host.phase === "stopping" && ![...this.#ending.values()].includes(host.name)) {
        // Nothing of it was started yet.
        void this.#hub.record({ type: "rest", host: host.id });
      }
      if (waiting.has(host.name)) continue;
      if (host.demand?.wanted !== false) this.#keep(host);
      else if (kept) this.#end(host.id, kept, "Nobody uses the host");
    }
  }

  /** Ends a link because its host broke a rule. */
  fail(host: HostId, error: NoRouterError): void {
    this.#kept.get(host)?.link.fail(error);
  }

  /** Starts a host that waits for its next start at once; false when it does not wait. */
  retryNow(host: HostId): boolean {
    return this.#kept.get(host)?.link.retryNow() ?? false;
  }

  /** Ends all links for good; resolves when nothing of them is left. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const all = [...this.#kept];
    const onDemand = all.flatMap(([host]) => (this.#stateOf(host)?.demand ? [host] : []));
    await this.#recorded(onDemand.map((host) => this.#hub.record({ type: "release", host, reason: "stopped" })));
    for (const [id, kept] of all) this.#end(id, { ...kept, runs: this.#stateOf(id)?.demand?.runs }, "Manager stops");
    await Promise.all(this.#ending.keys());
    await Promise.all(all.map(([, { begun }]) => begun));
  }

  /** A log that does not answer is not waited for. */
  #recorded(records: readonly Promise<unknown>[]): Promise<boolean> {
    return settlesWithin(Promise.all(records), 4 * this.#hub.limits.stopMs);
  }

  #stateOf(host: HostId): HostState | undefined {
    return this.#hub.ledger.network.hosts.get(host);
  }

  #keep({ id, name, private: way, demand }: HostState): void {
    const before = this.#kept.get(id);
    if (!way || before?.way === way.way) return;
    const settings = this.#vault.get(wayId(name), way.way) as HostSettings;
    const runs = before === undefined ? demand?.runs : undefined;
    const runner = this.#runnerOf({ id, name }, settings, runs === "ours");
    const link = new HostLink(id, { settings, transport: transportFor(this.#registry, name, settings) }, this.#hub, runner);
    if (before) this.#end(id, before, "Host is reached in another way now");
    // Also those of a host of this name that has left: two agents of one host would get in each other's way.
    const ending = [...this.#ending].flatMap(([ended, of]) => (of === name ? [ended] : []));
    const begun = Promise.all(ending).then(() => {
      if (!this.#stopped && this.#kept.get(id)?.link === link) link.start();
    });
    this.#kept.set(id, { name, way: way.way, link, begun, runner, runs: demand?.runs });
  }

  /** Starts nothing for a host that runs by itself, such as one that is not on demand yet. */
  #runnerOf(host: Pick<HostState, "id" | "name">, settings: HostSettings, isOurs: boolean): HostRunner {
    return new HostRunner(host, this.#hub, isOurs, () => {
      const demand = this.#vault.get(demandId(host.name));
      const starter = starterFor(this.#registry, settings, demand);
      return starter && (demand !== undefined || starter.always?.(settings)) ? { starter, settings, demand } : undefined;
    });
  }

  #end(id: HostId, kept: Kept, reason: string): void {
    this.#kept.delete(id);
    const ended = this.#ended(id, kept, reason).finally(() => this.#ending.delete(ended));
    this.#ending.set(ended, kept.name);
  }

  async #ended(host: HostId, kept: Kept, reason: string): Promise<void> {
    const { link, runner, begun } = kept;
    // What came before it may still be on its way out.
    await begun;
    await link.stop(reason);
    await runner.free();
    const runs = this.#stateOf(host)?.demand?.runs ?? kept.runs;
    const failure = runner.isOurs || runs === "ours" ? await runner.stop() : undefined;
    if (this.#stateOf(host)?.demand)
      await this.#recorded([this.#hub.record({ type: "rest", host, ...(failure ? { failure } : {}) })]);
  }
}
