// A feature is in force once both ends have named it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { featuresInForce } from "./features.ts";

test("what both ends name is in force, whatever else they name", () => {
  const own = ["large-frames"] as const;
  const inForce = (named?: readonly string[]) => [...featuresInForce(named, own)];
  assert.deepEqual(inForce(["resume", "large-frames", "large-frames"]), ["large-frames"]);
  assert.deepEqual(inForce(["resume", "Large-Frames", "toString", ""]), []);
  assert.deepEqual(inForce([]), []);
  assert.deepEqual(inForce(), [], "an end that names none");
  assert.deepEqual([...featuresInForce(["large-frames"], [])], []);
});
