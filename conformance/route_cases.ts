// Where destinations lead, as plain data: given routes, when a program asks, then this. Whoever answers the question in
// another way, such as `norouter explain`, adopts the same cases. One table, so it is long.

/** A route as a manifest has it. */
export interface WrittenRoute {
  readonly to?: readonly string[];
  readonly "names-of"?: string;
  readonly notTo?: readonly string[];
  readonly via?: string;
  readonly action?: "refuse";
}

/** What is expected; `route` and `pattern` are the route that decides, from 0, and what of it fits. */
export type WantedDecision =
  | { readonly to: "host"; readonly host: string; readonly port: number }
  | {
      readonly to: "via";
      readonly host: string;
      readonly target: string;
      readonly route: number;
      readonly pattern: string;
    }
  | { readonly to: "refused"; readonly route: number; readonly pattern: string }
  | { readonly to: "nowhere" }
  | { readonly to: "outside"; readonly target: string };

/** One question. */
export interface RouteCase {
  readonly name: string;
  readonly routes: readonly WrittenRoute[];
  /** As a client writes it. */
  readonly host: string;
  /** 0 when no port is asked for. */
  readonly port: number;
  readonly wants: WantedDecision;
}

/** The hosts of every case, as a manifest has them; "local" is the manager's own. */
export const ROUTE_HOSTS = {
  local: { vip: "127.0.42.100", socks: { listen: "127.0.0.1:18081" } },
  web: { vip: "127.0.42.101", cmd: "x", aliases: ["WWW.example.com", "shop_1"], ports: ["80:127.0.0.1:8080"] },
  Bastion: { vip: "127.0.42.102", cmd: "x" },
  gate: { vip: "127.0.42.103", cmd: "x" },
  "12": { vip: "127.0.42.104", cmd: "x" },
} as const;

/** The manifest of a case, as YAML. `rules` is the path of the module that brings `names-of`. */
export function manifestOfCase({ routes }: Pick<RouteCase, "routes">, rules?: string): string {
  return JSON.stringify({ ...(rules ? { plugins: [rules] } : {}), hosts: ROUTE_HOSTS, routes });
}

const NOWHERE: WantedDecision = { to: "nowhere" };
const host = (name: string, port = 80): WantedDecision => ({ to: "host", host: name, port });
const via = (name: string, target: string, pattern: string, route = 0): WantedDecision => ({
  to: "via",
  host: name,
  target,
  route,
  pattern,
});
const refused = (pattern: string, route = 0): WantedDecision => ({ to: "refused", route, pattern });
const outside = (target: string): WantedDecision => ({ to: "outside", target });

const to = (...patterns: readonly string[]) => ({ to: patterns, via: "bastion" });
const asked = (name: string, routes: readonly WrittenRoute[], destination: readonly [string, number], wants: WantedDecision) => ({
  name,
  routes,
  host: destination[0],
  port: destination[1],
  wants,
});

/** All cases. */
export const ROUTE_CASES: readonly RouteCase[] = [
  asked("a host by its name", [], ["web", 80], host("web")),
  asked("a host by its name in upper case", [], ["WEB", 80], host("web")),
  asked("a host whose name has upper case, in lower case", [], ["bastion", 22], host("Bastion", 22)),
  asked("a host by its name with a final dot", [], ["web.", 80], host("web")),
  asked("a host by its VIP", [], ["127.0.42.101", 80], host("web")),
  asked("a host by its VIP in a short form", [], ["127.10853", 80], host("web")),
  asked("a host by its VIP within IPv6", [], ["::ffff:127.0.42.101", 80], host("web")),
  asked("a host by an alias in any case", [], ["www.Example.com", 80], host("web")),
  asked("a host by an alias with '_'", [], ["shop_1", 80], host("web")),
  asked("a host whose name is a number", [], ["12", 80], host("12")),
  asked("a port that is not published is still the host's", [], ["web", 81], host("web", 81)),
  asked("a host without a port", [], ["web", 0], host("web", 0)),
  asked("a name of the network wins over every route", [to("*"), { to: ["web"], action: "refuse" }], ["web", 80], host("web")),
  asked("a VIP wins over the network that holds it", [to("127.0.0.0/8")], ["127.0.42.101", 80], host("web")),
  asked("an alias wins over a glob", [to("*.example.com")], ["www.example.com", 80], host("web")),

  asked("no route at all", [], ["example.org", 443], outside("example.org:443")),
  asked("no route that fits", [to("*.com", "10.0.0.0/8")], ["example.org", 443], outside("example.org:443")),
  asked("no route that fits an address", [to("*")], ["192.0.2.1", 443], outside("192.0.2.1:443")),

  asked("an address in a network", [to("10.0.0.0/8")], ["10.1.2.3", 80], via("Bastion", "10.1.2.3:80", "10.0.0.0/8")),
  asked("the last address of a network", [to("10.0.0.0/30")], ["10.0.0.3", 80], via("Bastion", "10.0.0.3:80", "10.0.0.0/30")),
  asked("the first address behind a network", [to("10.0.0.0/30")], ["10.0.0.4", 80], outside("10.0.0.4:80")),
  asked(
    "a network that is written with the bits of a host",
    [to("10.1.2.3/8")],
    ["10.9.9.9", 80],
    via("Bastion", "10.9.9.9:80", "10.1.2.3/8"),
  ),
  asked("every address", [to("0.0.0.0/0")], ["192.0.2.1", 80], via("Bastion", "192.0.2.1:80", "0.0.0.0/0")),
  asked(
    "a later route wins",
    [to("10.0.0.0/8"), { to: ["10.0.0.0/8"], via: "gate" }],
    ["10.1.2.3", 80],
    via("gate", "10.1.2.3:80", "10.0.0.0/8", 1),
  ),
  asked(
    "an earlier route where the later one does not fit",
    [to("10.0.0.0/8"), { to: ["10.2.0.0/16"], via: "gate" }],
    ["10.1.2.3", 80],
    via("Bastion", "10.1.2.3:80", "10.0.0.0/8"),
  ),
  asked(
    "one address out of a network, by a later route",
    [to("192.0.2.0/24"), { to: ["192.0.2.7/32"], via: "gate" }],
    ["192.0.2.7", 80],
    via("gate", "192.0.2.7:80", "192.0.2.7/32", 1),
  ),
  asked(
    "the larger network wins where it comes later",
    [{ to: ["192.0.2.7/32"], via: "gate" }, to("192.0.2.0/24")],
    ["192.0.2.7", 80],
    via("Bastion", "192.0.2.7:80", "192.0.2.0/24", 1),
  ),
  asked(
    "the pattern that fits is told, not the first",
    [to("*.org", "10.0.0.0/8")],
    ["10.0.0.1", 80],
    via("Bastion", "10.0.0.1:80", "10.0.0.0/8"),
  ),

  asked("left out by 'notTo'", [{ ...to("10.0.0.0/8"), notTo: ["10.1.0.0/16"] }], ["10.1.2.3", 80], outside("10.1.2.3:80")),
  asked(
    "left out by 'notTo', so that an earlier route decides",
    [
      { to: ["*"], via: "gate" },
      { ...to("*.org"), notTo: ["a.org"] },
    ],
    ["a.org", 80],
    via("gate", "a.org:80", "*"),
  ),
  asked(
    "not left out by 'notTo'",
    [{ ...to("10.0.0.0/8"), notTo: ["10.1.0.0/16", "*"] }],
    ["10.2.2.3", 80],
    via("Bastion", "10.2.2.3:80", "10.0.0.0/8"),
  ),
  asked("'notTo' with a port leaves out that port", [{ ...to("*"), notTo: ["*:25"] }], ["a.org", 25], outside("a.org:25")),
  asked(
    "'notTo' with a port leaves others in",
    [{ ...to("*"), notTo: ["*:25"] }],
    ["a.org", 26],
    via("Bastion", "a.org:26", "*"),
  ),

  asked("refused", [to("*"), { to: ["*.evil.org"], action: "refuse" }], ["a.evil.org", 80], refused("*.evil.org", 1)),
  asked(
    "refused but for an exception that comes later",
    [{ to: ["*"], action: "refuse" }, to("good.org")],
    ["good.org", 80],
    via("Bastion", "good.org:80", "good.org", 1),
  ),
  asked(
    "an address that is refused",
    [{ to: ["169.254.169.254/32"], action: "refuse" }],
    ["169.254.169.254", 80],
    refused("169.254.169.254/32"),
  ),
  asked(
    "an address that is refused, as a number",
    [{ to: ["169.254.169.254/32"], action: "refuse" }],
    ["2852039166", 80],
    refused("169.254.169.254/32"),
  ),
  asked(
    "an address that is refused, with a final dot",
    [{ to: ["169.254.169.254/32"], action: "refuse" }],
    ["169.254.169.254.", 80],
    refused("169.254.169.254/32"),
  ),
  asked(
    "a name that is refused, in wide letters",
    [{ to: ["evil.org"], action: "refuse" }],
    ["ｅvil。org", 80],
    refused("evil.org"),
  ),

  asked("one port", [to("*:443")], ["a.org", 443], via("Bastion", "a.org:443", "*:443")),
  asked("another port", [to("*:443")], ["a.org", 80], outside("a.org:80")),
  asked("the first of some ports", [to("*.org:8000-8999")], ["a.org", 8000], via("Bastion", "a.org:8000", "*.org:8000-8999")),
  asked(
    "the last of some ports",
    [to("10.0.0.0/8:8000-8999")],
    ["10.0.0.1", 8999],
    via("Bastion", "10.0.0.1:8999", "10.0.0.0/8:8000-8999"),
  ),
  asked("behind some ports", [to("*.org:8000-8999")], ["a.org", 9000], outside("a.org:9000")),
  asked("no port is asked for: a pattern with ports fits", [to("*.org:443")], ["a.org", 0], via("Bastion", "a.org", "*.org:443")),

  asked(
    "no port is asked for: a name of which one port is refused is not",
    [to("*"), { to: ["*:25"], action: "refuse" }],
    ["a.org", 0],
    via("Bastion", "a.org", "*"),
  ),
  asked(
    "no port is asked for: a name of which every port is refused is",
    [to("*"), { to: ["*:1-65535"], action: "refuse" }],
    ["a.org", 0],
    refused("*:1-65535", 1),
  ),
  asked(
    "no port is asked for: leaving out one port leaves out no name",
    [{ ...to("*"), notTo: ["*:25"] }],
    ["a.org", 0],
    via("Bastion", "a.org", "*"),
  ),

  asked("'*' is every name", [to("*")], ["a.b.c", 80], via("Bastion", "a.b.c:80", "*")),
  asked(
    "'*.' is several labels",
    [to("*.example.org")],
    ["a.b.example.org", 80],
    via("Bastion", "a.b.example.org:80", "*.example.org"),
  ),
  asked("'*.' is not the domain itself", [to("*.example.org")], ["example.org", 80], outside("example.org:80")),
  asked("a glob is not about what only ends in it", [to("*.example.org")], ["badexample.org", 80], outside("badexample.org:80")),
  asked(
    "a name in upper case with a final dot",
    [to("*.example.org")],
    ["A.EXAMPLE.ORG.", 80],
    via("Bastion", "a.example.org:80", "*.example.org"),
  ),
  asked(
    "a pattern in upper case with a final dot",
    [to("*.Example.ORG.")],
    ["a.example.org", 80],
    via("Bastion", "a.example.org:80", "*.Example.ORG."),
  ),
  asked("'?' is one letter", [to("web-?.org")], ["web-1.org", 80], via("Bastion", "web-1.org:80", "web-?.org")),
  asked("'?' is not two letters", [to("web-?.org")], ["web-12.org", 80], outside("web-12.org:80")),
  asked("'?' is not nothing", [to("web-?.org")], ["web-.org", 80], outside("web-.org:80")),
  asked("stars within", [to("a*b*c")], ["axxbyybzc", 80], via("Bastion", "axxbyybzc:80", "a*b*c")),
  asked("a name with '_'", [to("_sip.*")], ["_sip.example.org", 80], via("Bastion", "_sip.example.org:80", "_sip.*")),

  asked(
    "an address of IPv6 in brackets",
    [to("2001:db8::/32")],
    ["[2001:DB8:0::1]", 80],
    via("Bastion", "[2001:db8::1]:80", "2001:db8::/32"),
  ),
  asked(
    "an address of IPv6 without brackets",
    [to("[2001:db8::/32]")],
    ["2001:db8::1", 80],
    via("Bastion", "[2001:db8::1]:80", "[2001:db8::/32]"),
  ),
  asked("a network of IPv6 with ports", [to("[2001:db8::/32]:80")], ["2001:db8::1", 81], outside("[2001:db8::1]:81")),
  asked(
    "an address of IPv6 with a zone",
    [to("fe80::/10")],
    ["fe80::1%eth0", 80],
    via("Bastion", "[fe80::1%eth0]:80", "fe80::/10"),
  ),
  asked("every address of IPv6 is none of IPv4", [to("::/0")], ["192.0.2.1", 80], outside("192.0.2.1:80")),
  asked("every address of IPv4 is none of IPv6", [to("0.0.0.0/0")], ["::1", 80], outside("[::1]:80")),
  asked("IPv4 within IPv6 is IPv4", [to("10.0.0.0/8")], ["::ffff:10.1.2.3", 80], via("Bastion", "10.1.2.3:80", "10.0.0.0/8")),
  asked(
    "IPv4 within IPv6, in hexadecimal and brackets",
    [to("10.0.0.0/8")],
    ["[::FFFF:0a01:0203]", 80],
    via("Bastion", "10.1.2.3:80", "10.0.0.0/8"),
  ),
  asked("a short form of IPv4", [to("10.0.0.0/8")], ["10.1", 80], via("Bastion", "10.0.0.1:80", "10.0.0.0/8")),
  asked("an octal form of IPv4", [to("10.0.0.0/8")], ["012.0.0.1", 80], via("Bastion", "10.0.0.1:80", "10.0.0.0/8")),
  asked("a hexadecimal form of IPv4", [to("10.0.0.0/8")], ["0X0A.0.0.1", 80], via("Bastion", "10.0.0.1:80", "10.0.0.0/8")),
  asked("an address is no name, even for '*'", [to("*")], ["10.1", 80], outside("10.0.0.1:80")),
  asked(
    "a name of which a part looks like an address",
    [to("10.0.0.0/8", "*.nip.io")],
    ["10.0.0.1.nip.io", 80],
    via("Bastion", "10.0.0.1.nip.io:80", "*.nip.io"),
  ),
  asked(
    "the unspecified address is loopback",
    [to("127.0.0.0/8")],
    ["0.0.0.0", 80],
    via("Bastion", "127.0.0.1:80", "127.0.0.0/8"),
  ),
  asked("the unspecified address of IPv6 is loopback", [to("::1/128")], ["[::]", 80], via("Bastion", "[::1]:80", "::1/128")),
  asked("five numbers are neither address nor name", [to("0.0.0.0/0", "*")], ["1.2.3.4.5", 80], NOWHERE),
  asked("numbers that are no address are no name", [to("0.0.0.0/0", "*")], ["256.1.1.1", 80], NOWHERE),
  asked("a digit that is not octal is neither", [to("0.0.0.0/0", "*")], ["09.1.1.1", 80], NOWHERE),
  asked("an address behind many zeros is neither", [to("0.0.0.0/0", "*")], [`${"0".repeat(33)}177.0.0.1`, 80], NOWHERE),
  asked("what a resolver reads as an escape is no name", [to("*")], ["blocke\\100.org", 80], NOWHERE),
  asked("empty labels are no name", [to("*")], ["a..org", 80], NOWHERE),
  asked("a name that begins with '0x'", [to("*.org")], ["0xcafe.org", 80], via("Bastion", "0xcafe.org:80", "*.org")),

  asked("via a VIP", [{ to: ["*.org"], via: "127.0.42.103" }], ["a.org", 80], via("gate", "a.org:80", "*.org")),
  asked("via the manager's own host", [{ to: ["*.org"], via: "local" }], ["a.org", 80], via("local", "a.org:80", "*.org")),
  asked(
    "a rule's route, before one of the manifest",
    [{ "names-of": "org", via: "gate" }, to("a.org")],
    ["a.org", 80],
    via("Bastion", "a.org:80", "a.org", 2),
  ),
  asked(
    "a rule's route, behind one of the manifest",
    [to("a.org"), { "names-of": "org", via: "gate" }],
    ["a.org", 80],
    via("gate", "a.org:80", "*.org", 1),
  ),
  asked(
    "a rule's second route",
    [{ "names-of": "org", via: "gate" }],
    ["10.99.2.1", 80],
    via("gate", "10.99.2.1:80", "10.99.0.0/16", 1),
  ),
  asked("left out by the rule", [{ "names-of": "org", via: "gate" }], ["10.99.1.1", 80], outside("10.99.1.1:80")),
  asked(
    "left out by 'notTo' beside the rule",
    [{ "names-of": "org", notTo: ["a.org"], via: "gate" }],
    ["a.org", 80],
    outside("a.org:80"),
  ),
  asked("refused by a rule", [{ "names-of": "org", action: "refuse" }], ["a.org", 80], refused("*.org")),
];
