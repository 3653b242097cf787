// The network's name server on each host, and the name service that other hosts ask. Puts the parts together.

import { type HostPart, PLUGIN_API } from "../../core/mod.ts";
import { namesEgress } from "./answer_far.ts";
import { namesFrontEnd } from "./front_end.ts";
import { systemSources } from "./sources.ts";

const NAME = "dns";

/** The name server, and the name service. */
export const dnsHost: HostPart = {
  name: NAME,
  api: PLUGIN_API,
  setup(context) {
    context.frontEnd((host) => namesFrontEnd(host, systemSources, NAME));
    context.egress((host) => namesEgress(host, systemSources, NAME));
  },
};
