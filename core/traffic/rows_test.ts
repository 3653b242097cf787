// Sums stay sums, however few rows are left of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { plus, summed, sumOf, type TrafficRow } from "./rows.ts";

const anyRow = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: -1, max: 65_535 }), fc.nat(), fc.nat())
  .map(([from, to, port, bytesOut, bytesIn]): TrafficRow => {
    return { from, to, ...(port < 0 ? {} : { port }), bytesOut, bytesIn, streams: bytesIn % 9 };
  });
const edgeSum = (rows: readonly TrafficRow[], from: number, to: number) =>
  sumOf(rows.filter((row) => row.from === from && row.to === to));

test("rows of one place become one, and places beyond the most are added up by pair of hosts, without a byte lost", () => {
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 200 }), fc.integer({ min: 40, max: 120 }), (rows, most) => {
      const few = summed(rows, most);
      assert.ok(few.length <= most);
      assert.deepEqual(sumOf(few), sumOf(rows));
      // 16 pairs of hosts have room among the half of 40 that is not for single ports.
      for (let from = 1; from <= 4; from += 1)
        for (let to = 1; to <= 4; to += 1) assert.deepEqual(edgeSum(few, from, to), edgeSum(rows, from, to));
    }),
  );
});

test("pairs of hosts beyond the most become one row without hosts; the largest stay", () => {
  const rows = Array.from({ length: 500 }, (_, at) => ({
    from: at + 1,
    to: 600,
    port: 80,
    bytesOut: at,
    bytesIn: 1,
    streams: 1,
  }));
  const few = summed(rows, 20);
  assert.equal(few.length, 20);
  assert.deepEqual(sumOf(few), sumOf(rows));
  assert.deepEqual(few[0], rows.at(-1));
  assert.equal(few.filter(({ from, to }) => from === undefined && to === undefined).length, 1);
});

test("all 65,536 ports of a pair are a bounded number of rows", () => {
  const rows = Array.from({ length: 65_536 }, (_, port) => ({ from: 1, to: 2, port, bytesOut: 1, bytesIn: 2, streams: 1 }));
  const few = summed(rows, 256);
  assert.ok(few.length <= 256);
  assert.deepEqual(sumOf(few), { bytesOut: 65_536, bytesIn: 131_072, streams: 65_536 });
});

test("a sum stays a number that is exact", () => {
  assert.equal(plus(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
});
