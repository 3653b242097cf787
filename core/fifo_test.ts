// The queue: like an array, only quick.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fifo } from "./fifo.ts";

test("over any commands it does what an array does", () => {
  const command = fc.oneof(
    { weight: 6, arbitrary: fc.record({ push: fc.nat(9) }) },
    { weight: 2, arbitrary: fc.record({ unshift: fc.nat(9) }) },
    { weight: 5, arbitrary: fc.constant("shift" as const) },
    { weight: 2, arbitrary: fc.record({ remove: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.constant("clear" as const) },
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200, size: "max" }), (commands) => {
      const fifo = new Fifo<number>();
      let model: number[] = [];
      for (const step of commands) {
        if (step === "shift") assert.equal(fifo.shift(), model.shift());
        else if (step === "clear") {
          fifo.clear();
          model = [];
        } else if ("unshift" in step) {
          fifo.unshift(step.unshift);
          model.unshift(step.unshift);
        } else if ("push" in step) {
          fifo.push(step.push);
          model.push(step.push);
        } else {
          assert.equal(fifo.first(), model[0]);
          if (step.remove % 4 > 0) continue;
          assert.deepEqual(fifo.drain(), model);
          model = [];
        }
        assert.equal(fifo.length, model.length);
      }
      while (model.length > 0) assert.equal(fifo.shift(), model.shift());
      assert.equal(fifo.shift(), undefined);
    }),
  );
});

test("order holds beyond the length at which the front is cut off", () => {
  const fifo = new Fifo<number>();
  let [next, expected] = [0, 0];
  for (let round = 0; round < 40; round += 1) {
    for (let at = 0; at < 300; at += 1) fifo.push(next++);
    for (let at = 0; at < 250; at += 1) assert.equal(fifo.shift(), expected++);
  }
  assert.equal(fifo.length, next - expected);
  for (let item = fifo.shift(); item !== undefined; item = fifo.shift()) assert.equal(item, expected++);
  assert.equal(expected, next);
});

test("an undefined element is an element", () => {
  const fifo = new Fifo<undefined>();
  fifo.push(undefined);
  assert.equal(fifo.length, 1);
  fifo.shift();
  assert.equal(fifo.length, 0);
});
