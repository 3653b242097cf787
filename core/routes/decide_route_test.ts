// Where destinations lead: the shared cases, and what holds for every network and every destination.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { admissionOf, stamped } from "../../conformance/ledger.ts";
import { namesKey, namesRule } from "../../conformance/names_rule.ts";
import { manifestOfCase, ROUTE_CASES, type RouteCase, type WantedDecision } from "../../conformance/route_cases.ts";
import { anyRoute } from "../../tests/support/arbitrary_commands.ts";
import { plannedNetwork } from "../admission.ts";
import type { Fact } from "../ledger/events.ts";
import { EMPTY_NETWORK, fold, type Network } from "../ledger/network.ts";
import { parseManifest } from "../manifest/mod.ts";
import { NO_KEYS } from "../plugin/key.ts";
import { decideRoute, hostOf, judgesAddresses, namesOf, refusesAddress } from "./decide_route.ts";
import type { Decision } from "./decision.ts";
import { type Destination, destinationOf, isDialable, showDestination } from "./destination.ts";
import { compilePattern } from "./pattern.ts";
import { planRoutes } from "./plan.ts";
import type { Route } from "./route.ts";

function networkOf(asked: RouteCase): Promise<Network> {
  const { manifest, diagnostics } = parseManifest(manifestOfCase(asked), "m.yaml", { route: [namesKey] });
  assert.ok(manifest, JSON.stringify(diagnostics));
  return plannedNetwork(manifest, planRoutes(manifest.routes, [namesRule]), NO_KEYS);
}

function summary(decision: Decision, destination: Destination): WantedDecision {
  switch (decision.to) {
    case "host":
      return { to: "host", host: decision.host.name, port: decision.target.port };
    case "via": {
      const { host, target, match } = decision;
      assert.ok(target.kind === "address");
      return { to: "via", host: host.name, target: showDestination(target), route: match.index, pattern: match.pattern };
    }
    case "refused":
      return { to: "refused", route: decision.match.index, pattern: decision.match.pattern };
    case "nowhere":
      return { to: "nowhere" };
    case "outside":
      return { to: "outside", target: showDestination(destination) };
  }
}

for (const asked of ROUTE_CASES) {
  test(asked.name, async () => {
    const destination = destinationOf(asked.host, asked.port);
    assert.deepEqual(summary(decideRoute(await networkOf(asked), destination), destination), asked.wants);
  });
}

test("there are cases for every kind of answer, and none twice", () => {
  assert.ok(ROUTE_CASES.length >= 45);
  assert.equal(new Set(ROUTE_CASES.map(({ name }) => name)).size, ROUTE_CASES.length);
  assert.equal(new Set(ROUTE_CASES.map(({ wants }) => wants.to)).size, 5);
});

const anyNetwork = fc.array(anyRoute, { maxLength: 6 }).map((routes): Network => {
  const hosts = [1, 2, 3, 4, 5].map((host): Fact => ({ type: "host.admitted", ...admissionOf(host) }));
  return fold(stamped([...hosts, { type: "routes.set", routes }]));
});
const anyDestination = fc
  .tuple(
    fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV4Extended(),
      fc.ipV6(),
      fc.constantFrom("host1", "ALIAS2.", "127.0.42.3", "a.example.com"),
      fc.string(),
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: fc.constantFrom("a", "1", ".", "\u3002", ":", "[", "]", "%", "\u00fc", "\u0130", "xn--"), maxLength: 8 }),
    ),
    fc.oneof(fc.constantFrom(0, 80, 443), fc.integer({ min: 0, max: 65_535 })),
  )
  .map(([host, port]) => destinationOf(host, port));

test("the last route that fits wins, by the definition written down", () => {
  const fits = (patterns: readonly string[], destination: Destination, portless: "some" | "all") =>
    patterns.find((text) => compilePattern(text, portless)(destination));
  const fitsTo = ({ to, via }: Route, destination: Destination) => fits(to, destination, via === undefined ? "all" : "some");
  fc.assert(
    fc.property(anyNetwork, anyDestination, (network, destination) => {
      const own = hostOf(network, destination.host);
      const index = network.routes.findLastIndex(
        (route) => fitsTo(route, destination) !== undefined && fits(route.notTo, destination, "all") === undefined,
      );
      const decision = decideRoute(network, destination);
      if (own) assert.deepEqual([decision.to, "host" in decision && decision.host.id], ["host", own.id]);
      else if (!isDialable(destination)) assert.deepEqual(decision, { to: "nowhere" });
      else if (index === -1) assert.deepEqual(decision, { to: "outside" });
      else {
        const route = network.routes[index];
        assert.ok(route && "match" in decision);
        assert.equal(decision.to, route.via === undefined ? "refused" : "via");
        assert.deepEqual(decision.match, { route, index, pattern: fitsTo(route, destination) });
      }
    }),
    { numRuns: 500 },
  );
});

test("equal questions have equal answers on every machine, and asking changes nothing", () => {
  fc.assert(
    fc.property(anyNetwork, anyDestination, (network, destination) => {
      const before = structuredClone(network);
      const first = decideRoute(network, destination);
      assert.deepEqual(decideRoute(network, destination), first);
      assert.deepEqual(decideRoute(structuredClone(network), destination), first);
      assert.deepEqual(network, before);
    }),
  );
});

test("what a destination is called changes nothing when it is read again", () => {
  fc.assert(
    fc.property(anyDestination, (destination) => {
      const { host, port } = destination;
      assert.deepEqual(destinationOf(host, port), destination);
      if (host !== "" && !host.endsWith(".")) assert.equal(destinationOf(`${host}.`, port).host, host);
    }),
    { numRuns: 500 },
  );
});

test("a text that only looks like a name or an address becomes none by being read", () => {
  const names = ["a..", "[a]", "[[::1]]", "[[a]]", "[a.]", "[a].", "a.\u3002", "\u00fc:\u3002."];
  for (const name of names) {
    const read = destinationOf(name, 80);
    assert.equal(isDialable(read), false, name);
    assert.deepEqual(destinationOf(read.host, 80), read);
  }
  assert.equal(destinationOf("[::1].", 80).host, "::1");
});

test("names of other letters are asked about as they are looked up; what cannot be one stays as it is", () => {
  const names = [
    "B\u00fccher.example",
    "\uff11\uff12\uff17.1",
    "a\u3002org\u3002",
    "\u212aelvin.org",
    "x/\u00fc",
    "\u00fc:80",
    "\u00fc b",
  ];
  const wants = ["xn--bcher-kva.example", "127.0.0.1", "a.org", "kelvin.org", "x/\u00fc", "\u00fc:80", "\u00fc b"];
  assert.deepEqual(
    names.map((name) => destinationOf(name, 80).host),
    wants,
  );
  assert.equal(destinationOf("\uff11\uff12\uff17.1", 80).address, true);
});

test("what resolvers and proxies may read in a way of their own is dialled by nobody", () => {
  const names = [
    "",
    "secret.org/x.org",
    "a\\.org",
    "a\\100.org",
    "a.org\0.b",
    "a b",
    "a#b",
    "a?b",
    "a@b",
    "a%b",
    "-\u00fc b",
    "a:b",
    ".a",
  ];
  for (const name of [...names, "x".repeat(254)]) assert.equal(isDialable(destinationOf(name, 80)), false, JSON.stringify(name));
  for (const name of ["a", "a_b", "_sip._tcp.a", "-a", "xn--bcher-kva", "1a", "a.1", "x".repeat(253), "10.0.0.1", "::1"])
    assert.equal(isDialable(destinationOf(name, 80)), true, name);
});

describe("an address that a name leads to", () => {
  const routes: Route[] = [
    { to: ["*", "10.0.0.0/8"], notTo: ["10.9.0.0/16"], via: 2 },
    { to: ["127.1.0.0/16"], notTo: [], via: 2 },
    { to: ["127.3.0.0/16"], notTo: [], via: 3 },
    { to: ["10.66.0.0/16"], notTo: [], via: undefined },
  ];
  const hosts = [1, 2, 3].map((host): Fact => ({ type: "host.admitted", ...admissionOf(host) }));
  const network = fold(stamped([...hosts, { type: "routes.set", routes }]));
  const asked = (address: string, foreign: boolean) =>
    refusesAddress(network, destinationOf("x.org", 80), address, { self: 2, foreign })?.why;
  const OWN = "is the machine's own: no route about addresses leads there";
  const cases: readonly (readonly [address: string, foreign: string | undefined, own: string | undefined])[] = [
    ["192.0.2.1", undefined, undefined],
    ["10.1.2.3", undefined, undefined],
    ["2001:db8::1", undefined, undefined],
    ["10.9.1.1", "routes[0] leaves out", "routes[0] leaves out"],
    ["10.66.1.1", "routes[3] refuses", "routes[3] refuses"],
    ["127.0.0.1", OWN, undefined],
    ["0.0.0.0", OWN, undefined],
    ["::1", OWN, undefined],
    ["::ffff:127.0.0.1", OWN, undefined],
    ["169.254.169.254", OWN, undefined],
    ["fe80::1%eth0", OWN, undefined],
    ["127.1.0.1", undefined, undefined],
    ["127.3.0.1", OWN, undefined],
    ["127.0.42.3", "is the VIP of host3", undefined],
  ];
  for (const [address, foreign, own] of cases) {
    test(address, () => assert.deepEqual([asked(address, true), asked(address, false)], [foreign, own]));
  }
});

test("a route through a host that is not there refuses, as leaving it out would lead around it", () => {
  const routes: Route[] = [{ to: ["*"], notTo: [], via: 9 }];
  assert.equal(decideRoute({ ...EMPTY_NETWORK, routes }, destinationOf("a.org", 80)).to, "refused");
});

test("a name that reads as an address is not taken from who has that address as its VIP", () => {
  const facts = [
    { ...admissionOf(1), name: "2130717186" }, // 127.0.42.2
    { ...admissionOf(2), name: "2130716673" }, // 127.0.40.1
  ].map((host): Fact => ({ type: "host.admitted", ...host }));
  const network = fold(stamped(facts));
  assert.equal(hostOf(network, destinationOf("2130717186", 80).host)?.id, 2);
  assert.equal(hostOf(network, destinationOf("2130716673", 80).host)?.id, 2);
});

test("a host's names are its own and its aliases, each once, in lower case", () => {
  assert.deepEqual(namesOf({ name: "Web", aliases: ["www", "web"] }), ["web", "www"]);
});

test("names have to be looked up only where a route is about addresses", () => {
  const about = (...to: string[]) => judgesAddresses([{ to, notTo: [], via: 1 }]);
  assert.deepEqual([about("*"), about("*:80"), about("*", "10.0.0.0/8:80"), judgesAddresses([])], [false, false, true, false]);
});
