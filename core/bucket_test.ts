// A token bucket gives what its rate allows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bucket } from "./bucket.ts";

test("so many at once, then as many as the rate gives, and never more than at the begin", () => {
  const bucket = new Bucket(10, 3);
  const take = (now: number) => bucket.take(now);
  assert.deepEqual([take(0), take(0), take(0), take(0)], [true, true, true, false]);
  assert.deepEqual([take(99), take(101), take(102)], [false, true, false]);
  assert.deepEqual([9000, 9000, 9000, 9000].map(take), [true, true, true, false]);
});

test("who takes more than there is owes time", () => {
  const bucket = new Bucket(1000, 2);
  assert.deepEqual(
    [0, 0, 0, 0].map((now) => bucket.owe(now)),
    [0, 0, 1, 2],
  );
  assert.equal(bucket.owe(3), 0);
});
