// What becomes of a question, given a network: answered, asked of a host, asked of the system, or refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { admissionOf, stamped } from "../../conformance/ledger.ts";
import { type Fact, fold, type HostState, type Network, type Route } from "../../core/mod.ts";
import { questionOf } from "../../tests/support/dns_tools.ts";
import { type Question, readQuery } from "./query.ts";
import { isLedTo, judge, reverseAddress } from "./zone.ts";

function questionAbout(name: string, type = "A", kind: "IN" | "CH" | "ANY" = "IN"): Question {
  const query = readQuery(questionOf({ name, type, class: kind }));
  if (query === undefined || query instanceof Uint8Array) throw new assert.AssertionError({ message: `${name} was read` });
  return query.question;
}

/** Hosts 1 to 3, `host2` with the VIP 127.0.42.2, and routes. */
function given(...routes: Partial<Route>[]): Network {
  const hosts = [
    admissionOf(1),
    admissionOf(2, { name: "Web", aliases: ["www.example.com", "10"] }),
    admissionOf(3, { name: "db.lan" }),
  ].map((admission): Fact => ({ type: "host.admitted", ...admission }));
  const whole = routes.map((route) => ({ to: [], notTo: [], via: undefined, ...route }));
  return fold(
    stamped([{ type: "network.opened", network: "net", version: "1" }, ...hosts, { type: "routes.set", routes: whole }]),
  );
}

/** In one line. */
function verdict(network: Network, question: Question): string {
  const found = judge(network, question, 10);
  if (found.to !== "answer") return found.to === "host" ? `host ${found.host.name}` : found.to;
  const records = (found.reply.records ?? []).map(({ type, data }) => `${type} ${data}`);
  return [found.reply.rcode, found.reply.authoritative ? "aa" : "", ...records].filter((part) => part !== "").join(" ");
}

for (const [name, type, wanted] of [
  ["web", "A", "0 aa A 127.0.42.2"],
  ["WEB.", "A", "0 aa A 127.0.42.2"],
  ["www.example.com", "A", "0 aa A 127.0.42.2"],
  ["10", "A", "0 aa A 127.0.42.2"],
  ["web", "ANY", "0 aa A 127.0.42.2"],
  ["web", "AAAA", "0 aa"],
  ["web", "MX", "0 aa"],
  ["web", "UNKNOWN_65", "0 aa"],
  ["2.42.0.127.in-addr.arpa", "PTR", "0 aa PTR Web"],
  ["2.42.0.127.IN-ADDR.arpa", "ANY", "0 aa PTR Web"],
  ["2.42.0.127.in-addr.arpa", "A", "0 aa"],
  ["x.web", "A", "system"],
  ["lan", "A", "system"],
  ["9.42.0.127.in-addr.arpa", "PTR", "system"],
  ["example.com", "TXT", "system"],
  [".", "NS", "system"],
  ["127.0.42.2", "A", "3"],
  ["0x7f.1", "A", "3"],
  ["web", "AXFR", "5"],
  ["example.com", "IXFR", "5"],
] as const) {
  test(`${name} ${type} without routes: ${wanted}`, () => assert.equal(verdict(given(), questionAbout(name, type)), wanted));
}

test("no class but IN is known, and ANY means IN", () => {
  assert.equal(verdict(given(), questionAbout("version.bind", "TXT", "CH")), "5");
  assert.equal(verdict(given(), questionAbout("web", "A", "CH")), "5");
  assert.equal(verdict(given(), questionAbout("web", "A", "ANY")), "0 aa A 127.0.42.2");
});

test("routes lead names to hosts or refuse them; the network's own names come first", () => {
  const network = given({ to: ["*"], via: 3 }, { to: ["*.corp"], notTo: ["no.corp"], via: 1 }, { to: ["ads.*"] });
  const cases = { "db.corp": "host host1", "NO.corp": "host db.lan", "ads.corp": "5", web: "0 aa A 127.0.42.2" };
  for (const [name, wanted] of Object.entries(cases)) assert.equal(verdict(network, questionAbout(name)), wanted);
  assert.equal(verdict(network, questionAbout("db.corp", "MX")), "host host1");
});

test("ports of a route do not matter to its names", () => {
  assert.equal(verdict(given({ to: ["*.corp:443"], via: 1 }), questionAbout("db.corp")), "host host1");
});

test("a reverse name leads where its address does, unless a glob says otherwise", () => {
  const network = given({ to: ["10.0.0.0/8", "[fd00::/8]:443"], via: 3 }, { to: ["192.0.2.0/24"] });
  const six = `${"1".padEnd(30, "0").split("").join(".")}.d.f.ip6.arpa`;
  assert.equal(verdict(network, questionAbout("4.3.2.10.in-addr.arpa", "PTR")), "host db.lan");
  assert.equal(verdict(network, questionAbout(six, "PTR")), "host db.lan");
  assert.equal(verdict(network, questionAbout("1.2.0.192.in-addr.arpa", "PTR")), "5");
  assert.equal(verdict(network, questionAbout("1.1.0.172.in-addr.arpa", "PTR")), "system");
  const globbed = given({ to: ["*.10.in-addr.arpa"], via: 1 }, { to: ["10.0.0.0/8"], via: 3 });
  assert.equal(verdict(globbed, questionAbout("4.3.2.10.in-addr.arpa", "PTR")), "host host1");
});

test("only whole reverse names of addresses are addresses", () => {
  assert.equal(reverseAddress("4.3.2.10.in-addr.arpa"), "10.2.3.4");
  for (const name of [
    "3.2.10.in-addr.arpa",
    "04.3.2.10.in-addr.arpa",
    "256.3.2.10.in-addr.arpa",
    "x.4.3.2.10.in-addr.arpa",
    "1.ip6.arpa",
  ])
    assert.equal(reverseAddress(name), undefined, name);
});

test("a host answers others about names that a route leads to it, and no others", () => {
  const network = given({ to: ["*.corp"], via: 1 }, { to: ["*.lab"], via: 3 }, { to: ["*.onion"], via: 1, through: "tunnel" });
  const self = network.hosts.get(1) as HostState;
  const led = (name: string, type = "A") => isLedTo(network, self, questionAbout(name, type));
  assert.deepEqual([led("db.corp"), led("db.corp", "MX")], [true, true]);
  assert.deepEqual([led("db.lab"), led("example.com"), led("web"), led("db.corp", "AXFR")], [false, false, false, false]);
  assert.equal(led("x.onion"), false, "what a further proxy resolves is not asked here");
});
