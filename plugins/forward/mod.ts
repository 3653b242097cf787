// Where streams leave the network: dials what a host publishes: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { DIAL_LIMIT_ROWS } from "../support/limits.ts";

/** The forwarding egress. */
export const forwardPlugin: Plugin = {
  name: "forward",
  api: PLUGIN_API,
  setup: (context) => context.limits(DIAL_LIMIT_ROWS),
  host: { load: async () => (await import("./host.ts")).forwardHost },
};
