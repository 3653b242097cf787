// Keeps one link for each host of the log: starts what is missing, starts anew what is reached in another way, ends what has
// left.

import type { NoRouterError } from "./errors.ts";
import { HostLink } from "./host_link.ts";
import type { Hub } from "./hub.ts";
import type { HostState, Network } from "./ledger/network.ts";
import type { HostSettings } from "./manifest/types.ts";
import { type Registry, transportFor } from "./plugin/registry.ts";
import type { Vault } from "./vault.ts";
import { wayId } from "./wanted.ts";
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
}

/** The links of one manager. */
export class LinkKeeper {
  readonly #vault: Vault;
  readonly #registry: Registry;
  readonly #hub: Hub;
  readonly #kept = new Map<HostId, Kept>();
  /** Links that are being ended, with the names of their hosts. */
  readonly #ending = new Map<Promise<void>, string>();
  #stopped = false;

  constructor(vault: Vault, registry: Registry, hub: Hub) {
    this.#vault = vault;
    this.#registry = registry;
    this.#hub = hub;
  }

  /**
   * Makes the links what the log wants; does not wait for any of them.
   * @param waiting Names of hosts that are left as they are.
   */
  reconcile({ hosts }: Network, waiting: ReadonlySet<string> = new Set()): void {
    if (this.#stopped) return;
    for (const [id, kept] of this.#kept) if (!hosts.has(id)) this.#end(id, kept, "Host left the network");
    for (const host of hosts.values()) if (!waiting.has(host.name)) this.#keep(host);
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
    await Promise.all([...[...this.#kept.values()].map(({ link }) => link.stop()), ...this.#ending.keys()]);
    await Promise.all([...this.#kept.values()].map(({ begun }) => begun));
  }

  #keep({ id, name, private: way }: HostState): void {
    const before = this.#kept.get(id);
    if (!way || before?.way === way.way) return;
    const settings = this.#vault.get(wayId(name)) as HostSettings;
    const link = new HostLink(id, { settings, transport: transportFor(this.#registry, name, settings) }, this.#hub);
    if (before) this.#end(id, before, "Host is reached in another way now");
    // Also those of a host of this name that has left: two agents of one host would get in each other's way.
    const ending = [...this.#ending].flatMap(([ended, of]) => (of === name ? [ended] : []));
    const begun = Promise.all(ending).then(() => {
      if (!this.#stopped && this.#kept.get(id)?.link === link) link.start();
    });
    this.#kept.set(id, { name, way: way.way, link, begun });
  }

  #end(id: HostId, { name, link }: Kept, reason: string): void {
    this.#kept.delete(id);
    const ended = link.stop(reason).finally(() => this.#ending.delete(ended));
    this.#ending.set(ended, name);
  }
}
