// An HTTP proxy on each host that wants one: what programs ask it for goes into the network. Must not load anything for
// the other hosts.

import { type FrontEnd, type HostContext, PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { httpKey } from "./key.ts";

/** The HTTP proxy. */
export const httpProxyPlugin: Plugin = {
  name: "http-proxy",
  api: PLUGIN_API,
  setup(context) {
    context.hostKey(httpKey);
    context.frontEnd(whenWanted);
  },
};

function whenWanted(context: HostContext): FrontEnd {
  let frontEnd: FrontEnd | undefined;
  return {
    name: "http",
    async reconcile() {
      if (!frontEnd && !context.settings("http")) return;
      frontEnd ??= (await import("./front_end.ts")).httpProxy(context);
      await frontEnd.reconcile();
    },
    stop: async () => frontEnd?.stop(),
  };
}
