// A program inside the network, as its agent serves it: the program's connections enter, and published ports lead to it.

import { type HostPart, NoRouterError, PLUGIN_API } from "../../core/mod.ts";
import type { InsideParts } from "./doorway.ts";
import { insideEgress } from "./egress.ts";
import { insideFrontEnd } from "./front_end.ts";

/**
 * The host part. An agent that was not started for a program inside has no parts for it, and its host says so.
 */
export function insideHost(parts?: InsideParts): HostPart {
  return {
    name: "inside",
    api: PLUGIN_API,
    setup(context) {
      if (!parts) throw new NoRouterError("plugin-invalid", "The key 'inside' is for hosts that 'exec' starts");
      context.frontEnd((host) => insideFrontEnd(host, parts));
      context.egress((host) => insideEgress(host, parts.doorway));
    },
  };
}
