// An explanation as lines for people.

import { ERRORS, type ErrorCode, printable, showDestination } from "../../core/mod.ts";
import { alignedTo } from "../ui/columns.ts";
import { wrapped } from "../ui/wrap.ts";
import type { EntranceNote, Explanation, RouteNote } from "./explanation.ts";

/**
 * The lines, without control characters.
 * @param file What the manifest is called where lines of it are named; absent for a network that runs, whose lines have at most 80
 *   cells.
 */
export function explainLines(explanation: Explanation, file?: string): string[] {
  const { destination, from, code } = explanation;
  const { host, kind, port = 0 } = destination;
  const rows: [string, string][] = [
    ["destination", `${showDestination({ host, port })}, ${kind === "name" ? "a name" : "an address"}`],
    ["leads to", leadsTo(explanation, file)],
    ...becauseOf(explanation, file).map((text, at): [string, string] => [at === 0 ? "because" : "", text]),
  ];
  const entrances: [string, string][] = [
    ["  loopback", entranceText(from.loopback)],
    ["  HTTP proxy", entranceText(from.http, ({ http }) => `HTTP ${http}`)],
    ["  SOCKS proxy", entranceText(from.socks, ({ socks }) => `SOCKS reply ${socks}`)],
    ["  DNS", entranceText(from.dns)],
  ];
  const aligned = alignedTo([...rows, ...entrances].map(([name]) => [name]));
  const shown = ([name, text]: [string, string]) =>
    file === undefined ? wrapped(aligned([name, "|"]).slice(0, -1), text) : [aligned([name, text])];
  // What the advice of a refusal says is done already.
  const rest = [...hints(explanation), ...(code && code !== "route-refused" ? [ERRORS[code].advice] : [])];
  return [
    ...rows.flatMap(shown),
    `on ${from.host}`,
    ...entrances.flatMap(shown),
    ...rest.flatMap((line) => (file === undefined ? wrapped("", line) : [line])),
  ].map(printable);
}

function leadsTo(explanation: Explanation, file: string | undefined): string {
  const { decision, host, target, resolvedBy, upstream, published = [], destination, from } = explanation;
  const dialler = explanation.startsOnDemand ? `${host}, which a connection starts unless it runs` : host;
  switch (decision) {
    case "host":
      if (explanation.service && (destination.port === undefined || published.includes(destination.port)))
        return serviceText(explanation, explanation.service, file === undefined);
      if (target !== undefined) return `target ${target}, dialled by ${dialler}`;
      return destination.port === undefined
        ? `host ${host}, which publishes ${portsText(published)}`
        : `nothing: ${host} publishes ${portsText(published)}`;
    case "via": {
      if (upstream !== undefined) return `${target} through the proxy ${upstream}, dialled by ${dialler}`;
      return `${target}, ${resolvedBy === undefined ? "" : "resolved and "}dialled by ${dialler}`;
    }
    case "nowhere":
      return "nothing";
    case "refused":
      return "nothing: it is refused";
    case "outside":
      if (explanation.code) return `nothing: the proxies of ${from.host} refuse what is outside`;
      return hasProxy(from) ? `outside of the network, dialled by ${from.host} itself` : "outside of the network";
  }
}

/** A manifest alone says nothing of how hosts are. */
function serviceText(
  { destination: { port }, published = [] }: Explanation,
  { policy, hosts }: NonNullable<Explanation["service"]>,
  isLive: boolean,
): string {
  const all = hosts.map(({ name, state }) => (isLive && state !== "ready" ? `${name} (${state})` : name)).join(", ");
  return `${port === undefined ? portsText(published) : `port ${port}`} of one of ${all}, by '${policy}'`;
}

function portsText(ports: readonly number[]): string {
  return ports.length === 0 ? "no ports" : ports.length === 1 ? `port ${ports[0]}` : `ports ${ports.join(", ")}`;
}

function becauseOf({ why, route, alsoFits, leftOut }: Explanation, file: string | undefined): string[] {
  return [
    route ? `${routeText(route, file)} fits; ${why}` : why,
    ...leftOut.map((note) => `${routeText(note, file)} would fit, but its 'notTo' leaves it out`),
    ...alsoFits.map((note) => `${routeText(note, file)} fits too, but stands before`),
  ];
}

function routeText({ entry, line, pattern, rule }: RouteNote, file: string | undefined): string {
  const by = rule === undefined ? "" : `, by '${rule}'`;
  const place = line === undefined ? "" : ` (${file === undefined ? "line " : `${file}:`}${line})`;
  return `routes[${entry}] '${pattern}'${by}${place}`;
}

function entranceText({ listen, result, code }: EntranceNote, reply?: (row: (typeof ERRORS)[ErrorCode]) => string): string {
  const failure = code === undefined ? "" : ` (${[code, ...(reply ? [reply(ERRORS[code])] : [])].join(", ")})`;
  return `${listen === undefined ? "" : `${listen}: `}${result}${failure}`;
}

function hasProxy({ http, socks }: Explanation["from"]): boolean {
  return http.listen !== undefined || socks.listen !== undefined;
}

function hints({ decision, destination, looksUp, from, host }: Explanation): string[] {
  if (decision === "via" && looksUp) return [`The addresses that ${host} finds for it are held against the routes, too.`];
  if (decision !== "outside" || destination.kind === "address" || !hasProxy(from)) return [];
  if (!looksUp) return ["No route is about addresses, so no proxy looks the name up to decide."];
  return [
    `Some routes are about addresses: a proxy looks the name up on ${from.host} first, and an address of theirs leads there.`,
    "Explain that address to see where to.",
  ];
}
