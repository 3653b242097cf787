// The network's name server on each host, and the name service that other hosts ask. Puts the parts together; must not
// know a protocol.

import { PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { namesEgress } from "./answer_far.ts";
import { namesFrontEnd } from "./front_end.ts";
import { dnsKey } from "./key.ts";
import { type NameSources, systemSources } from "./sources.ts";

const NAME = "dns";

/** The plugin with names outside of the network from somewhere else, such as for tests. */
export function dnsPluginFrom(sources: NameSources): Plugin {
  return {
    name: NAME,
    api: PLUGIN_API,
    setup(context) {
      context.hostKey(dnsKey);
      context.frontEnd((host) => namesFrontEnd(host, sources, NAME));
      context.egress((host) => namesEgress(host, sources, NAME));
    },
  };
}

/** The name server. */
export const dnsPlugin: Plugin = dnsPluginFrom(systemSources);
