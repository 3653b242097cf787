// The network's name server on each host, and the name service that other hosts ask: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { dnsKey } from "./key.ts";
import { DNS_LIMIT_ROWS } from "./limits.ts";

/** The name server. */
export const dnsPlugin: Plugin = {
  name: "dns",
  api: PLUGIN_API,
  setup(context) {
    context.hostKey(dnsKey);
    context.limits(DNS_LIMIT_ROWS);
  },
  // Other hosts ask the name service also where this host has no name server.
  host: { everywhere: true, load: async () => (await import("./host.ts")).dnsHost },
};
