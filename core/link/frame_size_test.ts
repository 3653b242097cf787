// Frames are large only where the link carries so much that a large one takes no longer than two milliseconds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMIT_ROWS } from "../limits.ts";
import { BASE_FRAME_BYTES } from "../wire/frame.ts";
import { FrameSize } from "./frame_size.ts";

const LARGEST = LIMIT_ROWS.frameBytes.max;
const MB = 1_000_000;

/** The size after so many milliseconds at this rate, written in bits; and when the clock stands. */
function at(size: FrameSize, bytesPerSecond: number, ms: number, from: number): number {
  for (let now = from; now <= from + ms; now += 1) size.carries(bytesPerSecond / 1000, now);
  return from + ms;
}

test("the size follows what the link carries, and never takes more than two milliseconds but for the smallest", () => {
  const size = new FrameSize();
  size.allow(LARGEST);
  assert.equal(size.bytes, BASE_FRAME_BYTES, "before anything is known");
  let now = 0;
  for (const [rate, wanted] of [
    [2 * MB, BASE_FRAME_BYTES],
    [1000 * MB, LARGEST],
    [40 * MB, 2 * BASE_FRAME_BYTES],
    [2 * MB, BASE_FRAME_BYTES],
  ] as const) {
    now = at(size, rate, 200, now);
    assert.equal(size.bytes, wanted, `at ${rate / MB} MB/s`);
    assert.ok(size.bytes === BASE_FRAME_BYTES || (size.bytes / rate) * 1000 <= 2);
  }
});

test("a burst that a buffer takes at once makes no large frames, nor does what was before a pause", () => {
  const size = new FrameSize();
  size.allow(LARGEST);
  for (let now = 0; now < 1000; now += 100) {
    size.carries(256 * 1024, now);
    assert.equal(size.bytes, BASE_FRAME_BYTES);
  }
  const now = at(size, 1000 * MB, 200, 2000);
  assert.equal(size.bytes, LARGEST);
  size.carries(64, now + 60_000);
  assert.equal(size.bytes, BASE_FRAME_BYTES);
});

test("the other end's word is the bound", () => {
  const size = new FrameSize();
  at(size, 1000 * MB, 200, 0);
  assert.equal(size.bytes, BASE_FRAME_BYTES, "it has said nothing");
  size.allow(100_000);
  at(size, 1000 * MB, 200, 300);
  assert.equal(size.bytes, 2 * BASE_FRAME_BYTES);
});
