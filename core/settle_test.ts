// Waiting with a bound.

import assert from "node:assert/strict";
import { test } from "node:test";
import { settlesWithin } from "./settle.ts";

test("what settles in time is true, also by a rejection; what does not is false", async () => {
  assert.equal(await settlesWithin(Promise.resolve(), 60_000), true);
  assert.equal(await settlesWithin(Promise.reject(new Error("no")), 60_000), true);
  assert.equal(await settlesWithin(new Promise(() => undefined), 1), false);
});
