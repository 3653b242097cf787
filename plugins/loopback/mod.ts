// Serves the network on loopback addresses: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { loopbackKey } from "./key.ts";

/** The loopback front-end. */
export const loopbackPlugin: Plugin = {
  name: "loopback",
  api: PLUGIN_API,
  setup: (context) => context.hostKey(loopbackKey),
  host: { load: async () => (await import("./host.ts")).loopbackHost },
};
