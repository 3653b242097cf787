// The one answer to "where does this lead?": names and VIPs of the network first, then the routes, of which the last
// that fits wins. Pure; every host comes to the same answer, and so does `norouter explain`.

import { canonicalAddress, isOwnKind } from "../address.ts";
import type { HostState, Network } from "../ledger/network.ts";
import type { HostId } from "../wire/frame.ts";
import type { Decision, RouteMatch } from "./decision.ts";
import { canonicalName, type Destination, destinationOf, isDialable } from "./destination.ts";
import { compilePattern, type Pattern } from "./pattern.ts";
import type { Route } from "./route.ts";

/** Where a destination leads. */
export function decideRoute(network: Network, destination: Destination): Decision {
  const own = hostOf(network, destination.host);
  if (own) return { to: "host", host: own, target: { kind: "published", port: destination.port } };
  return isDialable(destination) ? decideByRoutes(network, destination) : { to: "nowhere" };
}

/** Where the routes alone lead a name or an address, also a name that can only be asked about, as DNS has them. */
export function decideByRoutes(network: Network, destination: Destination): Decision {
  const match = lastMatch(network.routes, destination);
  if (!match) return { to: "outside" };
  const host = match.route.via === undefined ? undefined : network.hosts.get(match.route.via);
  if (!host) return { to: "refused", match };
  return { to: "via", host, target: { kind: "address", host: destination.host, port: destination.port }, match };
}

/** Why an address that a name was resolved to is not dialled; the sentence goes on after the address. */
export type AddressRefusal = { readonly why: string };

/**
 * Whether the host that a name leads to may dial an address it found for it: a name leads around no route. What another
 * host asks for leads to no address of this machine's or its links' own, unless a route about addresses leads there as well:
 * whoever owns a name chooses its addresses.
 * @param self The host that is to dial.
 * @param foreign Whether another host asks.
 */
export function refusesAddress(
  network: Network,
  name: Destination,
  address: string,
  { self, foreign }: { readonly self: HostId; readonly foreign: boolean },
): AddressRefusal | undefined {
  const found = destinationOf(address, name.port);
  const byAddress = decideRoute(network, found);
  if (byAddress.to === "refused") return { why: `routes[${byAddress.match.index}] refuses` };
  const byName = decideRoute(network, name);
  if (byName.to === "via") {
    const { index } = byName.match;
    const notTo = compiled(network.routes)[index]?.notTo ?? [];
    if (notTo.some((fits) => fits(found))) return { why: `routes[${index}] leaves out` };
  }
  if (!foreign || (byAddress.to === "via" && byAddress.host.id === self)) return undefined;
  if (byAddress.to === "host") return { why: `is the VIP of ${byAddress.host.name}` };
  return isOwnKind(found.host) ? { why: "is the machine's own: no route about addresses leads there" } : undefined;
}

/** Whether a route of a manifest, taken alone, leads to a destination by its `to`. */
export function leadsTo(
  { to, notTo = [], via }: { readonly to: readonly string[]; readonly notTo?: readonly string[]; readonly via: unknown },
  destination: Destination,
): boolean {
  const fits = (patterns: readonly string[], portless: "some" | "all") =>
    patterns.some((pattern) => compilePattern(pattern, portless)(destination));
  return via !== undefined && fits(to, "some") && !fits(notTo, "all");
}

/** The host that has this VIP, name or alias, all in the form of a {@link Destination}. */
export function hostOf(network: Network, host: string): HostState | undefined {
  return directory(network).get(host);
}

/** Every name of a host, in lower case: its own first, then its aliases. */
export function namesOf({ name, aliases }: Pick<HostState, "name" | "aliases">): string[] {
  return [...new Set([canonicalName(name), ...aliases])];
}

/** Whether any route is about addresses: then a name that nobody claims has to be looked up to be judged. */
export function judgesAddresses(routes: readonly Route[]): boolean {
  return compiled(routes).some(({ to }) => to.some(({ text }) => text.includes("/")));
}

type Directory = ReadonlyMap<string, HostState>;
const directories = new WeakMap<Network["hosts"], Directory>();

function directory({ hosts }: Network): Directory {
  const known = directories.get(hosts);
  if (known) return known;
  const made = new Map<string, HostState>();
  for (const host of hosts.values()) for (const key of [host.vip, ...namesOf(host)]) made.set(key, host);
  // A name such as "10" is read as an address, where nobody else has that.
  for (const host of hosts.values()) {
    for (const name of namesOf(host)) {
      const address = canonicalAddress(name);
      if (address !== undefined && !made.has(address)) made.set(address, host);
    }
  }
  directories.set(hosts, made);
  return made;
}

interface CompiledRoute {
  readonly to: readonly { readonly text: string; readonly fits: Pattern }[];
  readonly notTo: readonly Pattern[];
}

const compilations = new WeakMap<readonly Route[], readonly CompiledRoute[]>();

function compiled(routes: readonly Route[]): readonly CompiledRoute[] {
  const known = compilations.get(routes);
  if (known) return known;
  const made = routes.map(({ to, notTo, via }) => ({
    // A name of which some ports are refused or left out may still be asked for.
    to: to.map((text) => ({ text, fits: compilePattern(text, via === undefined ? "all" : "some") })),
    notTo: notTo.map((text) => compilePattern(text, "all")),
  }));
  compilations.set(routes, made);
  return made;
}

function lastMatch(routes: readonly Route[], destination: Destination): RouteMatch | undefined {
  const all = compiled(routes);
  for (let index = routes.length - 1; index >= 0; index--) {
    const route = routes[index] as Route;
    const { to, notTo } = all[index] as CompiledRoute;
    const found = to.find(({ fits }) => fits(destination));
    if (found && !notTo.some((fits) => fits(destination))) return { route, index, pattern: found.text };
  }
  return undefined;
}
