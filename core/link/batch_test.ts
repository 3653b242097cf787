// A batch is the bytes of its frames, in order, in few parts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyFrame, bytesOf, chunkSizes, cut } from "../../tests/support/arbitrary_frames.ts";
import { type Frame, KIND, makeFrame } from "../wire/frame.ts";
import { FrameReader } from "../wire/reader.ts";
import { takeBatch } from "./batch.ts";

const BOUNDS = { data: 32 * 1024, control: 4096 };

test("the parts are the bytes of the frames, and no frame beyond the first that fills the batch is taken", () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame(BOUNDS), { maxLength: 15 }),
      chunkSizes,
      fc.integer({ min: 1, max: 70_000 }),
      (made, sizes, most) => {
        const frames: Frame[] = [];
        const reader = new FrameReader(BOUNDS, (frame) => frames.push(frame));
        for (const chunk of cut(bytesOf(made), sizes)) reader.push(chunk);
        let taken = 0;
        const parts = takeBatch(() => frames[taken++], most);
        const count = Math.min(taken, frames.length);
        const before = bytesOf(frames.slice(0, Math.max(0, count - 1))).length;
        assert.ok(before < most, "a frame was taken after the batch was full");
        assert.ok(Buffer.concat(parts).equals(bytesOf(frames.slice(0, count))));
        assert.ok(parts.every((part) => part.length > 0));
      },
    ),
    { numRuns: 150 },
  );
});

test("small frames become one part; a large slice stays what it is", () => {
  const small = Array.from({ length: 50 }, () => makeFrame({ kind: KIND.data, source: 1, destination: 2 }, Uint8Array.of(1)));
  const large = new Uint8Array(32 * 1024);
  const frames = [...small, makeFrame({ kind: KIND.data, source: 1, destination: 2 }, large), ...small];
  const parts = takeBatch(() => frames.shift(), 1024 * 1024);
  assert.equal(parts.length, 3);
  assert.equal(parts[1], large);
});

test("nothing waiting gives no parts", () => {
  assert.deepEqual(
    takeBatch(() => undefined, 1024),
    [],
  );
});
