// Where streams leave the network through somebody else's SOCKS proxy: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { DIAL_LIMIT_ROWS } from "../support/limits.ts";
import { upstreamKey } from "./key.ts";

/** The egress through SOCKS proxies. */
export const upstreamSocksPlugin: Plugin = {
  name: "upstream-socks",
  api: PLUGIN_API,
  setup(context) {
    context.routeKey(upstreamKey);
    context.limits(DIAL_LIMIT_ROWS);
  },
  host: { load: async () => (await import("./host.ts")).upstreamSocksHost },
};
