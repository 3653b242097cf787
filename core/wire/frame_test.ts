// The header's bytes, and numbers in network byte order.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FROM_ACCEPTOR, get16, get32, KIND, makeFrame, put16, put32 } from "./frame.ts";

test("a header is version, kind, source, destination, flags, stream and length in network byte order", () => {
  const fields = { kind: KIND.data, source: 0x0102, destination: 0xfffe, flags: FROM_ACCEPTOR, stream: 0xa1b2c3d4 };
  const frame = makeFrame(fields, Uint8Array.of(7, 8), Uint8Array.of(9));
  assert.equal(Buffer.concat(frame.raw).toString("hex"), "0103" + "0102" + "fffe" + "0001" + "a1b2c3d4" + "00000003" + "070809");
  assert.equal(frame.bytes, 19);
  assert.deepEqual([...frame.payloadBytes()], [7, 8, 9]);
});

test("a frame without flags, stream and payload has zeros there", () => {
  const frame = makeFrame({ kind: KIND.end, source: 1, destination: 2 });
  assert.equal(Buffer.concat(frame.raw).toString("hex"), "01050001000200000000000000000000");
  assert.deepEqual(frame.payload(), []);
  assert.equal(frame.payloadBytes().length, 0);
});

test("payload slices are kept, not copied", () => {
  const slice = Uint8Array.of(1, 2, 3);
  const frame = makeFrame({ kind: KIND.data, source: 1, destination: 2 }, slice);
  assert.equal(frame.payloadBytes(), slice);
});

test("numbers come back as they were written", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffff_ffff }), (short, long) => {
      const bytes = new Uint8Array(7).fill(0xee);
      put16(bytes, 0, short);
      put32(bytes, 2, long);
      assert.deepEqual([get16(bytes, 0), get32(bytes, 2), bytes[6]], [short, long, 0xee]);
    }),
  );
});
