// The key `writeEtcHosts` of a host in the manifest: off unless it says otherwise.

import { settingOf } from "../../core/manifest/keys/mod.ts";
import type { PluginKey } from "../../core/mod.ts";

/** Whether the host's /etc/hosts is written. */
export const writeEtcHostsKey: PluginKey<boolean> = {
  name: "writeEtcHosts",
  description: "True: the agent writes the names of the network to the host's /etc/hosts.",
  template: true,
  fallback: false,
  schema: settingOf({ type: "flag", description: "Whether the names are written." }),
  expose: (isWanted) => (isWanted ? { own: {} } : undefined),
};
