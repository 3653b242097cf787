// Where streams leave the network towards what no host publishes: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { DIAL_LIMIT_ROWS } from "../support/limits.ts";

/** The egress of routes. */
export const routesPlugin: Plugin = {
  name: "routes",
  api: PLUGIN_API,
  setup: (context) => context.limits(DIAL_LIMIT_ROWS),
  host: { load: async () => (await import("./host.ts")).routesHost },
};
