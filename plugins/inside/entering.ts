// Where a connection of a program inside leads: a host, a route, outside, or nowhere.

import {
  type Destination,
  decideRoute,
  destinationOf,
  type HostContext,
  isLocalHost,
  NoRouterError,
  type Stream,
  showDestination,
} from "../../core/mod.ts";
import { enter } from "../support/enter.ts";
import type { StandIns } from "../support/stand_ins.ts";
import type { InsideSettings } from "./settings.ts";

/** Opens a stream to where an address and port lead. */
export type Entering = (address: string, port: number, signal?: AbortSignal) => Promise<Stream>;

/** By the settings of the host, which may change; the stream's acceptance says whether the target answers. */
export function entering(context: HostContext, standIns: StandIns): Entering {
  return async (address, port, signal) => {
    const { outside } = context.settings<InsideSettings>("inside") ?? { outside: "none" };
    const destination = destinationOf(standIns.nameOf(address) ?? address, port);
    // An address of the machine's own loopback arrives only from who connects to where this agent listens.
    if (outside === "none" || isLocalHost(destination.host)) onlyHosts(context, destination);
    return enter(context, destination, outside === "direct" ? "direct" : "refuse", { signal });
  };
}

/** @throws NoRouterError `outside-refused` for what is no host's */
function onlyHosts(context: HostContext, destination: Destination): void {
  if (decideRoute(context.network(), destination).to !== "host")
    throw new NoRouterError("outside-refused", `${showDestination(destination)} is outside of the network`);
}
