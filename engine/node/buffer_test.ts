// Buffer as Node documents it: against simple models where there is one, else by cases.

import assert from "node:assert/strict";
import { atob, Buffer, btoa, constants, isAscii, isUtf8, kMaxLength } from "node:buffer";
import { test } from "node:test";
import fc from "fast-check";

const TEXTS = ["", "a", "grün", "€ and 😀", "\ud800x", "ÿ\u0100", "\0", "long ".repeat(1000)];
const bytes = fc.uint8Array({ maxLength: 40 });
const short = fc.uint8Array({ maxLength: 4, max: 2 });
const hexOf = (buffer: Uint8Array) => Array.from(buffer, (byte) => byte.toString(16).padStart(2, "0")).join("");

test("text becomes bytes and bytes text in every encoding", () => {
  const cases: [text: string, encoding: BufferEncoding, hex: string, back?: string][] = [
    ["grün€😀", "utf8", "6772c3bc6ee282acf09f9880"],
    ["a\ud800b", "utf8", "61efbfbd62", "a\ufffdb"],
    ["ÿ\u0141", "latin1", "ff41", "ÿA"],
    ["ÿ", "binary", "ff"],
    ["aé", "ascii", "61e9", "ai"],
    ["a😀", "utf16le", "61003dd800de"],
    ["€", "ucs2", "ac20"],
    ["00fFz012", "hex", "00ff", "00ff"],
    ["abc", "hex", "ab", "ab"],
    ["zz", "hex", "", ""],
    ["AP8=", "base64", "00ff"],
    ["AP8", "base64", "00ff", "AP8="],
    ["-_-_", "base64", "fbffbf", "+/+/"],
    [" A P\n8 = ignored", "base64", "00ff", "AP8="],
    ["-_-_", "base64url", "fbffbf"],
    ["AP8=", "base64url", "00ff", "AP8"],
  ];
  for (const [text, encoding, hex, back = text] of cases) {
    const buffer = Buffer.from(text, encoding);
    assert.equal(hexOf(buffer), hex, `${text} ${encoding}`);
    assert.equal(buffer.toString(encoding), back, `${text} ${encoding}`);
    assert.equal(Buffer.from(text, encoding.toUpperCase() as BufferEncoding).toString("hex"), hex);
  }
});

test("all bytes and texts survive the way there and back", () => {
  for (const encoding of ["hex", "base64", "base64url", "latin1"] as const)
    fc.assert(fc.property(bytes, (all) => Buffer.from(Buffer.from(all).toString(encoding), encoding).equals(all)));
  for (const encoding of ["utf8", "utf16le"] as const)
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => Buffer.from(text, encoding).toString(encoding) === text));
  for (const text of TEXTS) {
    assert.equal(Buffer.from(text).toString(), new TextDecoder().decode(new TextEncoder().encode(text)));
    assert.equal(Buffer.byteLength(text), Buffer.from(text).length);
    assert.equal(Buffer.byteLength(text, "utf16le"), Buffer.from(text, "utf16le").length);
  }
  fc.assert(
    fc.property(bytes, (all) => Buffer.from(all).toString() === new TextDecoder("utf-8", { ignoreBOM: true }).decode(all)),
  );
});

test("byteLength tells what an encoding takes", () => {
  assert.deepEqual(
    [
      Buffer.byteLength("AP8=", "base64"),
      Buffer.byteLength("AP8", "base64"),
      Buffer.byteLength("abc", "hex"),
      Buffer.byteLength("é"),
    ],
    [2, 2, 1, 2],
  );
  assert.equal(Buffer.byteLength(new DataView(new ArrayBuffer(3))), 3);
  assert.throws(() => Buffer.byteLength(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("toString gives a part", () => {
  const buffer = Buffer.from("hello");
  assert.equal(buffer.toString("utf8", 1, 3), "el");
  assert.equal(buffer.toString(undefined, 1), "ello");
  assert.equal(buffer.toString("latin1", -5, 99), "hello");
  assert.equal(buffer.toString("latin1", 3, 2), "");
  assert.equal(buffer.toString("latin1", 9), "");
  assert.equal(buffer.toString("hex", 1.9, 2.9), "65");
  assert.equal(String(buffer), "hello");
  assert.throws(() => buffer.toString("nonsense" as never), { code: "ERR_UNKNOWN_ENCODING", name: "TypeError" });
});

test("from copies bytes and shares memory", () => {
  const source = Uint8Array.of(1, 2, 3);
  const copy = Buffer.from(source);
  const shared = Buffer.from(source.buffer, 1, 1);
  source[1] = 9;
  assert.deepEqual([...copy, ...shared], [1, 2, 3, 9]);
  assert.deepEqual([...Buffer.from([1, 257, -1, "7" as never])], [1, 1, 255, 7]);
  assert.deepEqual([...Buffer.from(Uint16Array.of(1, 300))], [1, 44]);
  assert.deepEqual([...Buffer.from(JSON.parse(JSON.stringify(copy)))], [1, 2, 3]);
  assert.equal(Buffer.from(Object("text")).toString(), "text");
  assert.equal(Buffer.from({ [Symbol.toPrimitive]: () => "text" } as never).toString(), "text");
  assert.equal(Buffer.from({ length: 2, 0: 5, 1: 6 } as never).toString("hex"), "0506");
  assert.equal(Buffer.of(1, 2).toString("hex"), "0102");
  for (const wrong of [5, null, undefined, true, {}])
    assert.throws(() => Buffer.from(wrong as never), { code: "ERR_INVALID_ARG_TYPE", name: "TypeError" });
  assert.throws(() => Buffer.from(new ArrayBuffer(4), 5), { code: "ERR_BUFFER_OUT_OF_BOUNDS" });
  assert.throws(() => Buffer.from(new ArrayBuffer(4), 2, 9), { code: "ERR_BUFFER_OUT_OF_BOUNDS" });
});

test("alloc fills", () => {
  assert.equal(Buffer.alloc(3).toString("hex"), "000000");
  assert.equal(Buffer.alloc(5, "ab").toString(), "ababa");
  assert.equal(Buffer.alloc(3, 258).toString("hex"), "020202");
  assert.equal(Buffer.alloc(3, "ff", "hex").toString("hex"), "ffffff");
  assert.equal(Buffer.allocUnsafe(7).length, 7);
  assert.throws(() => Buffer.alloc(-1), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => Buffer.alloc("3" as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("a buffer is one, and so are its parts and copies", () => {
  const buffer = Buffer.from("hello");
  for (const one of [buffer, buffer.subarray(1), buffer.slice(1), buffer.map((byte) => byte), buffer.filter(() => true)])
    assert.ok(Buffer.isBuffer(one) && one instanceof Uint8Array && one.constructor === Buffer);
  assert.ok(!Buffer.isBuffer(new Uint8Array(1)) && !Buffer.isBuffer(undefined));
  buffer.subarray(1, 2).fill("E");
  assert.equal(buffer.slice(-4, -1).toString(), "Ell");
  assert.equal(Object.prototype.toString.call(buffer), "[object Uint8Array]");
  assert.deepEqual(buffer.toJSON(), { type: "Buffer", data: [104, 69, 108, 108, 111] });
});

test("concat joins, cuts off and fills up", () => {
  const parts = [Buffer.from("ab"), Uint8Array.of(99), Buffer.alloc(0), Buffer.from("d")];
  assert.equal(Buffer.concat(parts).toString(), "abcd");
  assert.equal(Buffer.concat(parts, 3).toString(), "abc");
  assert.equal(Buffer.concat(parts, 1).toString(), "a");
  assert.equal(Buffer.concat(parts, 6).toString(), "abcd\0\0");
  assert.equal(Buffer.concat([]).length, 0);
  assert.throws(() => Buffer.concat(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => Buffer.concat(["a" as never]), { code: "ERR_INVALID_ARG_TYPE" });
});

test("compares as its bytes are ordered", () => {
  const ordered = (one: Uint8Array, other: Uint8Array) => {
    const at = one.findIndex((byte, index) => byte !== other[index]);
    return Math.sign(at < 0 || at >= other.length ? one.length - other.length : (one[at] ?? 0) - (other[at] ?? 0));
  };
  const close = fc.uint8Array({ maxLength: 40, min: 127, max: 129 });
  fc.assert(
    fc.property(close, close, (one, other) => {
      assert.equal(Buffer.compare(one, other), ordered(one, other));
      assert.equal(Buffer.from(one).equals(other), ordered(one, other) === 0);
    }),
  );
  const buffer = Buffer.from("abcdef");
  assert.equal(buffer.compare(Buffer.from("xcdx"), 1, 3, 2, 4), 0);
  assert.equal(buffer.compare(Buffer.from("b")), -1);
  assert.throws(() => buffer.compare(buffer, 0, 7), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => buffer.equals("a" as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("finds bytes and texts, first and last", () => {
  const naive = (all: Uint8Array, wanted: Uint8Array, from: number, step: number) => {
    for (let at = from; at >= 0 && at + wanted.length <= all.length; at += step)
      if (wanted.every((byte, index) => byte === all[at + index])) return at;
    return -1;
  };
  const wanted = fc.uint8Array({ minLength: 1, maxLength: 3, max: 2 });
  const haystack = fc.uint8Array({ maxLength: 60, max: 2 });
  fc.assert(
    fc.property(haystack, wanted, fc.nat(70), (all, wantedBytes, from) => {
      const buffer = Buffer.from(all);
      const one = Buffer.from(wantedBytes);
      assert.equal(buffer.indexOf(one, from), naive(all, one, from, 1));
      assert.equal(buffer.lastIndexOf(one, from), naive(all, one, Math.min(from, all.length - one.length), -1));
      assert.equal(
        buffer.includes(one, from - all.length),
        naive(all, one, Math.max(0, from >= all.length ? from - all.length : from), 1) >= 0,
      );
    }),
  );
  const buffer = Buffer.from("this is a buffer");
  assert.deepEqual(
    [
      buffer.indexOf("is"),
      buffer.indexOf("is", 3),
      buffer.lastIndexOf("is"),
      buffer.lastIndexOf("is", 4),
      buffer.indexOf("is", -9),
    ],
    [2, 5, 5, 2, -1],
  );
  assert.deepEqual(
    [buffer.indexOf(97), buffer.indexOf(97 + 256), buffer.indexOf(99), buffer.includes("buffer")],
    [8, 8, -1, true],
  );
  assert.deepEqual([buffer.indexOf(""), buffer.indexOf("", 99), buffer.lastIndexOf("")], [0, 16, 16]);
  assert.equal(buffer.indexOf("6973", "hex" as never), 2);
  assert.equal(Buffer.from("xaxbxc", "utf16le").indexOf("b", 0, "utf16le"), 6);
  assert.equal(Buffer.of(0, 97, 0, 97, 0).indexOf("a", 0, "utf16le"), -1);
  assert.throws(() => buffer.indexOf({} as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("writes whole characters only", () => {
  const buffer = Buffer.alloc(6);
  assert.equal(buffer.write("€€€"), 6);
  assert.equal(buffer.fill(0).write("a😀b", 2), 1);
  assert.equal(buffer.toString("hex"), "000061000000");
  assert.equal(buffer.fill(0).write("abc", 1, 2), 2);
  assert.equal(buffer.write("abc", 5), 1);
  assert.equal(buffer.toString("latin1"), "\0ab\0\0a");
  assert.equal(buffer.write("ffee", "hex"), 2);
  assert.equal(buffer.write("abc", 1, "utf16le"), 4);
  assert.equal(buffer.write("abc", 1, 3, "utf16le"), 2);
  assert.equal(buffer.write("AAAAAAAAAAAA", "base64"), 6);
  assert.throws(() => buffer.write("a", 7), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => buffer.write(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("fill repeats", () => {
  const filled = (...args: unknown[]) => (Reflect.apply(Buffer.prototype.fill, Buffer.alloc(5), args) as Buffer).toString("hex");
  assert.equal(filled(0x1ff), "ffffffffff");
  assert.equal(filled("ab", 1), "0061626162");
  assert.equal(filled("ab", 1, 3), "0061620000");
  assert.equal(filled("abcd", "hex"), "abcdabcdab");
  assert.equal(filled(Uint8Array.of(1, 2), 2), "0000010201");
  assert.equal(filled(""), "0000000000");
  assert.equal(filled("é"), "c3a9c3a9c3");
  assert.equal(filled("a", 3, 2), "0000000000");
  assert.throws(() => filled("a", -1), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => filled("a", 0, 6), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => filled("zz", "hex"), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(() => filled("a", "nonsense"), { code: "ERR_UNKNOWN_ENCODING" });
});

test("copy copies what fits, within one buffer too", () => {
  const source = Buffer.from("abcdef");
  const target = Buffer.alloc(4, ".");
  assert.equal(source.copy(target, 1, 2, 4), 2);
  assert.equal(target.toString(), ".cd.");
  assert.equal(source.copy(target, 2), 2);
  assert.equal(source.copy(target, 4), 0);
  assert.equal(source.copy(source, 2, 0, 4), 4);
  assert.equal(source.toString(), "ababcd");
  assert.throws(() => source.copy(target, -1), { code: "ERR_OUT_OF_RANGE" });
  assert.throws(() => source.copy(target, 0, 7), { code: "ERR_OUT_OF_RANGE" });
});

test("swaps bytes", () => {
  const buffer = () => Buffer.from("0102030405060708", "hex");
  assert.equal(buffer().swap16().toString("hex"), "0201040306050807");
  assert.equal(buffer().swap32().toString("hex"), "0403020108070605");
  assert.equal(buffer().swap64().toString("hex"), "0807060504030201");
  assert.throws(() => Buffer.alloc(3).swap16(), { code: "ERR_INVALID_BUFFER_SIZE" });
});

type Numbers = Record<string, (...args: unknown[]) => unknown>;

test("numbers are read and written as a DataView does", () => {
  const kinds = ["Int16", "Int32", "UInt16", "UInt32", "BigInt64", "BigUInt64", "Float", "Double"];
  const nameOfView = (kind: string) =>
    kind
      .replace("UInt", "Uint")
      .replace(/^Float$/, "Float32")
      .replace("Double", "Float64");
  for (const kind of kinds)
    for (const end of ["LE", "BE"])
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 11, maxLength: 11 }), fc.nat(3), (all, at) => {
          const buffer = Buffer.from(all) as unknown as Buffer & Numbers;
          const view = new DataView(all.buffer) as unknown as Numbers;
          const value = buffer[`read${kind}${end}`]?.(at);
          assert.deepEqual(value, view[`get${nameOfView(kind)}`]?.(at, end === "LE"));
          const copy = Buffer.alloc(11) as unknown as Buffer & Numbers;
          const next = Number(copy[`write${kind}${end}`]?.(value, at));
          assert.deepEqual(copy[`read${kind.replace("UInt", "Uint")}${end}`]?.(at), value);
          if (!Number.isNaN(value)) assert.equal(copy.toString("hex", at, next), buffer.toString("hex", at, next));
        }),
      );
});

test("integers of up to six bytes are read and written", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), fc.integer({ min: 1, max: 6 }), (all, size) => {
      const buffer = Buffer.from(all);
      const value = (order: Uint8Array, signed: boolean) => {
        const big = BigInt(`0x${hexOf(order)}`);
        return Number(signed ? BigInt.asIntN(size * 8, big) : big);
      };
      const [be, le] = [all.slice(0, size), all.slice(0, size).reverse()];
      assert.equal(buffer.readUIntBE(0, size), value(be, false));
      assert.equal(buffer.readIntBE(0, size), value(be, true));
      assert.equal(buffer.readUIntLE(0, size), value(le, false));
      assert.equal(buffer.readIntLE(0, size), value(le, true));
      for (const copy of [Buffer.alloc(6), Buffer.alloc(6, 255)]) {
        assert.equal(copy.writeIntBE(value(be, true), 0, size), size);
        assert.equal(hexOf(copy.subarray(0, size)), hexOf(be));
        copy.writeUIntLE(value(le, false), 0, size);
        assert.equal(hexOf(copy.subarray(0, size)), hexOf(be));
      }
    }),
  );
});

test("numbers that do not fit are refused", () => {
  const buffer = Buffer.alloc(16);
  const range = (call: () => unknown, text: string) =>
    assert.throws(call, { code: "ERR_OUT_OF_RANGE", name: "RangeError", message: new RegExp(`It must be ${text}\\. Received`) });
  range(() => buffer.writeUInt8(256), ">= 0 and <= 255");
  range(() => buffer.writeInt8(-129), ">= -128 and <= 127");
  range(() => buffer.writeUInt16BE(70000), ">= 0 and <= 65535");
  range(() => buffer.writeInt32LE(2 ** 31), ">= -2147483648 and <= 2147483647");
  range(() => buffer.writeUIntBE(2 ** 40, 0, 5), ">= 0 and < 2 \\*\\* 40");
  range(() => buffer.writeBigInt64BE(2n ** 63n), ">= -\\(2n \\*\\* 63n\\) and < 2n \\*\\* 63n");
  range(() => buffer.readUIntBE(0, 7), ">= 1 and <= 6");
  range(() => buffer.readUInt8(16), ">= 0 and <= 15");
  range(() => buffer.readUInt8(-1), ">= 0 and <= 15");
  range(() => buffer.readDoubleBE(9), ">= 0 and <= 8");
  range(() => buffer.readUInt8(1.5), "an integer");
  range(() => buffer.writeUInt16BE(1, 15), ">= 0 and <= 14");
  assert.throws(() => buffer.readUInt8("1" as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => buffer.readUIntBE(undefined as never, 2), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => buffer.readUIntBE(0, undefined as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => Buffer.alloc(1).readUInt16BE(), { code: "ERR_BUFFER_OUT_OF_BOUNDS" });
  assert.deepEqual([buffer.writeUInt8(Number.NaN), buffer.writeInt16BE(-1.7), buffer.writeIntBE(1.7, 4, 6)], [1, 2, 10]);
  assert.equal(buffer.toString("hex", 0, 10), "ffff0000000000000001");
});

test("says what it is", () => {
  assert.equal((Buffer.from("abc") as unknown as { inspect(): string }).inspect(), "<Buffer 61 62 63>");
  assert.ok(kMaxLength >= 2 ** 31 - 1 && constants.MAX_LENGTH === kMaxLength);
  assert.deepEqual(
    ["utf8", "UTF-8", "hex", "", "latin2", undefined].map((name) => Buffer.isEncoding(name as never)),
    [true, true, true, false, false, false],
  );
  assert.deepEqual(
    [isUtf8(Buffer.from("é")), isUtf8(Buffer.of(0xc3)), isAscii(Buffer.from("a")), isAscii(Buffer.from("é"))],
    [true, false, true, false],
  );
  assert.deepEqual([btoa("ÿ\0"), atob("/wA="), atob(" /w A")], ["/wA=", "ÿ\0", "ÿ\0"]);
  assert.throws(() => btoa("€"), { name: "InvalidCharacterError" });
  assert.throws(() => atob("A"), { name: "InvalidCharacterError" });
  fc.assert(fc.property(short, (all) => isAscii(all) === all.every((byte) => byte < 128)));
});
