// TextEncoder and TextDecoder, also of bytes that are no text and that come in parts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

const encoder = new TextEncoder();

test("text becomes UTF-8, and a lone surrogate U+FFFD", () => {
  assert.deepEqual([...encoder.encode("aé€😀")], [...Buffer.from("aé€😀")]);
  assert.deepEqual([...encoder.encode("\ud800x\udc00")], [0xef, 0xbf, 0xbd, 0x78, 0xef, 0xbf, 0xbd]);
  assert.deepEqual([encoder.encode().length, encoder.encoding], [0, "utf-8"]);
});

test("encodeInto writes whole characters only", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", "\ud83d", "\ude00"), maxLength: 12 }),
      fc.nat(20),
      (text, size) => {
        const into = new Uint8Array(size).fill(0xff);
        const { read, written } = encoder.encodeInto(text, into);
        assert.deepEqual(Buffer.from(into.subarray(0, written)), Buffer.from(text.slice(0, read)));
        assert.ok(into.subarray(written).every((byte) => byte === 0xff));
        const next = String.fromCodePoint(text.codePointAt(read) ?? 0);
        assert.ok(read === text.length || Buffer.byteLength(next) > size - written);
      },
    ),
  );
});

test("UTF-8 is decoded, with U+FFFD for what is none, as the standard counts them", () => {
  const decode = (...bytes: number[]) => new TextDecoder().decode(Uint8Array.from(bytes));
  assert.equal(decode(0x61, 0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80), "aé😀");
  assert.equal(decode(0xf0, 0x9f, 0x98, 0x61), "\ufffda");
  assert.equal(decode(0xc0, 0x80, 0xed, 0xa0, 0x80), "\ufffd".repeat(5));
  assert.equal(decode(0xef, 0xbb, 0xbf, 0x61), "a");
  assert.equal(new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.of(0xef, 0xbb, 0xbf)), "\ufeff");
  assert.equal(new TextDecoder().decode(new DataView(Uint8Array.of(0, 0x61, 0x62).buffer, 1)), "ab");
  assert.equal(new TextDecoder().decode(Uint8Array.of(0x61).buffer), "a");
  assert.equal(new TextDecoder().decode(), "");
});

test("a fatal decoder refuses what is no text", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (const bytes of [[0x80], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
    assert.throws(() => decoder.decode(Uint8Array.from(bytes)), { name: "TypeError", code: "ERR_ENCODING_INVALID_ENCODED_DATA" });
  }
  assert.equal(decoder.decode(Uint8Array.of(0x61)), "a");
});

for (const label of ["utf-8", "utf-16le"]) {
  test(`${label} in parts is as in one`, () => {
    const part = fc
      .uint8Array({ maxLength: 6 })
      .map((bytes) =>
        bytes.map((byte) => [0x61, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xd8, 0xdc, 0xef, 0xbb, 0xbf][byte % 13] ?? 0),
      );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.boolean(), (parts, ignoreBOM) => {
        const decoder = new TextDecoder(label, { ignoreBOM });
        const text = parts.map((bytes) => decoder.decode(bytes, { stream: true })).join("") + decoder.decode();
        assert.equal(text, new TextDecoder(label, { ignoreBOM }).decode(Buffer.concat(parts)));
        const marked = Buffer.concat([Buffer.from("\ufeff", label === "utf-8" ? "utf8" : "utf16le"), Buffer.concat(parts)]);
        if (!ignoreBOM && parts.length > 0)
          assert.equal(decoder.decode(marked), new TextDecoder(label, { ignoreBOM: true }).decode(marked).slice(1));
      }),
    );
  });
}

test("other encodings and labels", () => {
  assert.equal(new TextDecoder("utf-16le").decode(Uint8Array.of(0x61, 0, 0xac, 0x20, 0x00, 0xd8)), "a€\ufffd");
  const latin = new TextDecoder("latin1");
  assert.deepEqual([latin.encoding, latin.decode(Uint8Array.of(0x61, 0x80, 0xe9))], ["windows-1252", "a€é"]);
  assert.equal(new TextDecoder(" UTF8\n").encoding, "utf-8");
  assert.throws(() => new TextDecoder("nonsense"), { name: "RangeError", code: "ERR_ENCODING_NOT_SUPPORTED" });
  assert.throws(() => new TextDecoder().decode("text" as never), { code: "ERR_INVALID_ARG_TYPE" });
});
