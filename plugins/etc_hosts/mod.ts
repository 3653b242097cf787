// Keeps the network's names in a host's /etc/hosts: the manager's part.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { writeEtcHostsKey } from "./key.ts";

/** The front-end of /etc/hosts. */
export const etcHostsPlugin: Plugin = {
  name: "etc-hosts",
  api: PLUGIN_API,
  setup: (context) => context.hostKey(writeEtcHostsKey),
  host: { load: async () => (await import("./host.ts")).etcHostsHost },
};
