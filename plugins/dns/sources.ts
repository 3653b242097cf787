// What this host knows of names outside of the network: its name servers, and the lookup of its own programs. Tests bring
// others.

import { type LookUp, lookUp } from "../support/look_up.ts";
import { type NameServer, serversOf } from "./system_servers.ts";

/** Where names outside of the network are found. */
export interface NameSources {
  /** The name servers of the system, as they are now. */
  servers(): readonly NameServer[];
  /** All addresses of a name as this host's programs find them; the code of its error is `ENOTFOUND` where there is no such name. */
  readonly lookup: LookUp;
}

/** Those of the system: /etc/hosts, search domains and whatever else its C library asks count. */
export const systemSources: NameSources = { servers: serversOf("/etc/resolv.conf"), lookup: lookUp };
