// Where streams leave the network: dials what a host publishes: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";

/** The forwarding egress. */
export const forwardPlugin: Plugin = {
  name: "forward",
  api: PLUGIN_API,
  setup: () => undefined,
  host: { load: async () => (await import("./host.ts")).forwardHost },
};
