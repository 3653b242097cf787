// The way from a destination that a program asked a proxy for to a stream.

import {
  type Decision,
  type Destination,
  decideRoute,
  destinationOf,
  firstCharacters,
  type HostContext,
  isOwnKind,
  judgesAddresses,
  LONGEST_QUOTE,
  NoRouterError,
  type Stream,
  showDestination,
} from "../../core/mod.ts";
import { clientMark } from "./client_mark.ts";
import { type LookUpOptions, lookUp } from "./look_up.ts";
import { dialErrorCode } from "./net_errors.ts";
import { isOwnAddress } from "./own_address.ts";
import type { ProxyClient } from "./proxy.ts";
import type { ProxySettings } from "./proxy_settings.ts";

/**
 * Opens a stream for a client to where a destination leads; its acceptance says whether the target answers. A client that has
 * gone meanwhile waits for no look-up, and its stream is reset.
 * @throws NoRouterError `route-refused`, `outside-refused`, `too-many-streams`, or what {@link lookUp} says
 */
export async function enterFor(
  { socket, foreign, near }: Pick<ProxyClient, "socket" | "foreign" | "near">,
  context: HostContext,
  destination: Destination,
  outside: ProxySettings["outside"],
): Promise<Stream> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  socket.once("close", leave);
  try {
    const stream = await enter(context, destination, outside, { signal: gone.signal, foreign, near, socket });
    if (socket.destroyed) stream.reset("reset");
    return stream;
  } finally {
    socket.off("close", leave);
  }
}

/** Who asks. */
interface Asking {
  readonly signal?: AbortSignal | undefined;
  readonly foreign?: boolean;
  readonly near?: string | undefined;
  /** The client's connection, for services that keep a client on one host. */
  readonly socket?: Parameters<typeof clientMark>[1];
}

/**
 * As {@link enterFor}, for whoever `signal` speaks of; `foreign` when that is on another machine, and gets nothing of this one's
 * own, which only a route leads to, but what is at the address `near`, where it is connected already.
 * @throws the same
 */
export async function enter(
  context: HostContext,
  destination: Destination,
  outside: ProxySettings["outside"],
  { signal, foreign = false, near, socket }: Asking = {},
): Promise<Stream> {
  const decision = await decided(context, destination, signal);
  switch (decision.to) {
    case "host": {
      const client = socket ? clientMark(decision.host, socket) : {};
      return context.dial(decision.host, { kind: "published", port: decision.target.port, ...client });
    }
    case "via":
      return context.dial(decision.host, decision.target);
    case "refused":
      throw new NoRouterError("route-refused", `routes[${decision.match.index}] refuses ${showDestination(destination)}`);
    case "nowhere":
      throw new NoRouterError("name-not-found", `${JSON.stringify(firstCharacters(destination.host, LONGEST_QUOTE))} is no name`);
    case "outside":
      if (outside === "refuse")
        throw new NoRouterError("outside-refused", `${showDestination(destination)} is outside of the network`);
      return context.dial(context.self(), {
        kind: "address",
        host: foreign ? await addressForOthers(context, destination, { signal, near }) : destination.host,
        port: destination.port,
      });
  }
}

/** What a client on another machine is led to; it is the address that is dialled, since a name may lead elsewhere by then. */
async function addressForOthers(context: HostContext, destination: Destination, { signal, near }: Asking): Promise<string> {
  const reached = near && destinationOf(near, destination.port).host;
  const found = await addressesOf(destination.host, { limits: context.limits, signal });
  for (const address of found) {
    const { host } = destinationOf(address, destination.port);
    if (!isOwnKind(host) && (host === reached || !(await isOwnAddress(host)))) return address;
  }
  const what = `${showDestination(destination)} is the proxy's own machine or link`;
  throw new NoRouterError("outside-refused", `${what}: clients on other machines need a route to it`);
}

/**
 * Where a destination leads. A name that nobody claims is looked up here if a route may be about its addresses, as the first
 * NoRouter does: `to: [10.0.0.0/8]` is then about the names of that network that this host can resolve.
 */
async function decided(context: HostContext, destination: Destination, signal?: AbortSignal): Promise<Decision> {
  const decision = decideRoute(context.network(), destination);
  if (decision.to !== "outside" || destination.address || !judgesAddresses(context.network().routes)) return decision;
  for (const address of await addressesOf(destination.host, { limits: context.limits, signal })) {
    const found = decideRoute(context.network(), destinationOf(address, destination.port));
    if (found.to !== "outside") return found;
  }
  return decision;
}

async function addressesOf(name: string, options: LookUpOptions): Promise<string[]> {
  try {
    return (await lookUp(name, options)).map(({ address }) => address);
  } catch (thrown) {
    if (thrown instanceof NoRouterError) throw thrown;
    const code = dialErrorCode(thrown);
    throw new NoRouterError(code, `Name ${name} cannot be resolved`, { cause: thrown });
  }
}
