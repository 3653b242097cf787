// Where a destination leads and why, from the manifest alone: what `explain` shows. Pure; asks no name server and no host.

import {
  canonicalName,
  type Decision,
  type Destination,
  decideRoute,
  type ErrorCode,
  type HostState,
  judgesAddresses,
  lackOf,
  type Network,
  type PlannedRoute,
  type PublishedPort,
  type Route,
  settingsAt,
  showDestination,
  showPlace,
} from "../../core/mod.ts";
import type { ProxySettings } from "../../plugins/support/proxy_settings.ts";

/** A route that fits. */
export interface RouteNote {
  /** Place in the manifest's `routes`, from 0. */
  readonly entry: number;
  /** Place among all routes, those that rules brought included, from 0. */
  readonly index: number;
  /** Line in the manifest, from 1. */
  readonly line?: number;
  /** What of it fits. */
  readonly pattern: string;
  /** The rule that brought it. */
  readonly rule?: string;
}

/** How one entrance of a host treats the destination. */
export interface EntranceNote {
  /** Where it listens; absent when the host has no such entrance. */
  readonly listen?: string;
  /** What comes of it, one clause. */
  readonly result: string;
  /** The failure that a program gets. */
  readonly code?: ErrorCode;
}

/** Everything that is said. */
export interface Explanation {
  /** The destination as it is understood. */
  readonly destination: { readonly host: string; readonly kind: "name" | "address"; readonly port?: number };
  readonly decision: Decision["to"];
  /** One clause. */
  readonly why: string;
  readonly route?: RouteNote;
  /** Routes that fit too but stand before, the nearest first; a few of them. */
  readonly alsoFits: readonly RouteNote[];
  /** Routes that would fit but for their `notTo`, the last first; a few of them. */
  readonly leftOut: readonly RouteNote[];
  /** The host that dials. */
  readonly host?: string;
  /** A connection starts that host, unless it runs. */
  readonly startsOnDemand?: boolean;
  /** What is dialled. */
  readonly target?: string;
  /** The host that resolves the name, where there is one. */
  readonly resolvedBy?: string;
  /** The proxy that it leaves through. */
  readonly upstream?: string;
  /** The hosts that may be given the connection, where the destination is a service. */
  readonly service?: { readonly policy: string; readonly hosts: readonly { readonly name: string; readonly state: string }[] };
  /** Ports that the host publishes. */
  readonly published?: readonly number[];
  /** Whether the name's addresses count, since routes are about addresses: for the proxy's decision, or at the host that dials. */
  readonly looksUp: boolean;
  /** How a program on this host gets there. */
  readonly from: {
    readonly host: string;
    readonly loopback: EntranceNote;
    readonly http: EntranceNote;
    readonly socks: EntranceNote;
    readonly dns: EntranceNote;
  };
  /** Why it cannot be reached by any entrance. */
  readonly code?: ErrorCode;
}

/** What is asked. */
export interface Question {
  readonly destination: Destination;
  readonly network: Network;
  readonly planned: readonly PlannedRoute[];
  readonly from: HostState;
  /** Line of each entry of the manifest's `routes`. */
  readonly routeLines: readonly number[];
}

/** Of routes that fit as well, or would, no more are told. */
const MOST_NOTES = 5;

/** Explains one destination. */
export function explanationOf(question: Question): Explanation {
  const { destination, network, from } = question;
  const decision = decideRoute(network, destination);
  const match = "match" in decision ? decision.match : undefined;
  const code = failureOf(decision, from);
  const port = decision.to === "host" ? portOf(decision.host, destination.port) : undefined;
  return {
    destination: {
      host: destination.host,
      kind: destination.address ? "address" : "name",
      ...(destination.port === 0 ? {} : { port: destination.port }),
    },
    decision: decision.to,
    why: whyOf(decision, destination),
    ...(match ? { route: noteOf(match, question) } : {}),
    alsoFits: match ? earlier(match.index, question) : [],
    leftOut: decision.to === "host" ? [] : leftOut(match?.index ?? -1, question),
    ...(decision.to === "host" || decision.to === "via" ? dialler(decision.host) : {}),
    ...(port?.target ? { target: showPlace(port.target) } : {}),
    ...(decision.to === "via" ? { target: showDestination(destination) } : {}),
    ...resolvedBy(decision, destination),
    ...(match?.route.through === undefined ? {} : { upstream: upstreamOf(match.route, match.route.through) }),
    ...(decision.to === "host" ? serviceNote(decision.host, network) : {}),
    ...(decision.to === "host" ? { published: decision.host.ports.map(({ listen }) => listen) } : {}),
    looksUp: looksUp(decision, destination, network),
    from: entranceNotes(question, decision),
    ...(code ? { code } : {}),
  };
}

function dialler({ name, lazy }: HostState): Pick<Explanation, "host" | "startsOnDemand"> {
  return { host: name, ...(lazy ? { startsOnDemand: true } : {}) };
}

/** In the order of the manifest. */
function serviceNote({ id, service }: HostState, { hosts }: Network): Pick<Explanation, "service"> {
  if (!service) return {};
  const members = service.hosts.flatMap((host) => hosts.get(host) ?? []);
  const stateOf = (host: HostState) => lackOf(host, id, service.health !== undefined) ?? "ready";
  return {
    service: { policy: service.policy, hosts: members.map((host) => ({ name: host.name, state: stateOf(host) })) },
  };
}

/** What a route leads through, as its plugin shows it; else the name of its key. */
function upstreamOf(route: Route, through: string): string {
  return settingsAt<{ readonly url?: string }>(route, through)?.url ?? through;
}

function looksUp(decision: Decision, { address }: Destination, { routes }: Network): boolean {
  const looks = decision.to === "outside" || (decision.to === "via" && decision.match.route.through === undefined);
  return looks && !address && judgesAddresses(routes);
}

function portOf({ ports }: HostState, port: number): PublishedPort | undefined {
  return ports.find(({ listen }) => listen === port);
}

function resolvedBy(decision: Decision, { address }: Destination): Pick<Explanation, "resolvedBy"> {
  if (decision.to !== "via" || address) return {};
  return { resolvedBy: decision.match.route.through === undefined ? decision.host.name : "the proxy" };
}

function whyOf(decision: Decision, { host, address }: Destination): string {
  switch (decision.to) {
    case "host": {
      const { name, vip } = decision.host;
      const what = host === vip ? "VIP" : canonicalName(name) === host || address ? "name" : "alias";
      return `${what} of ${decision.host.service ? "service" : "host"} ${name}; what is the network's own comes before every route`;
    }
    case "via":
    case "refused":
      return "the last route that fits wins";
    case "nowhere":
      return "it is neither an address nor a name that can be looked up";
    case "outside":
      return "neither the network's own nor any route's";
  }
}

type Match = (Decision & { to: "via" | "refused" })["match"];

function noteOf({ index, pattern, route }: Match, { planned, routeLines }: Question): RouteNote {
  const entry = planned[index]?.entry ?? index;
  const line = routeLines[entry];
  return { entry, index, ...(line === undefined ? {} : { line }), pattern, ...(route.rule ? { rule: route.rule } : {}) };
}

function earlier(index: number, question: Question): RouteNote[] {
  const { network, destination } = question;
  const notes: RouteNote[] = [];
  for (let before = index; notes.length < MOST_NOTES; ) {
    const decision = decideRoute({ ...network, routes: network.routes.slice(0, before) }, destination);
    if (!("match" in decision)) break;
    notes.push(noteOf(decision.match, question));
    before = decision.match.index;
  }
  return notes;
}

/** Routes behind the one that was taken which would have been taken without their `notTo`. */
function leftOut(taken: number, question: Question): RouteNote[] {
  const { network, destination } = question;
  const notes: RouteNote[] = [];
  for (let index = network.routes.length - 1; index > taken && notes.length < MOST_NOTES; index--) {
    const routes = network.routes.slice(index, index + 1).map((route) => ({ ...route, notTo: [] }));
    const decision = decideRoute({ ...network, routes }, destination);
    if ("match" in decision) notes.push(noteOf({ ...decision.match, index }, question));
  }
  return notes;
}

/** Why no entrance of a host leads there; a host without proxies leaves its programs alone. */
function failureOf(decision: Decision, from: HostState): ErrorCode | undefined {
  if (decision.to === "refused") return "route-refused";
  if (decision.to === "nowhere") return "name-not-found";
  if (decision.to === "host")
    return decision.target.port !== 0 && !portOf(decision.host, decision.target.port) ? "not-published" : undefined;
  if (decision.to === "via") return undefined;
  const proxies = ["http", "socks"].flatMap((key) => settingsAt<ProxySettings>(from, key) ?? []);
  return proxies.length > 0 && proxies.every(({ outside }) => outside === "refuse") ? "outside-refused" : undefined;
}

function entranceNotes(question: Question, decision: Decision): Explanation["from"] {
  const { from } = question;
  const proxy = (kind: "http" | "socks"): EntranceNote => {
    const entrance = settingsAt<ProxySettings>(from, kind);
    if (!entrance) return { result: "none" };
    const { listen, outside, auth } = entrance;
    const code = decision.to === "outside" ? (outside === "refuse" ? "outside-refused" : undefined) : failureOf(decision, from);
    const leads = decision.to === "outside" ? `dialled by ${from.name} itself` : "leads there";
    return {
      listen,
      result: code ? "fails" : auth ? `${leads}, with the name and password of 'auth'` : leads,
      ...(code ? { code } : {}),
    };
  };
  return {
    host: from.name,
    loopback: loopbackNote(from, decision),
    http: proxy("http"),
    socks: proxy("socks"),
    dns: dnsNote(question),
  };
}

/** Loopback listens on published ports, and no route concerns it. */
function loopbackNote(from: HostState, decision: Decision): EntranceNote {
  if (!settingsAt(from, "loopback")) return { result: "off" };
  if (decision.to !== "host") return { result: "not reached by it: it has the network's own addresses alone" };
  const { host, target } = decision;
  const ports = host.ports.map(({ listen }) => listen).filter((port) => target.port === 0 || port === target.port);
  if (ports.length === 0) return { result: "nothing listens there", code: "not-published" };
  return { listen: ports.map((port) => showPlace({ host: host.vip, port })).join(", "), result: "leads there" };
}

/** A question for a name has no port. */
function dnsNote({ from, network, destination }: Question): EntranceNote {
  const listen = settingsAt<{ readonly listen: string }>(from, "dns")?.listen;
  if (listen === undefined) return { result: "none" };
  if (destination.address) return { listen, result: "an address needs no look-up" };
  const decision = decideRoute(network, { ...destination, port: 0 });
  switch (decision.to) {
    case "host":
      return { listen, result: `A ${decision.host.vip}` };
    case "via":
      if (decision.match.route.through !== undefined) return { listen, result: "not looked up: the proxy resolves the name" };
      return { listen, result: `asked of ${decision.host.name}` };
    case "nowhere":
      return { listen, result: "no name of a host", code: "name-not-found" };
    case "refused":
      return { listen, result: "refused", code: "route-refused" };
    case "outside":
      return { listen, result: `forwarded to the name servers of ${from.name}` };
  }
}
