// Limits that follow the memory of a host.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fittedLimits } from "./host_memory.ts";
import { DEFAULT_LIMITS, LIMIT_ROWS, withLimits } from "./limits.ts";

const MIB = 1024 * 1024;
const fitted = ["budgetBytes", "maxWindowBytes", "startWindowBytes", "streams", "linkBytes", "codeBytes"] as const;

test("without knowledge, and with memory enough, limits stay as they are", () => {
  const limits = withLimits();
  assert.deepEqual(fittedLimits(limits, undefined), limits);
  assert.deepEqual(fittedLimits(limits, 1024 * MIB), limits);
});

test("what a small host may hold fits into what it has", () => {
  for (const room of [12 * MIB, 28 * MIB, 60 * MIB]) {
    const { budgetBytes, streams, linkBytes, codeBytes, minWindowBytes } = fittedLimits(DEFAULT_LIMITS, room);
    assert.ok(budgetBytes + streams * minWindowBytes + linkBytes + codeBytes <= room, `${room}`);
    assert.ok(streams >= room / MIB, `${streams} streams in ${room} bytes`);
  }
});

test("limits are lowered only, and stay within their tables", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31 - 1), fc.integer({ min: 16, max: 65536 }), (room, streams) => {
      const limits = withLimits({ streams });
      const found = fittedLimits(limits, room);
      for (const name of fitted) {
        assert.ok(found[name] <= limits[name], name);
        assert.ok(found[name] >= Math.min(LIMIT_ROWS[name].min, limits[name]), name);
        assert.ok(Number.isInteger(found[name]), name);
      }
    }),
  );
});
