// Memory for reads: nothing that is still owed may be written over, and what is given back is used again.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { giveBack, LentReads } from "./read_buffers.ts";

const KIB = 1024;

/** A reader, and what it handed over; `read` stands for the system: it writes into the buffer it was given. */
function reader() {
  const chunks: Uint8Array[] = [];
  const reads = new LentReads((chunk) => void chunks.push(chunk));
  const read = (bytes: number, fill: number): Uint8Array => {
    const memory = reads.buffer();
    const taken = Math.min(bytes, memory.length);
    memory.fill(fill, 0, taken);
    reads.callback(taken);
    return chunks.at(-1) as Uint8Array;
  };
  return { reads, read };
}

const filledWith = (chunk: Uint8Array, fill: number) => chunk.every((byte) => byte === fill);

test("a chunk keeps its bytes until all of its buffer was given back, in any order of reads and in any pieces", () => {
  const step = fc.record({
    reader: fc.nat(2),
    bytes: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 8 * KIB, max: 300 * KIB })),
    give: fc.nat(5),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const readers = [reader(), reader(), reader()];
      const held: { chunk: Uint8Array; fill: number }[] = [];
      steps.forEach(({ reader: which, bytes, give, at }, index) => {
        const fill = index % 256;
        held.push({ chunk: readers[which]?.read(bytes, fill) as Uint8Array, fill });
        if (give === 0) {
          const [one] = held.splice(Math.floor(at * (held.length - 1)), 1);
          const chunk = one?.chunk ?? new Uint8Array();
          const cut = Math.floor(at * chunk.length);
          for (const piece of [chunk.subarray(cut), chunk.subarray(0, cut)]) giveBack(piece);
        }
        for (const one of held) assert.ok(filledWith(one.chunk, one.fill));
      });
      for (const { reads } of readers) reads.close();
    }),
    { numRuns: 100 },
  );
});

test("bulk goes round in few buffers once it is given back", () => {
  const { reads, read } = reader();
  const seen = new Set<ArrayBufferLike>();
  for (let i = 0; i < 200; i++) {
    const chunk = read(100 * KIB, i % 256);
    if (i > 0) seen.add(chunk.buffer); // the first came through the shared buffer
    giveBack(chunk);
  }
  assert.ok(seen.size <= 2, `${seen.size} buffers`);
  reads.close();
});

test("a buffer of which a byte is missing is never read into again", () => {
  const { reads, read } = reader();
  read(100 * KIB, 1);
  const kept = read(100 * KIB, 2);
  giveBack(kept.subarray(1));
  for (let i = 0; i < 100; i++) giveBack(read(100 * KIB, 3));
  assert.ok(filledWith(kept, 2));
  reads.close();
});

test("small reads are copies of their own size", () => {
  const { reads, read } = reader();
  const chunk = read(100, 7);
  assert.equal(chunk.buffer.byteLength, 100);
  read(64 * KIB, 8);
  assert.equal(read(100, 9).buffer.byteLength, 100, "also after bulk");
  const shared = reads.buffer();
  assert.equal(reader().reads.buffer(), shared, "and an idle socket holds no buffer of its own");
});

test("sockets beyond the bound read by way of the shared buffer, until others close", () => {
  const readers = Array.from({ length: 80 }, reader);
  const shared = readers[0]?.reads.buffer();
  for (const { read } of readers) read(64 * KIB, 1);
  assert.equal(readers.filter(({ reads }) => reads.buffer() !== shared).length, 64);
  const late = readers.at(-1) as ReturnType<typeof reader>;
  assert.equal(late.reads.buffer(), shared);
  for (const { reads } of readers.slice(0, -1)) reads.close();
  late.read(64 * KIB, 2);
  assert.notEqual(late.reads.buffer(), shared);
});

test("bytes that were never lent may be given back by anyone", () => {
  giveBack(new Uint8Array(10));
});
