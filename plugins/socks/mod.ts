// The SOCKS proxy of a host: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { socksKey } from "./key.ts";

/** The SOCKS proxy. */
export const socksPlugin: Plugin = {
  name: "socks",
  api: PLUGIN_API,
  setup: (context) => context.hostKey(socksKey),
  host: { load: async () => (await import("./host.ts")).socksHost },
};
