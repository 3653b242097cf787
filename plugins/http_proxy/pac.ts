// The script that tells a browser what to send to the proxy ("proxy auto-config"): what the network claims, and nothing
// else. Pure. Browsers run it for every request, so it asks no name server and looks exact names up in a table.

import { addressBytes, canonicalName, type Network, namesOf, portRange, type Route, splitPattern } from "../../core/mod.ts";

/** One pattern, as the script has it. */
type PacPattern =
  /** A glob of names with `*` or `?`. */
  | { readonly glob: string; readonly ports?: readonly [number, number] }
  /** A network: for IPv4 its address and mask, for IPv6 the bits that all its addresses begin with. */
  | { readonly net: string; readonly mask: string; readonly ports?: readonly [number, number] }
  | { readonly bits: string; readonly ports?: readonly [number, number] };

/** Patterns of one route: names without ports by themselves, all else one by one. */
interface PacPatterns {
  readonly names: Readonly<Record<string, 1>>;
  readonly others: readonly PacPattern[];
}

/** The script. `proxy` is `host:port`, as the browser reaches it. */
export function pacScript(network: Network, proxy: string): string {
  const own = [...network.hosts.values()].flatMap((host) => [host.vip, ...namesOf(host)]);
  const routes = network.routes.map(({ to, notTo }: Route) => ({ to: patternsOf(to), notTo: patternsOf(notTo) }));
  return [
    "// Made by norouter: names and addresses of the network, and what its routes are about, go to the proxy.",
    `var proxy = ${literal(`PROXY ${proxy}`)};`,
    `var own = ${literal(tableOf(own))};`,
    `var routes = ${literal(routes)};`,
    SCRIPT,
  ].join("\n");
}

function patternsOf(patterns: readonly string[]): PacPatterns {
  const names: string[] = [];
  const others: PacPattern[] = [];
  for (const text of patterns) {
    const { what, ports } = splitPattern(text);
    const range = ports === undefined ? undefined : portRange(ports);
    const ranged = range === undefined ? {} : { ports: range };
    if (what.includes("/")) others.push({ ...networkOf(what), ...ranged });
    else if (/[*?]/.test(what) || range) others.push({ glob: canonicalName(what), ...ranged });
    else names.push(canonicalName(what));
  }
  return { names: tableOf(names), others };
}

function networkOf(cidr: string): { net: string; mask: string } | { bits: string } {
  const slash = cidr.indexOf("/");
  const address = cidr.slice(0, slash);
  const length = Number(cidr.slice(slash + 1));
  if (address.includes(":")) {
    const all = addressBytes(address).map((byte) => byte.toString(2).padStart(8, "0"));
    return { bits: all.join("").slice(0, length) };
  }
  const mask = [0, 8, 16, 24].map((before) => 256 - 2 ** (8 - Math.min(8, Math.max(0, length - before))));
  return { net: address, mask: mask.join(".") };
}

/** A leading space keeps names such as `__proto__` from being more than names. */
function tableOf(names: readonly string[]): Record<string, 1> {
  return Object.fromEntries(names.map((name) => [` ${name}`, 1 as const]));
}

/** JSON that is JavaScript of every age, and nothing that ends a script. */
function literal(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** ECMAScript 3: nobody says which one a browser runs. `isInNet` gets addresses alone, for a name it would ask a name server. */
const SCRIPT = `
function portOf(url) {
  var found = /^([a-z]+):\\/\\/(?:[^\\/?#]*@)?(?:\\[[^\\]]*\\]|[^:\\/?#]*)(?::([0-9]+))?/i.exec(url);
  if (found && found[2]) return Number(found[2]);
  var scheme = found ? found[1].toLowerCase() : "";
  return scheme === "https" || scheme === "wss" ? 443 : scheme === "ftp" ? 21 : 80;
}

function bitsOf(ipv6) {
  var halves = ipv6.replace(/%.*$/, "").split("::");
  var left = halves[0] ? halves[0].split(":") : [];
  var right = halves.length > 1 && halves[1] ? halves[1].split(":") : [];
  var bits = "";
  for (var missing = 8 - left.length - right.length; missing > 0; missing--) left.push("0");
  var groups = left.concat(right);
  for (var i = 0; i < groups.length; i++) bits += ("0000000000000000" + parseInt(groups[i], 16).toString(2)).slice(-16);
  return bits;
}

function fits(patterns, host, port, kind) {
  if (kind === "name" && patterns.names[" " + host] === 1) return true;
  for (var i = 0; i < patterns.others.length; i++) {
    var one = patterns.others[i];
    if (one.ports && (port < one.ports[0] || port > one.ports[1])) continue;
    if (kind === "name" && one.glob !== undefined && shExpMatch(host, one.glob)) return true;
    if (kind === "ipv4" && one.net !== undefined && isInNet(host, one.net, one.mask)) return true;
    if (kind === "ipv6" && one.bits !== undefined && bitsOf(host).indexOf(one.bits) === 0) return true;
  }
  return false;
}

function FindProxyForURL(url, host) {
  host = host.toLowerCase().replace(/^\\[|\\]$/g, "").replace(/\\.$/, "");
  if (own[" " + host] === 1) return proxy;
  var kind = host.indexOf(":") !== -1 ? "ipv6" : /^[0-9]+(\\.[0-9]+){3}$/.test(host) ? "ipv4" : "name";
  var port = portOf(url);
  for (var i = 0; i < routes.length; i++) {
    if (fits(routes[i].to, host, port, kind) && !fits(routes[i].notTo, host, port, kind)) return proxy;
  }
  return "DIRECT";
}
`;
