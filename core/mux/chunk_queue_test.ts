// The byte queue: what goes in comes out in order, and waiting bytes hold about their own size of memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkQueue } from "./chunk_queue.ts";

function drained(queue: ChunkQueue, most = Number.POSITIVE_INFINITY): Uint8Array[] {
  const taken: Uint8Array[] = [];
  for (let next = queue.shift(most); next; next = queue.shift(most)) taken.push(next);
  return taken;
}

/** Memory that the slices keep alive. */
function retained(slices: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const buffer of new Set(slices.map((slice) => slice.buffer))) bytes += buffer.byteLength;
  return bytes;
}

test("over any pushes, shifts and clears the bytes come out in order, exactly once", () => {
  const size = fc.oneof(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 9000 }),
    fc.integer({ min: 4000, max: 40_000 }),
  );
  const command = fc.oneof(
    { weight: 6, arbitrary: fc.record({ push: size, inLarger: fc.boolean() }) },
    { weight: 5, arbitrary: fc.record({ shift: fc.oneof(size, fc.constant(Number.POSITIVE_INFINITY)) }) },
    { weight: 1, arbitrary: fc.constant("clear" as const) },
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 120, size: "max" }), (commands) => {
      const queue = new ChunkQueue();
      let written = 0;
      let read = 0;
      const take = (chunk: Uint8Array) => {
        assert.ok(chunk.length > 0);
        for (const byte of chunk) assert.equal(byte, read++ % 251);
      };
      for (const step of commands) {
        if (step === "clear") {
          queue.clear();
          read = written;
        } else if ("push" in step) {
          const memory = new Uint8Array(step.inLarger ? step.push * 6 : step.push);
          const slice = memory.subarray(memory.length - step.push);
          for (let at = 0; at < slice.length; at += 1) slice[at] = written++ % 251;
          queue.push(slice);
          if (step.push < 4000)
            slice.fill(255); // small slices were copied; the caller may do what it likes
          else if (step.inLarger) memory.fill(255);
        } else {
          const chunk = queue.shift(step.shift);
          assert.equal(chunk === undefined, written === read);
          if (chunk) {
            assert.ok(chunk.length <= step.shift);
            take(chunk);
          }
        }
        assert.equal(queue.length, written - read);
      }
      for (const chunk of drained(queue)) take(chunk);
      assert.equal(read, written);
      assert.equal(queue.length, 0);
    }),
    { numRuns: 150 },
  );
});

test("one-byte slices of large chunks hold about their own bytes, not their chunks", () => {
  const queue = new ChunkQueue();
  for (let at = 0; at < 20_000; at += 1) queue.push(new Uint8Array(4096).subarray(100, 101));
  assert.equal(queue.length, 20_000);
  assert.ok(retained(drained(queue)) <= 20_000 + 2 * 16 * 1024);
});

test("slices of any size hold at most about four times their bytes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 70_000 }), fc.nat(1000)), { minLength: 1, maxLength: 60 }),
      (slices) => {
        const queue = new ChunkQueue();
        let bytes = 0;
        for (const [memory, cut] of slices) {
          const length = Math.max(1, memory - cut * 70);
          queue.push(new Uint8Array(memory).subarray(0, length));
          bytes += length;
        }
        // Each block of ours may lack up to a small slice, and the last one may be nearly empty.
        assert.ok(retained(drained(queue)) <= 4 * bytes + 16 * 1024 * 2);
      },
    ),
    { numRuns: 100 },
  );
});

test("small slices between large ones share their blocks", () => {
  const queue = new ChunkQueue();
  for (let i = 0; i < 100; i++) {
    queue.push(new Uint8Array(4096));
    queue.push(new Uint8Array(1));
  }
  assert.ok(retained(drained(queue)) <= 100 * 4096 + 16 * 1024);
});

test("a large slice that is most of its memory is kept by reference", () => {
  const queue = new ChunkQueue();
  const slice = new Uint8Array(8192);
  queue.push(slice);
  assert.equal(queue.shift(Number.POSITIVE_INFINITY), slice);
});

test("a taken slice never changes when more is pushed", () => {
  const queue = new ChunkQueue();
  queue.push(Uint8Array.of(1, 2, 3));
  const taken = queue.shift(2) as Uint8Array;
  queue.push(Uint8Array.of(9));
  assert.deepEqual([...taken], [1, 2]);
  assert.deepEqual(
    drained(queue).flatMap((chunk) => [...chunk]),
    [3, 9],
  );
});
