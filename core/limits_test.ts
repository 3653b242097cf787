// The table of numbers: its values are in range and fit each other, and nothing out of range gets in.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  adoptedLimits,
  changedLimits,
  DEFAULT_LIMITS,
  LIMIT_ROWS,
  type LimitRow,
  type Limits,
  limitsOf,
  withLimits,
} from "./limits.ts";
import { HEADER_BYTES } from "./wire/frame.ts";

const rows = Object.entries(LIMIT_ROWS) as [keyof Limits, LimitRow][];

test("every row is in its own range, has a reason and is a default", () => {
  for (const [name, { value, min, max, why }] of rows) {
    assert.ok(Number.isInteger(value) && min <= value && value <= max, name);
    assert.match(why, /^[A-Z].{10,}[^.]$/, name);
    assert.equal(DEFAULT_LIMITS[name], value);
  }
});

test("the defaults fit each other", () => {
  const { minWindowBytes, startWindowBytes, maxWindowBytes, budgetBytes, queueBytes, streams } = DEFAULT_LIMITS;
  assert.ok(minWindowBytes <= startWindowBytes && startWindowBytes <= maxWindowBytes && maxWindowBytes <= budgetBytes);
  assert.ok(queueBytes > budgetBytes * (1 + HEADER_BYTES / DEFAULT_LIMITS.frameBytes), "an honest host is never cut off");
  assert.ok(streams >= 1000);
  assert.ok(DEFAULT_LIMITS.heartbeatMs * DEFAULT_LIMITS.heartbeatMisses < 10_000, "an orphaned agent is gone within ten seconds");
});

test("some values can be replaced", () => {
  assert.deepEqual(withLimits(), DEFAULT_LIMITS);
  assert.deepEqual(withLimits({ stopMs: 500 }), { ...DEFAULT_LIMITS, stopMs: 500 });
});

test("values out of range, fractions and unknown names are refused by name and range", () => {
  for (const [name, { min, max }] of rows) {
    assert.equal(withLimits({ [name]: min })[name], min);
    assert.equal(withLimits({ [name]: max })[name], max);
    for (const value of [min - 1, max + 1, min + 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => withLimits({ [name]: value }), { code: "usage", message: new RegExp(`"${name}".*${min} to ${max}`) });
    }
  }
  const unknown: Record<string, number> = { windowSize: 1 };
  assert.throws(() => withLimits(unknown), { code: "usage", message: /"windowSize"/ });
});

test("more credit makes more room for what waits, unless that is set, too", () => {
  const budgetBytes = 1024 * 1024 * 1024;
  const grown = withLimits({ budgetBytes: budgetBytes - 1 });
  assert.ok(grown.queueBytes > budgetBytes);
  assert.deepEqual(withLimits(grown), grown);
  assert.equal(withLimits({ budgetBytes, queueBytes: 2 * 1024 * 1024 }).queueBytes, 2 * 1024 * 1024);
});

const ROWS = { echoBytes: { value: 10, unit: "bytes", min: 1, max: 20, why: "For tests" } } as const;

test("limits of plugins stand beside those of the core, and are set in the same way", () => {
  assert.equal(withLimits({}, ROWS).echoBytes, 10);
  assert.equal(withLimits({ echoBytes: 20 }, ROWS).echoBytes, 20);
  assert.throws(() => withLimits({ echoBytes: 21 }, ROWS), { code: "usage", message: /"echoBytes".*1 to 20/ });
  assert.throws(() => withLimits({ echoBytes: 20 }), { code: "usage", message: /"echoBytes"/ });
});

test("a plugin reads its rows with their own values where nothing was told, and never out of range", () => {
  assert.deepEqual(limitsOf({ limits: DEFAULT_LIMITS }, ROWS), { ...DEFAULT_LIMITS, echoBytes: 10 });
  const told = (echoBytes: number) => limitsOf({ limits: adoptedLimits(withLimits(), { echoBytes, stopMs: 500 }) }, ROWS);
  assert.deepEqual(told(20), { ...DEFAULT_LIMITS, stopMs: 500, echoBytes: 20 });
  assert.deepEqual([told(0).echoBytes, told(1_000_000).echoBytes], [1, 20]);
});

test("other processes are told what differs from the core's table, and cut it to their own ranges", () => {
  assert.deepEqual(changedLimits(withLimits()), {});
  const limits = withLimits({ stopMs: 500, echoBytes: 11 }, ROWS);
  assert.deepEqual(changedLimits(limits), { echoBytes: 11, stopMs: 500 });
  assert.deepEqual(adoptedLimits(withLimits({ reportMs: 5 }), changedLimits(limits)), { ...limits, reportMs: 5 });
  assert.equal(adoptedLimits(withLimits(), { stopMs: 1_000_000 }).stopMs, 60_000);
});
