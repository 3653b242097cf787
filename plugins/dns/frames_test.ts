// Messages on a byte stream: however the bytes come, the same messages come out.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { processorMs } from "../../tests/support/processor_time.ts";
import { framed, frameReader } from "./frames.ts";

test("messages come out whole and in order, however their bytes are cut", () => {
  const property = fc.property(
    fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 }),
    fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
    (messages, cuts) => {
      const got: Uint8Array[] = [];
      const reader = frameReader(50, (message) => void got.push(message));
      const bytes = Buffer.concat(messages.map(framed));
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const end = at + (cuts[turn % cuts.length] ?? 1);
        assert.equal(reader.push(Uint8Array.from(bytes.subarray(at, end))), true);
        at = end;
      }
      assert.deepEqual(got.map(String), messages.map(String));
      assert.equal(reader.begun, false);
    },
  );
  fc.assert(property);
});

test("a message that is too long breaks the stream at once", () => {
  const reader = frameReader(100, () => assert.fail("nothing is whole"));
  assert.equal(reader.push(Uint8Array.of(0)), true);
  assert.equal(reader.begun, true);
  assert.equal(reader.push(Uint8Array.of(101)), false);
});

test("64 KiB that come byte by byte take no quadratic time", () => {
  let whole = 0;
  const reader = frameReader(65_535, () => {
    whole += 1;
  });
  const took = processorMs(() => {
    for (const byte of framed(new Uint8Array(65_535))) reader.push(Uint8Array.of(byte));
  });
  assert.equal(whole, 1);
  assert.ok(took < 500, `${took} ms`);
});
