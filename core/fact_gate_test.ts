// Which facts a manager takes from a host, and what it says of the others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FactGate } from "./fact_gate.ts";
import type { HostFact } from "./ledger/events.ts";

const opened: HostFact = { type: "stream.opened", stream: 1, to: 2, port: 80 };

function gate() {
  const clock = { ms: 0 };
  const limits = { streamFacts: 10, listenerFacts: 1, listeners: 5 };
  const knows = (host: number) => host <= 2;
  const hasLeft = (host: number) => host === 9;
  return { clock, gate: new FactGate({ limits, knows, hasLeft, openedBy: () => 5, now: () => clock.ms }) };
}

test("facts about hosts, streams and ports that cannot be are refused, and the others of the report taken", () => {
  const { gate: one } = gate();
  const wrong: HostFact[] = [
    { ...opened, to: 3 },
    { ...opened, stream: 0 },
    { ...opened, stream: 2 ** 32 },
    { ...opened, port: 65_536 },
    { type: "host.crowded", from: 99, open: 7, code: "too-many-streams" },
    { type: "host.crowded", from: 2, open: 6, code: "too-many-streams" },
    { type: "stream.closed", stream: 1, to: 99, bytesIn: 0, bytesOut: 0 },
  ];
  for (const fact of wrong) {
    const { taken, refused } = one.sift([fact, opened]);
    assert.deepEqual(taken, [opened]);
    assert.match(refused ?? "", /^It reports /);
  }
  assert.equal(one.rest(), 0, "what is refused is not counted as left out");
});

test("of a host that has left, facts of streams are taken; that it was crowded is of no use any more, and no breach", () => {
  const { gate: one } = gate();
  const closed: HostFact = { type: "stream.closed", stream: 1, to: 9, bytesIn: 0, bytesOut: 0, code: "host-left" };
  const facts: HostFact[] = [{ ...opened, to: 9 }, { type: "host.crowded", from: 9, open: 70, code: "too-many-streams" }, closed];
  assert.deepEqual(one.sift(facts), { taken: [facts[0], closed], refused: undefined });
  assert.equal(one.rest(), 0);
});

test("what is too much is left out and counted; the count is told at once, then every ten seconds, and at the end", () => {
  const { gate: one, clock } = gate();
  assert.equal(one.sift(Array(20).fill(opened)).taken.length, 20);
  assert.equal(one.toTell(), 0);
  assert.equal(one.sift(Array(100).fill(opened)).taken.length, 0);
  assert.equal(one.toTell(), 100);
  clock.ms = 1000;
  assert.equal(one.sift(Array(15).fill(opened)).taken.length, 10);
  assert.equal(one.toTell(), 0, "it was told a second ago");
  clock.ms = 10_000;
  assert.equal(one.toTell(), 5);
  one.sift(Array(21).fill(opened));
  assert.equal(one.rest(), 1);
  assert.equal(one.rest(), 0);
});

test("facts about addresses have a share of their own", () => {
  const { gate: one } = gate();
  one.sift(Array(100).fill(opened));
  const closed: HostFact = { type: "frontend.closed", frontend: "loopback", address: "127.0.0.1:1" };
  assert.equal(one.sift(Array(7).fill(closed)).taken.length, 5);
});
