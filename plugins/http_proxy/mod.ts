// The HTTP proxy of a host: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { httpKey } from "./key.ts";
import { HTTP_LIMIT_ROWS } from "./limits.ts";

/** The HTTP proxy. */
export const httpProxyPlugin: Plugin = {
  name: "http-proxy",
  api: PLUGIN_API,
  setup(context) {
    context.hostKey(httpKey);
    context.limits(HTTP_LIMIT_ROWS);
  },
  host: { load: async () => (await import("./host.ts")).httpProxyHost },
};
