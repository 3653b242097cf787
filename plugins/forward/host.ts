// Where streams leave the network: dials the target of a port that this host publishes. Must not dial anything
// that the host's own manifest entry does not name.

import { type Egress, type HostContext, type HostPart, PLUGIN_API } from "../../core/mod.ts";
import { dialler } from "../support/dial.ts";

const NAME = "forward";

/** The forwarding egress. */
export const forwardHost: HostPart = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.egress(forwardEgress),
};

function forwardEgress(context: HostContext): Egress {
  const targets = dialler(context);
  return {
    name: NAME,
    claims: ({ kind, protocol }) => kind === "published" && protocol === undefined,
    open(stream) {
      const { port } = stream.identity.target;
      const published = context.self().ports.find(({ listen, protocol }) => listen === port && protocol === "tcp");
      if (published?.target) targets.dial(stream, { ...published.target, asker: "published" });
      else stream.reset("not-published", `Port ${port} is not published by "${context.self().name}"`);
    },
    stop: async () => targets.stop(),
  };
}
