// An HTTP proxy on each host that wants one: what programs ask it for goes into the network. Must not load anything for
// the other hosts.

import { type FrontEnd, type HostContext, type HostPart, PLUGIN_API } from "../../core/mod.ts";

/** The HTTP proxy. */
export const httpProxyHost: HostPart = {
  name: "http-proxy",
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(whenWanted),
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
