// Flow control: credit never exceeds a window, windows never exceed the budget, a window grows with the round trip.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Budget, costOf, MIN_FRAME_COST, ReceiveWindow } from "./credit.ts";

const KIB = 1024;
const BOUNDS = { minWindowBytes: 8 * KIB, startWindowBytes: 32 * KIB, maxWindowBytes: 256 * KIB };

function opened(budget = new Budget(1024 * KIB), bounds = BOUNDS): { window: ReceiveWindow; budget: Budget } {
  const window = new ReceiveWindow(bounds, budget);
  window.start(0);
  return { window, budget };
}

/** A whole window arrives and is taken, evenly from `from` to `from + took`, in frames of 1 KiB. */
function cycle(window: ReceiveWindow, from: number, took: number, roundTrip: number): void {
  const frames = window.size / KIB;
  for (let at = 1; at <= frames; at += 1) {
    assert.equal(window.received(KIB), true);
    window.consumed(KIB, from + (took * at) / frames, roundTrip);
  }
}

test("the budget gives what is free, all or nothing", () => {
  const budget = new Budget(100);
  assert.equal(budget.reserve(60), true);
  assert.equal(budget.reserve(41), false);
  assert.equal(budget.free, 40);
  assert.equal(budget.reserve(40), true);
  budget.release(100);
  assert.equal(budget.free, 100);
});

test("a window begins with the smallest size and start grants the difference to the start size", () => {
  const budget = new Budget(1024 * KIB);
  const window = new ReceiveWindow(BOUNDS, budget);
  assert.equal(window.size, BOUNDS.minWindowBytes);
  assert.equal(window.start(0), BOUNDS.startWindowBytes - BOUNDS.minWindowBytes);
  assert.equal(window.size, BOUNDS.startWindowBytes);
});

test("start grants nothing that the budget does not have", () => {
  const budget = new Budget(BOUNDS.startWindowBytes - BOUNDS.minWindowBytes - 1);
  const window = new ReceiveWindow(BOUNDS, budget);
  assert.equal(window.start(0), 0);
  assert.equal(window.size, BOUNDS.minWindowBytes);
});

test("a sender may use up its credit and not one byte more", () => {
  const { window } = opened();
  for (let sent = 0; sent < window.size; sent += KIB) assert.equal(window.received(KIB), true);
  assert.equal(window.received(1), false);
});

test("small frames cost more than their bytes while under way, and give the difference back at once", () => {
  assert.equal(costOf(1), MIN_FRAME_COST);
  assert.equal(costOf(MIN_FRAME_COST + 1), MIN_FRAME_COST + 1);
  const { window } = opened();
  let granted = 0;
  for (let at = 0; at < 1000; at += 1) {
    assert.equal(window.received(1), true, `frame ${at}`);
    granted += window.consumed(0, 0, 0); // the consumer took nothing: 1000 bytes wait
  }
  assert.ok(granted > 1000 * (MIN_FRAME_COST - 1) - window.size);
});

test("nothing is granted before the consumer takes bytes, and then in large steps", () => {
  const { window } = opened();
  for (let sent = 0; sent < 16 * KIB; sent += KIB) window.received(KIB);
  assert.equal(window.consumed(0, 0, 0), 0);
  assert.equal(window.consumed(15 * KIB, 0, 0), 0);
  assert.equal(window.consumed(1 * KIB, 0, 0), 16 * KIB);
});

test("a window that is emptied in under two round trips doubles, up to its largest size", () => {
  const { window } = opened();
  const sizes: number[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    cycle(window, turn * 390, 390, 100);
    sizes.push(window.size);
  }
  assert.ok(sizes.every((size, at) => at === 0 || size >= (sizes[at - 1] as number)));
  assert.equal(window.size, BOUNDS.maxWindowBytes);
});

test("a slow consumer and an unknown round trip leave the window as it is", () => {
  for (const [took, roundTrip] of [
    [410, 100],
    [1, 0],
  ] as const) {
    const { window } = opened();
    for (let turn = 0; turn < 8; turn += 1) cycle(window, turn * took, took, roundTrip);
    assert.equal(window.size, BOUNDS.startWindowBytes, `took ${took}, round trip ${roundTrip}`);
  }
});

test("a full budget keeps windows from growing, and a closed neighbour makes room", () => {
  const budget = new Budget(2 * (BOUNDS.startWindowBytes - BOUNDS.minWindowBytes));
  const first = new ReceiveWindow({ ...BOUNDS, startWindowBytes: 56 * KIB }, budget);
  first.start(0);
  assert.equal(budget.free, 0);
  const second = new ReceiveWindow(BOUNDS, budget);
  second.start(0);
  cycle(second, 1, 1, 1000);
  assert.equal(second.size, BOUNDS.minWindowBytes);
  first.close();
  cycle(second, 2, 1, 1000);
  assert.ok(second.size > BOUNDS.minWindowBytes);
});

test("closing twice gives back once", () => {
  const { window, budget } = opened();
  window.close();
  window.close();
  assert.equal(budget.free, budget.bytes);
});

interface Side {
  readonly window: ReceiveWindow;
  credit: number;
  held: number;
}

test("over any commands: credit within the window, windows within the budget, all given back at the end", () => {
  const command = fc.record({
    what: fc.constantFrom("open", "start", "receive", "receive", "receive", "consume", "consume", "close"),
    which: fc.nat(5),
    bytes: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 32 * KIB })),
    later: fc.nat(300),
    roundTrip: fc.constantFrom(0, 1, 50, 400),
  });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 300, size: "max" }), fc.integer({ min: 64, max: 512 }), (commands, budgetKib) => {
      const budget = new Budget(budgetKib * KIB);
      const sides: Side[] = [];
      let now = 0;
      for (const { what, which, bytes, later, roundTrip } of commands) {
        now += later;
        if (what === "open" && sides.length < 6) {
          sides.push({ window: new ReceiveWindow(BOUNDS, budget), credit: BOUNDS.minWindowBytes, held: 0 });
        }
        const side = sides[which % Math.max(1, sides.length)];
        if (!side) continue;
        if (what === "start") side.credit += side.window.start(now);
        else if (what === "receive") {
          const allowed = costOf(bytes) <= side.credit;
          assert.equal(side.window.received(bytes), allowed, "exactly what there is credit for is taken");
          if (allowed) {
            side.credit -= costOf(bytes);
            side.held += bytes;
          }
        } else if (what === "consume") {
          const taken = Math.min(bytes, side.held);
          side.held -= taken;
          side.credit += side.window.consumed(taken, now, roundTrip);
          if (side.held === 0) assert.ok(side.credit >= MIN_FRAME_COST, "a consumer that took everything leaves no dead end");
        } else if (what === "close") {
          side.window.close();
          sides.splice(sides.indexOf(side), 1);
        }
        const used = sides.reduce((sum, { window }) => sum + window.size - BOUNDS.minWindowBytes, 0);
        assert.equal(budget.free, budget.bytes - used);
        assert.ok(budget.free >= 0, "the windows exceed the budget");
        for (const { window, credit, held } of sides) {
          assert.ok(credit + held <= window.size, "credit and waiting bytes exceed the window");
          assert.ok(window.size <= BOUNDS.maxWindowBytes);
        }
      }
      for (const { window } of sides) window.close();
      assert.equal(budget.free, budget.bytes, "something of the budget is left over");
    }),
    { numRuns: 200 },
  );
});
