// Checks whether the targets of a service's hosts are well: the manager's part, which has nothing to do.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { DIAL_LIMIT_ROWS } from "../support/limits.ts";

/** The checks of services. */
export const serviceChecksPlugin: Plugin = {
  name: "service-checks",
  api: PLUGIN_API,
  setup: (context) => context.limits(DIAL_LIMIT_ROWS),
  host: { everywhere: true, load: async () => (await import("./host.ts")).serviceChecksHost },
};
