// StringDecoder: however bytes are cut, the text is the same.

import assert from "node:assert/strict";
import { StringDecoder } from "node:string_decoder";
import { test } from "node:test";
import fc from "fast-check";

function decoded(encoding: BufferEncoding, bytes: Uint8Array, cuts: readonly number[]): string {
  const decoder = new StringDecoder(encoding);
  let text = "";
  let from = 0;
  for (const cut of [...cuts].sort((one, other) => one - other)) {
    text += decoder.write(Buffer.from(bytes.subarray(from, cut)));
    from = Math.max(from, cut);
  }
  return text + decoder.end(Buffer.from(bytes.subarray(from)));
}

test("texts come whole, wherever their bytes are cut", () => {
  const cuts = fc.array(fc.nat(30), { maxLength: 6 });
  for (const encoding of ["utf8", "utf16le", "base64", "hex", "latin1"] as const)
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 8 }), cuts, (text, at) => {
        const bytes = Buffer.from(text, "utf8");
        const given = encoding === "utf16le" ? Buffer.from(text, encoding) : bytes;
        assert.equal(decoded(encoding, given, at), given.toString(encoding));
      }),
    );
});

test("bytes that are no UTF-8 become U+FFFD as they do in one piece", () => {
  const bytes = fc.uint8Array({ maxLength: 12, min: 0x7f });
  fc.assert(fc.property(bytes, fc.array(fc.nat(12)), (all, cuts) => decoded("utf8", all, cuts) === Buffer.from(all).toString()));
});

test("waits for the rest of a character, and gives up at the end", () => {
  const decoder = new StringDecoder("utf8");
  assert.deepEqual(
    [decoder.write(Buffer.of(0xe2)), decoder.write(Buffer.of(0x82)), decoder.write(Buffer.of(0xac, 0x61))],
    ["", "", "€a"],
  );
  assert.deepEqual([decoder.write(Buffer.of(0xf0, 0x9f)), decoder.end(), decoder.end()], ["", "\ufffd", ""]);
  assert.throws(() => new StringDecoder("nonsense" as never), { code: "ERR_UNKNOWN_ENCODING" });
  assert.throws(() => decoder.write(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
});
