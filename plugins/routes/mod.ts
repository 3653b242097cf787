// Where streams leave the network towards what no host publishes: dials an address or a name that a route leads here,
// or that a program on this very host asks for. Must not dial for another host what no route leads here.

import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import {
  type Destination,
  decideRoute,
  destinationOf,
  type Egress,
  type HostContext,
  PLUGIN_API,
  type Plugin,
  type Stream,
  showDestination,
} from "../../core/mod.ts";
import { dialler } from "../support/dial.ts";

const NAME = "routes";

/** The egress of routes. */
export const routesPlugin: Plugin = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.egress(routesEgress),
};

function routesEgress(context: HostContext): Egress {
  const targets = dialler(context);

  /** A program of this host may go anywhere, as it may without a network. */
  function isLedHere(stream: Stream, destination: Destination): boolean {
    const self = context.self().id;
    if (stream.identity.remote === self) return true;
    const decision = decideRoute(context.network(), destination);
    return decision.to === "via" && decision.host.id === self;
  }

  /** Leaves out addresses that a route refuses: a name must not lead around it. */
  const lookup =
    (port: number): LookupFunction =>
    (name, options, callback) => {
      systemLookup(name, { ...options, all: true }, (error, addresses) => {
        const refused = (address: string) => decideRoute(context.network(), destinationOf(address, port)).to === "refused";
        const allowed = (addresses ?? []).filter(({ address }) => !refused(address));
        if (error) callback(error, "");
        else if (allowed[0] === undefined) callback(Object.assign(new Error("refused by a route"), { code: "ENOROUTE" }), "");
        else if (options.all) callback(null, allowed);
        else callback(null, allowed[0].address, allowed[0].family);
      });
    };

  return {
    name: NAME,
    claims: (target) => target.kind === "address",
    open(stream) {
      const { target } = stream.identity;
      if (target.kind !== "address") return;
      const { port } = target;
      const destination = destinationOf(target.host, port);
      if (isLedHere(stream, destination)) targets.dial(stream, { host: destination.host, port, lookup: lookup(port) });
      else stream.reset("not-routed", `No route leads to ${showDestination(target)} through "${context.self().name}"`);
    },
    stop: async () => targets.stop(),
  };
}
