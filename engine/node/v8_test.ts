// The limit of the heap: what goes beyond is an error that can be caught.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";

const skip = process.versions.engine === undefined && "the flag is the engine's own";
const MIB = 1024 * 1024;

test("beyond the limit of the heap there is an error, and then room again", { skip }, () => {
  const { heapUsed } = process.memoryUsage();
  setFlagsFromString(`--max-heap-bytes=${heapUsed + 8 * MIB}`);
  try {
    assert.throws(() => new Uint8Array(16 * MIB), { name: "InternalError", message: "out of memory" });
    const kept: Uint8Array[] = [];
    assert.throws(() => {
      for (;;) kept.push(new Uint8Array(1000));
    }, /out of memory/);
    assert.ok(kept.length > 4000, `${kept.length}`);
    kept.length = 0;
    assert.equal(new Uint8Array(4 * MIB).length, 4 * MIB);
  } finally {
    setFlagsFromString("--max-heap-bytes=0");
  }
});

test("flags of V8 do nothing", { skip }, () => setFlagsFromString("--no-concurrent-marking"));
