// The network's names as lines, and which changes are none of theirs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { admissionOf, admitted, inPhase, stamped } from "../../conformance/ledger.ts";
import { type Fact, fold, type Network } from "../../core/mod.ts";
import { hostLines, tellsTheSame } from "./host_lines.ts";

const networkOf = (facts: readonly Fact[]): Network => fold(stamped(facts));

test("every host is a line, its own name first and in lower case", () => {
  const facts: Fact[] = [
    ...admitted(1),
    { type: "host.admitted", ...admissionOf(2, { name: "Web", aliases: ["web.example.com", "w_1"] }) },
  ];
  assert.deepEqual(hostLines(networkOf(facts)), ["127.0.42.1 host1 alias1", "127.0.42.2 web web.example.com w_1"]);
});

test("what is no address and no name is left out", () => {
  const facts: Fact[] = [
    { type: "host.admitted", ...admissionOf(1, { vip: "127.0.42.1\n192.0.2.1" }) },
    { type: "host.admitted", ...admissionOf(2, { name: "a b", aliases: ["\u{e9}", "", "x".repeat(254)] }) },
    { type: "host.admitted", ...admissionOf(3, { aliases: ["#", "good"] }) },
  ];
  assert.deepEqual(hostLines(networkOf([...admitted(0), ...facts])), ["127.0.42.3 host3 good"]);
});

test("links, listeners and phases tell nothing new; names, addresses, ports and hosts do", () => {
  const before = networkOf(admitted(2));
  const later = (facts: readonly Fact[]) => fold(stamped(facts), before);
  assert.ok(tellsTheSame(before, before));
  for (const phase of ["starting", "joining", "ready", "failed"] as const) {
    assert.ok(tellsTheSame(before, later(inPhase(2, phase))), phase);
  }
  assert.ok(!tellsTheSame(before, later([{ type: "host.admitted", ...admissionOf(3) }])));
  const other = (change: Parameters<typeof admissionOf>[1]) =>
    networkOf([...admitted(1), { type: "host.admitted", ...admissionOf(2, change) }]);
  const host1 = before.hosts.get(1);
  for (const change of [{ name: "other" }, { vip: "127.0.42.9" }, { aliases: [] }, { ports: [] }]) {
    const now = other(change);
    if (host1) assert.ok(!tellsTheSame(before, { ...now, hosts: new Map(now.hosts).set(1, host1) }), JSON.stringify(change));
  }
});
