// Lengths of time: what is read, what is not, and what people see.

import assert from "node:assert/strict";
import { test } from "node:test";
import { durationMs, LONGEST_DURATION_MS, showDuration } from "./duration.ts";

test("lengths of time are read in their units, also several together", () => {
  const given = { "500ms": 500, "0s": 0, "10s": 10_000, "5m": 300_000, "1h": 3_600_000, "1h30m": 5_400_000, "1.5h": 5_400_000 };
  for (const [text, ms] of Object.entries(given)) assert.equal(durationMs(text), ms, text);
  assert.equal(durationMs("24d"), LONGEST_DURATION_MS);
});

test("what is no length of time, or too long, is none", () => {
  for (const text of ["", "10", "s", "-1s", "1 h", "1w", "1..5s", "10s ", "25d", `${"9".repeat(400)}s`])
    assert.equal(durationMs(text), undefined, text);
});

test("people see the two largest units", () => {
  const shown = { 20: "20ms", 1000: "1s", 59999: "1m", 90000: "1m30s", 3600000: "1h", 90061000: "1d1h" };
  for (const [ms, text] of Object.entries(shown)) assert.equal(showDuration(Number(ms)), text);
});
