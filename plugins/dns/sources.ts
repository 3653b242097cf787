// What this host knows of names outside of the network: its name servers, and the lookup of its own programs. Tests bring
// others.

import { lookup } from "node:dns/promises";
import { NoRouterError } from "../../core/mod.ts";
import { type NameServer, serversOf } from "./system_servers.ts";

/** Where names outside of the network are found. */
export interface NameSources {
  /** The name servers of the system, as they are now. */
  servers(): readonly NameServer[];
  /**
   * All addresses of a name as this host's programs find them.
   * @throws NoRouterError `name-not-found` when it cannot be known now
   */
  lookup(name: string): Promise<readonly string[] | "unknown">;
}

/** Those of the system: /etc/hosts, search domains and whatever else its C library asks count. */
export const systemSources: NameSources = {
  servers: serversOf("/etc/resolv.conf"),
  async lookup(name) {
    try {
      return (await lookup(name, { all: true })).map(({ address }) => address);
    } catch (thrown) {
      if ((thrown as { code?: unknown }).code === "ENOTFOUND") return "unknown";
      throw new NoRouterError("name-not-found", "The system cannot find the name now", { cause: thrown });
    }
  },
};
