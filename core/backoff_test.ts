// The delays: within their bounds for any chance, growing, and longer for what does not mend by itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { retryDelay } from "./backoff.ts";
import { DEFAULT_LIMITS, LIMIT_ROWS } from "./limits.ts";

const delays = (slowly: boolean, chance: number, attempts: readonly number[]) =>
  attempts.map((attempt) => retryDelay(DEFAULT_LIMITS, slowly, attempt, chance));

test("the longest delay doubles with each attempt, up to its cap", () => {
  assert.deepEqual(delays(false, 1, [1, 2, 3, 6, 7, 8, 2000]), [500, 1000, 2000, 10_000, 10_000, 10_000, 10_000]);
});

test("what does not mend by itself waits longer", () => {
  assert.deepEqual(delays(true, 1, [1, 2, 5, 6, 2000]), [15_000, 30_000, 240_000, 300_000, 300_000]);
});

test("a start follows a failure at once for no chance and no attempt", () => {
  assert.deepEqual(delays(false, 0, [1, 10]), [DEFAULT_LIMITS.retryLeastMs, DEFAULT_LIMITS.retryLeastMs]);
  assert.ok(LIMIT_ROWS.retryLeastMs.min >= 1, "no setting lets a crash loop spin");
});

test("over any chance a delay is whole, not below the least, not above the attempt's most, and grows with the chance", () => {
  const chance = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.boolean(), fc.integer({ min: 1, max: 5000 }), chance, (slowly, attempt, at) => {
      const delay = retryDelay(DEFAULT_LIMITS, slowly, attempt, at);
      assert.ok(Number.isInteger(delay) && delay >= DEFAULT_LIMITS.retryLeastMs);
      assert.ok(delay <= retryDelay(DEFAULT_LIMITS, slowly, attempt, 1));
      assert.ok(delay >= retryDelay(DEFAULT_LIMITS, slowly, attempt, at / 2));
    }),
  );
});
