// The one answer to "where does this lead?": names and VIPs of the network first, then the routes, of which the last
// that fits wins. Pure; every host comes to the same answer, and so does `norouter explain`.

import { canonicalAddress } from "../address.ts";
import type { HostState, Network } from "../ledger/network.ts";
import { canonicalName, type Destination } from "./destination.ts";
import { compilePattern, type Pattern } from "./pattern.ts";
import type { Decision, Route, RouteMatch } from "./route.ts";

/** Where a destination leads. */
export function decideRoute(network: Network, destination: Destination): Decision {
  const own = hostOf(network, destination.host);
  if (own) return { to: "host", host: own, target: { kind: "published", port: destination.port } };
  const match = lastMatch(network.routes, destination);
  if (!match) return { to: "outside" };
  const host = match.route.via === undefined ? undefined : network.hosts.get(match.route.via);
  if (!host) return { to: "refused", match };
  return { to: "via", host, target: { kind: "address", host: destination.host, port: destination.port }, match };
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
