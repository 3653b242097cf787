// The journal's numbers are those of its table.

import assert from "node:assert/strict";
import { test } from "node:test";
import { JOURNAL_LIMIT_ROWS, JOURNAL_LIMITS } from "./limits.ts";

test("each number is that of its row, and within its range", () => {
  assert.deepEqual(Object.keys(JOURNAL_LIMITS), Object.keys(JOURNAL_LIMIT_ROWS));
  for (const [name, { value, min, max }] of Object.entries(JOURNAL_LIMIT_ROWS)) {
    assert.equal(JOURNAL_LIMITS[name as "journalBytes"], value);
    assert.ok(min <= value && value <= max, name);
  }
});
