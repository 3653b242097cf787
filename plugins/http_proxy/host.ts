// An HTTP proxy on each host that wants one: what programs ask it for goes into the network.

import { type HostPart, PLUGIN_API } from "../../core/mod.ts";
import { httpProxy } from "./front_end.ts";

/** The HTTP proxy. */
export const httpProxyHost: HostPart = {
  name: "http-proxy",
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(httpProxy),
};
