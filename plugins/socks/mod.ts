// The SOCKS proxy of a host: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { socksKey } from "./key.ts";
import { SOCKS_LIMIT_ROWS } from "./limits.ts";

/** The SOCKS proxy. */
export const socksPlugin: Plugin = {
  name: "socks",
  api: PLUGIN_API,
  setup(context) {
    context.hostKey(socksKey);
    context.limits(SOCKS_LIMIT_ROWS);
  },
  host: { load: async () => (await import("./host.ts")).socksHost },
};
