// Keeps names and proxy settings in files for the programs on a host: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { stateDirKey } from "./key.ts";

/** The state directory. */
export const stateDirPlugin: Plugin = {
  name: "state-dir",
  api: PLUGIN_API,
  setup: (context) => context.hostKey(stateDirKey),
  host: { load: async () => (await import("./host.ts")).stateDirHost },
};
