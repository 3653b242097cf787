// A plugin for tests that only has a part on hosts.

import { type HostPartContext, PLUGIN_API, type Plugin } from "../core/plugin/plugin.ts";

/** Makes one that runs on every host; `setup` registers there. */
export function hostPlugin(name: string, setup: (context: HostPartContext) => void): Plugin {
  return {
    name,
    api: PLUGIN_API,
    setup: () => undefined,
    host: { everywhere: true, load: async () => ({ name, api: PLUGIN_API, setup }) },
  };
}
