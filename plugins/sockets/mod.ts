// Unix sockets that lead into the network: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { DIAL_LIMIT_ROWS } from "../support/limits.ts";
import { socketsKey } from "./key.ts";

/** The front-end of Unix sockets. */
export const socketsPlugin: Plugin = {
  name: "sockets",
  api: PLUGIN_API,
  setup(context) {
    context.hostKey(socketsKey);
    context.limits(DIAL_LIMIT_ROWS);
  },
  host: { load: async () => (await import("./host.ts")).socketsHost },
};
