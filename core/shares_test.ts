// Shares: one who takes all it can leaves some for others and for the owner, and is named once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Shares } from "./shares.ts";

const OWNER = "owner";

function takeAll(shares: Shares<string>, asker: string): number {
  while (shares.hasFor(asker)) shares.take(asker);
  return shares.heldBy(asker);
}

test("an asker alone gets about two thirds, each that comes later the same part of the rest", () => {
  const shares = new Shares(4096, OWNER);
  assert.equal(takeAll(shares, "a"), 2560);
  assert.equal(takeAll(shares, "b"), 854);
  assert.ok(shares.hasFor("c"));
});

test("however many take all they can, the owner gets a sixteenth; the owner alone gets all", () => {
  const shares = new Shares(4096, OWNER);
  for (let asker = 0; asker < 1000; asker += 1) takeAll(shares, String(asker));
  assert.ok(takeAll(shares, OWNER) >= 256);
  assert.equal(shares.taken, 4096);
  assert.equal(takeAll(new Shares(16, OWNER), OWNER), 16);
});

test("what is given back can be taken again", () => {
  const shares = new Shares(16, OWNER);
  const held = takeAll(shares, "a");
  for (let at = 0; at < held; at += 1) shares.giveBack("a");
  assert.deepEqual([shares.taken, takeAll(shares, "b")], [0, held]);
});

test("who crowds is named once, and again after it held less than half", () => {
  const shares = new Shares(16, OWNER);
  shares.take("victim");
  const held = takeAll(shares, "a");
  assert.deepEqual([shares.newlyCrowding(), shares.newlyCrowding()], [{ asker: "a", held }, undefined]);
  for (let at = 0; at < held; at += 1) shares.giveBack("a");
  takeAll(shares, "a");
  assert.equal(shares.newlyCrowding()?.asker, "a");
});
