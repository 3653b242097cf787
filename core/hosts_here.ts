// The hosts that the manager's process serves itself, over the same kind of link as all others.

import type { Network } from "./ledger/network.ts";
import type { Json } from "./ledger/settings.ts";
import { Member, type MemberOptions, type WantedSecret } from "./member.ts";
import type { Carrier } from "./plugin/carrier.ts";
import type { Vault } from "./vault.ts";
import { hostSecretId, routeSecretId } from "./wanted.ts";
import type { HostId } from "./wire/frame.ts";

/** What the hosts are made of. */
export interface HostsHereOptions extends Pick<MemberOptions, "plugins" | "codeLoader" | "limits" | "agent" | "debug"> {
  readonly vault: Vault;
  readonly network: () => Network;
}

/** The hosts of one process. */
export class HostsHere {
  readonly #options: HostsHereOptions;
  /** Resolve when what was served for a host has left nothing open. */
  readonly #served = new Map<HostId, Promise<void>>();

  constructor(options: HostsHereOptions) {
    this.#options = options;
  }

  /** Serves a host; one that comes back begins when its predecessor has released its addresses. */
  serve(host: HostId, carrier: Carrier): void {
    const { vault: _, network: __, ...common } = this.#options;
    const begun = (closed: () => void) => new Member({ ...common, carrier, closed, secret: this.#secretsOf(host) }).start();
    const before = this.#served.get(host) ?? Promise.resolve();
    const served = before
      .then(() => new Promise<void>(begun))
      .finally(() => {
        if (this.#served.get(host) === served) this.#served.delete(host);
      });
    this.#served.set(host, served);
  }

  /** Resolves when nothing is served any more. */
  async ended(): Promise<void> {
    await Promise.all(this.#served.values());
  }

  /** What keys of a host and of routes expose as secrets. */
  #secretsOf(host: HostId): (wanted: WantedSecret) => Json | undefined {
    const { vault, network } = this.#options;
    return ({ kind, key, route = -1, revision }) => {
      const name = network().hosts.get(host)?.name;
      const id = kind === "host" ? hostSecretId(name ?? "", key) : routeSecretId(route, key);
      return vault.get(id, revision) as Json | undefined;
    };
  }
}
