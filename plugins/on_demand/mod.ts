// Hosts that are started at their first use and stopped when nobody uses them: the manager's part. When that is, the core decides.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { DIAL_LIMIT_ROWS } from "../support/limits.ts";
import { commands } from "./commands.ts";
import { onDemandKey } from "./key.ts";

/** The key `onDemand`, and its commands. */
export const onDemandPlugin: Plugin = {
  name: "on-demand",
  api: PLUGIN_API,
  setup(context) {
    context.hostKey(onDemandKey);
    context.starter(commands);
    context.limits(DIAL_LIMIT_ROWS);
  },
  host: { load: async () => (await import("./host.ts")).onDemandHost },
};
