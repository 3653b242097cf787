// Addresses that stand for names: the same one for a name, the name for it, and none for what was never asked for.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StandIns } from "./stand_ins.ts";

/** Addresses of 198.18.0.0/15, but for the first and the last. */
const ALL = 2 ** 17 - 2;

/** Whether an address is of 198.18.0.0/15 (RFC 2544 section C.2.2), and neither the first nor the last of it. */
function isStandIn(address: string): boolean {
  return /^198\.1[89]\.\d{1,3}\.\d{1,3}$/.test(address) && address !== "198.18.0.0" && address !== "198.19.255.255";
}

test("a name has the same address each time, and the address leads back to it", () => {
  const standIns = new StandIns();
  const [one, other] = ["db.corp", "git.corp"].map((name) => standIns.addressOf(name));
  assert.notEqual(one, other);
  assert.deepEqual([standIns.addressOf("db.corp"), standIns.addressOf("git.corp")], [one, other]);
  assert.deepEqual([standIns.nameOf(one ?? ""), standIns.nameOf(other ?? "")], ["db.corp", "git.corp"]);
});

test("there is a place for every address of the network, each another one", () => {
  const standIns = new StandIns();
  const addresses = Array.from({ length: ALL }, (_, at) => standIns.addressOf(`n${at}`));
  assert.equal(new Set(addresses).size, ALL);
  assert.ok(addresses.every(isStandIn));
  assert.deepEqual([addresses[0], addresses[254], addresses.at(-1)], ["198.18.0.1", "198.18.0.255", "198.19.255.254"]);
  assert.ok(addresses.every((address, at) => standIns.nameOf(address) === `n${at}`));
  assert.equal(standIns.addressOf("one more"), "198.18.0.1", "the first one goes");
  assert.equal(standIns.nameOf("198.18.0.1"), "one more");
});

test("when all are taken, the name that was not asked for for longest gives its address away", () => {
  const standIns = new StandIns(3);
  const [a, b, c] = ["a", "b", "c"].map((name) => standIns.addressOf(name));
  standIns.addressOf("a");
  assert.equal(standIns.addressOf("d"), b);
  assert.equal(standIns.nameOf(b ?? ""), "d", "the address leads to the new name alone");
  assert.deepEqual([standIns.addressOf("a"), standIns.addressOf("c"), standIns.addressOf("d")], [a, c, b]);
  assert.equal(standIns.addressOf("b"), a, "asked for again, it gets another one");
});

test("to look up an address is not to ask for its name", () => {
  const standIns = new StandIns(2);
  const a = standIns.addressOf("a");
  standIns.addressOf("b");
  standIns.nameOf(a);
  assert.equal(standIns.addressOf("c"), a);
});

test("with one place, each name takes it from the one before", () => {
  const standIns = new StandIns(1);
  const addresses = ["a", "b", "b", "a"].map((name) => standIns.addressOf(name));
  assert.deepEqual(new Set(addresses), new Set(["198.18.0.1"]));
  assert.equal(standIns.nameOf("198.18.0.1"), "a");
});

for (const address of [
  "198.18.0.2",
  "198.18.0.0",
  "198.19.255.255",
  "198.17.255.255",
  "198.20.0.1",
  "127.0.0.1",
  "",
  "db.corp",
  "198.18.0",
  "198.18.0.1.0",
  "198.18.0.1.",
  "198.18..1",
  "198.18.0.0x1",
  "198.18.0. 1",
  "198.18.0.01",
  "198.18.0.1e0",
  "198.18.0.257",
  "198.17.256.1",
  "454.18.0.1",
  "-58.18.0.1",
  "::ffff:198.18.0.1",
]) {
  test(`"${address}" stands for no name`, () => {
    const standIns = new StandIns();
    assert.equal(standIns.addressOf("db.corp"), "198.18.0.1");
    assert.equal(standIns.nameOf(address), undefined);
  });
}

test("whatever is asked for, the names that are kept have addresses of their own that lead back to them", () => {
  const names = fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f", "g"), { maxLength: 40 });
  const property = fc.property(fc.integer({ min: 1, max: 8 }), names, (most, asked) => {
    const standIns = new StandIns(most);
    /** Kept names, the one that was asked for last at the end. */
    let kept: string[] = [];
    const addresses = new Map<string, string>();
    for (const name of asked) {
      const address = standIns.addressOf(name);
      assert.ok(isStandIn(address));
      if (kept.includes(name)) assert.equal(address, addresses.get(name));
      addresses.set(name, address);
      kept = [...kept.filter((one) => one !== name), name].slice(-most);
      for (const one of kept) assert.equal(standIns.nameOf(addresses.get(one) ?? ""), one);
    }
    assert.equal(new Set(kept.map((name) => addresses.get(name))).size, kept.length);
    assert.ok(new Set(addresses.values()).size <= most);
  });
  fc.assert(property);
});
