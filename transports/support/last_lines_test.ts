// The last lines of a stream, however it is cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { chunkSizes, cut } from "../../tests/support/arbitrary_frames.ts";
import { LastLines } from "./last_lines.ts";

const text = (value: string) => new TextEncoder().encode(value);

function fed(chunks: readonly Uint8Array[], stderrLines = 5, stderrLineBytes = 80) {
  const seen: string[] = [];
  const last = new LastLines({ stderrLines, stderrLineBytes }, (line) => void seen.push(line));
  for (const chunk of chunks) last.push(chunk);
  return { lines: last.lines(), seen };
}

test("any split gives the same lines, also within a character", () => {
  const line = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 30 })
    .filter((value) => value.trim() !== "" && !/[\r\n\ufeff]/.test(value));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), chunkSizes, fc.constantFrom("\n", "\r\n"), (lines, sizes, end) => {
      const { lines: kept, seen } = fed(cut(text(lines.map((one) => one + end).join("")), sizes), 5, 400);
      assert.deepEqual(seen, lines);
      assert.deepEqual(kept, lines.slice(-5));
    }),
  );
});

test("an unfinished line counts; empty ones do not", () => {
  assert.deepEqual(fed([text("a\n\n  \nb\r\n"), text("half")]).lines, ["a", "b", "half"]);
});

test("number and length are bounded, also of a line that never ends", () => {
  const { lines } = fed([text("1\n2\n3\n"), text("x".repeat(10_000)), text("y".repeat(10_000))], 2, 80);
  assert.deepEqual(lines, ["3", "x".repeat(80)]);
});
