// Chunks that are lent, from a socket's read to the consumer of a stream.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "../limits.ts";
import { giveBack, LentReads } from "../read_buffers.ts";
import { KIND, makeFrame } from "../wire/frame.ts";
import { encodeOpen } from "../wire/payload.ts";
import { FrameReader } from "../wire/reader.ts";
import { Mux } from "./mux.ts";
import type { Stream } from "./stream.ts";
import type { StreamHandlers } from "./stream_ends.ts";

const BYTES = 32 * 1024;
const FROM = { source: 2, destination: 1, stream: 1 };

/** Reads data frames, the n-th filled with n, as a link does; hands them to this consumer of a stream. */
function readFrames(count: number, consumer: Pick<StreamHandlers, "takesLent" | "data">): void {
  const streams: Stream[] = [];
  const mux = new Mux(1, DEFAULT_LIMITS, { send: () => undefined, incoming: (stream) => streams.push(stream) }, () => 0);
  const target = { kind: "published", port: 80 } as const;
  mux.receive(makeFrame({ kind: KIND.open, ...FROM }, encodeOpen({ credit: 1000, target })));
  streams[0]?.accept();
  streams[0]?.attach({ end: () => undefined, reset: () => assert.fail("reset"), drain: () => undefined, ...consumer });
  const frames = new FrameReader({ data: BYTES, control: BYTES }, (frame) => mux.receive(frame));
  const reads = new LentReads((chunk) => frames.push(chunk));
  for (let fill = 0; fill < count; fill++) {
    const { raw } = makeFrame({ kind: KIND.data, ...FROM }, new Uint8Array(BYTES).fill(fill));
    const bytes = Buffer.concat(raw);
    reads.buffer().set(bytes);
    reads.callback(bytes.length);
  }
  reads.close();
}

test("a consumer that knows nothing of lending may keep its chunks, and pass them on as often as it likes", () => {
  const kept: Uint8Array[] = [];
  readFrames(100, {
    data(chunk) {
      kept.push(chunk);
      giveBack(chunk); // whoever it is passed on to
      giveBack(chunk);
      return true;
    },
  });
  assert.equal(kept.length, 100);
  kept.forEach((chunk, fill) => void assert.ok(chunk.every((byte) => byte === fill)));
});

test("one that takes lent chunks and gives them back is read for in the same few buffers", () => {
  const seen = new Set<ArrayBufferLike>();
  readFrames(100, {
    takesLent: true,
    data(chunk) {
      assert.equal(chunk.length, BYTES);
      seen.add(chunk.buffer);
      giveBack(chunk);
      return true;
    },
  });
  assert.ok(seen.size <= 3, `${seen.size} buffers`); // the first is the copy of a read through the shared buffer
});
