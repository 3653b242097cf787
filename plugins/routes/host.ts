// Where streams leave the network towards what no host publishes: dials an address or a name that a route leads here,
// or that a program on this very host asks for. Must not dial for another host what no route leads here.

import {
  type Destination,
  decideRoute,
  destinationOf,
  type Egress,
  type HostContext,
  type HostPart,
  NoRouterError,
  PLUGIN_API,
  refusesAddress,
  type Stream,
  showDestination,
} from "../../core/mod.ts";
import { dialler } from "../support/dial.ts";
import type { LookedUp } from "../support/look_up.ts";

const NAME = "routes";

/** The egress of routes. */
export const routesHost: HostPart = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.egress(routesEgress),
};

function routesEgress(context: HostContext): Egress {
  const targets = dialler(context);

  /** A program of this host may go anywhere, as it may without a network. */
  function isLedHere(stream: Stream, destination: Destination): boolean {
    const self = context.self().id;
    const decision = decideRoute(context.network(), destination);
    if (decision.to === "nowhere") return false;
    return stream.identity.remote === self || (decision.to === "via" && decision.host.id === self);
  }

  /** A name without a dot is often a host's that is misspelt. */
  function unresolved({ host }: Destination): { readonly unresolved?: string } {
    const { name } = context.self();
    return host.includes(".") ? {} : { unresolved: `There is no host "${host}", and "${name}" cannot resolve the name` };
  }

  /** Leaves out addresses that a name must not lead to. */
  function choose(stream: Stream, destination: Destination): (found: readonly LookedUp[]) => readonly LookedUp[] {
    const self = context.self().id;
    const asks = { self, foreign: stream.identity.remote !== self };
    return (found) => {
      const whyRefused = ({ address }: LookedUp) => refusesAddress(context.network(), destination, address, asks);
      const allowed = found.filter((one) => !whyRefused(one));
      const [first] = found;
      if (allowed.length > 0 || !first) return allowed;
      const message = `Target ${showDestination(destination)} is ${first.address}, which ${whyRefused(first)?.why}`;
      throw new NoRouterError("route-refused", message);
    };
  }

  return {
    name: NAME,
    claims: ({ kind, protocol }) => kind === "address" && protocol === undefined,
    open(stream) {
      const { target } = stream.identity;
      if (target.kind !== "address") return;
      const { port } = target;
      const destination = destinationOf(target.host, port);
      const { remote } = stream.identity;
      const asker = remote === context.self().id ? "own" : remote;
      const allowed = choose(stream, destination);
      if (isLedHere(stream, destination))
        targets.dial(stream, { host: destination.host, port, asker, choose: allowed, ...unresolved(destination) });
      else stream.reset("not-routed", `No route leads to ${showDestination(target)} through "${context.self().name}"`);
    },
    stop: async () => targets.stop(),
  };
}
