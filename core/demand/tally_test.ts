// Counts by key.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Tally } from "./tally.ts";

test("each key has its own count, 0 without any", () => {
  const tally = new Tally<string>();
  tally.add("a", 1);
  tally.add("a", 1);
  tally.add("b", 1);
  tally.add("a", -1);
  tally.add("b", -1);
  assert.deepEqual(
    ["a", "b", "c"].map((key) => tally.of(key)),
    [1, 0, 0],
  );
});
