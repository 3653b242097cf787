// Where streams leave the network towards what no host publishes: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";

/** The egress of routes. */
export const routesPlugin: Plugin = {
  name: "routes",
  api: PLUGIN_API,
  setup: () => undefined,
  host: { load: async () => (await import("./host.ts")).routesHost },
};
