// Strangers are bounded and slowed, each address by itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FORGET_MS, FREE_FAILURES, LONGEST_WAIT_MS, MOST_STRANGERS, MOST_STRANGERS_OF_ADDRESS } from "../limits.ts";
import { Gate, sourceOf } from "./gate.ts";

function gateAt() {
  const clock = { now: 1000 };
  return { clock, gate: new Gate(() => clock.now) };
}

function fail(gate: Gate, address: string, times: number): void {
  for (let i = 0; i < times; i++) gate.enter(address)?.failed();
}

test("an address has a few places at once, and gets them back", () => {
  const { gate } = gateAt();
  const visits = Array.from({ length: MOST_STRANGERS_OF_ADDRESS }, () => gate.enter("192.0.2.1"));
  assert.ok(visits.every((visit) => visit !== undefined));
  assert.equal(gate.enter("192.0.2.1"), undefined);
  visits[0]?.failed();
  visits[0]?.failed();
  assert.ok(gate.enter("192.0.2.1"));
  assert.equal(gate.enter("192.0.2.1"), undefined, "a visit ends once");
});

test("many addresses together leave places for those that come for the first time, and for those that were known", () => {
  const { gate } = gateAt();
  gate.enter("192.0.2.7")?.known();
  let taken = 0;
  for (let host = 1; host < 200; host++) while (gate.enter(`198.51.100.${host}`)) taken++;
  assert.ok(taken >= MOST_STRANGERS / 2 && taken <= (MOST_STRANGERS * 3) / 4, `${taken}`);
  assert.ok(gate.enter("192.0.2.7"), "somebody came from there who was known");
});

test("after a few failures the next has to wait, longer each time up to a bound, and others do not", () => {
  const { gate, clock } = gateAt();
  fail(gate, "192.0.2.1", FREE_FAILURES);
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    const visit = gate.enter("192.0.2.1");
    waits.push(visit?.waitMs ?? -1);
    clock.now += visit?.waitMs ?? 0;
    visit?.failed();
  }
  assert.ok((waits[0] ?? 0) > 0);
  assert.deepEqual(
    waits,
    [...waits].sort((a, b) => a - b),
  );
  assert.equal(waits.at(-1), LONGEST_WAIT_MS);
  assert.equal(gate.enter("192.0.2.2")?.waitMs, 0);
});

test("who is known is forgiven what failed there before, and time forgives as well", () => {
  for (const forgive of ["known", "time"] as const) {
    const { gate, clock } = gateAt();
    fail(gate, "192.0.2.1", FREE_FAILURES + 3);
    if (forgive === "known") gate.enter("192.0.2.1")?.known();
    else clock.now += FORGET_MS + LONGEST_WAIT_MS;
    assert.equal(gate.enter("192.0.2.1")?.waitMs, 0, forgive);
  }
});

test("an IPv6 address counts as its network, an IPv4 address as itself in either form", () => {
  assert.equal(sourceOf("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(sourceOf("2001:db8:1:2:3::9"), sourceOf("2001:db8:1:2:ffff::"));
  assert.notEqual(sourceOf("2001:db8:1:2::"), sourceOf("2001:db8:1:3::"));
  assert.equal(sourceOf("fe80::1%eth0"), "fe80:0:0:0::/64");
});
