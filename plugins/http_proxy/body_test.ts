// Bodies by length and in chunks: what comes out, what is refused, and that it does not matter how the bytes are cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bodyReader } from "./body.ts";
import type { Framing } from "./framing.ts";
import { Refusal } from "./refusal.ts";

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

function outcome(framing: Framing, bytes: Uint8Array, cuts: readonly number[] = []) {
  const reader = bodyReader(framing);
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  const body: number[] = [];
  const rest: number[] = [];
  try {
    for (let at = 1; at < places.length; at += 1)
      rest.push(...reader.push(bytes.slice(places[at - 1], places[at]), (data) => void body.push(...data)));
    return { body, rest, done: reader.done, trailers: reader.trailers };
  } catch (thrown) {
    assert.ok(thrown instanceof Refusal, String(thrown));
    return { body, refused: thrown.message };
  }
}

const CHUNKED = { kind: "chunked" } as const;
const read = (text: string) => {
  const found = outcome(CHUNKED, bytesOf(text));
  if ("refused" in found) return "refused";
  return [Buffer.from(found.body).toString("latin1"), Buffer.from(found.rest).toString("latin1"), found.done] as const;
};

test("chunks are put together, and what follows is given back", () => {
  assert.deepEqual(read('3\r\nabc\r\n2;x="y"\r\nde\r\n0\r\n\r\nGET'), ["abcde", "GET", true]);
  assert.deepEqual(read("0000A ; n\r\n0123456789\r\n000\r\nX-T: 1\r\n\r\n"), ["0123456789", "", true]);
  assert.deepEqual(read("3 \t\r\nabc\r\n0 \r\n\r\n"), ["abc", "", true]);
  assert.deepEqual(read("3\r\nab"), ["ab", "", false]);
  const found = outcome(CHUNKED, bytesOf("0\r\nX-T: 1 \r\nY:\r\n\r\n"));
  assert.deepEqual("trailers" in found && found.trailers, [
    ["X-T", "1"],
    ["Y", ""],
  ]);
});

test("what could be read in two ways is refused", () => {
  for (const text of [
    "zz\r\n",
    "\r\n",
    "-1\r\n",
    "+1\r\n",
    "0x1\r\n",
    " 1\r\n",
    "1\n",
    "1\r1\r\n",
    "1;\0\r\n",
    "ffffffffffffffffff\r\n",
    `1;${"x".repeat(2000)}\r\n`,
    "1\r\nabc\r\n",
    "1\r\na\n",
    "1\r\na\r\r\n",
    "1\r\na3\r\n",
    "0\r\nX\r\n\r\n",
    "0\r\nX : 1\r\n\r\n",
    "0\r\nX: 1\n\r\n",
    "0\r\n X: 1\r\n\r\n",
    `0\r\n${"X: 1\r\n".repeat(100)}\r\n`,
  ])
    assert.equal(read(text), "refused", JSON.stringify(text.slice(0, 40)));
});

test("a length is counted", () => {
  assert.deepEqual(outcome({ kind: "length", bytes: 3 }, bytesOf("abcdef"), [1, 2]), {
    body: [97, 98, 99],
    rest: [100, 101, 102],
    done: true,
    trailers: [],
  });
  assert.equal(bodyReader({ kind: "length", bytes: 0 }).done, true);
  assert.equal(bodyReader({ kind: "none" }).done, true);
});

test("any body in any chunks comes out as it went in, however it is cut", () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(pieces, fc.array(fc.nat(500), { maxLength: 12 }), (chunks, cuts) => {
      const encoded = Buffer.concat([
        ...chunks.flatMap((chunk) => [bytesOf(`${chunk.length.toString(16)}\r\n`), chunk, bytesOf("\r\n")]),
        bytesOf("0\r\n\r\nnext"),
      ]);
      const found = outcome(
        CHUNKED,
        encoded,
        cuts.filter((cut) => cut <= encoded.length),
      );
      assert.deepEqual(found, {
        body: chunks.flatMap((chunk) => [...chunk]),
        rest: [...bytesOf("next")],
        done: true,
        trailers: [],
      });
    }),
  );
});

test("random bytes are read or refused, the same however they are cut", () => {
  const texts = fc.array(fc.constantFrom("3", "\r\n", "abc", "0", ";", "\n", "\r", "X: 1", "\0", "f"), { maxLength: 20 });
  fc.assert(
    fc.property(texts, fc.uint8Array({ maxLength: 30 }), fc.array(fc.nat(60)), (words, noise, cuts) => {
      for (const bytes of [bytesOf(words.join("")), noise]) {
        const inside = cuts.filter((cut) => cut <= bytes.length);
        assert.deepEqual(outcome(CHUNKED, bytes, inside), outcome(CHUNKED, bytes));
      }
    }),
  );
});
