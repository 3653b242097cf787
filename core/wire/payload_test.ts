// Payloads of the small kinds survive the way over the wire.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ERRORS, type ErrorCode, type ErrorRow, printable } from "../errors.ts";
import { decodeCredit, decodeOpen, decodeReason, encodeCredit, encodeOpen, encodeReason, type Target } from "./payload.ts";

const credit = fc.integer({ min: 0, max: 0xffff_ffff });
const port = fc.integer({ min: 0, max: 0xffff });
const utf8Length = (text: string) => new TextEncoder().encode(text).length;
const name = fc.string({ unit: "grapheme", maxLength: 255 }).filter((text) => utf8Length(text) <= 255);

const serviceName = fc.stringMatching(/^[a-z0-9-]{1,64}$/);

test("open round-trips for published ports, addresses, names and services", () => {
  const target: fc.Arbitrary<Target> = fc.oneof(
    fc.record({ kind: fc.constant("published" as const), port }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant("address" as const), host: name, port }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant("service" as const), name: serviceName, port }, { noNullPrototype: true }),
  );
  fc.assert(
    fc.property(credit, target, (bytes, to) => {
      const encoded = encodeOpen({ credit: bytes, target: to });
      assert.ok(encoded.length >= 8 && encoded.length <= 8 + 255);
      assert.deepEqual(decodeOpen(encoded), { credit: bytes, target: to });
      const udp = { credit: bytes, target: { ...to, protocol: "udp" as const } };
      assert.deepEqual(decodeOpen(encodeOpen(udp)), udp);
    }),
  );
});

test("a byte order mark is part of a name, not lost on the way", () => {
  const target = { kind: "address", host: "\ufeffweb", port: 80 } as const;
  assert.deepEqual(decodeOpen(encodeOpen({ credit: 1, target })).target, target);
});

test("a name of more than 255 bytes is refused before it is sent", () => {
  const open = (host: string) => encodeOpen({ credit: 1, target: { kind: "address", host, port: 1 } });
  assert.equal(open("a".repeat(255)).length, 263);
  for (const host of ["a".repeat(256), "ü".repeat(128)]) assert.throws(() => open(host), { code: "name-not-found" });
});

test("an open that asks for nothing a host has throws what its opener is answered", () => {
  const rawOf = (kind: number, protocol: number, ...rest: number[]) => Uint8Array.of(0, 0, 0, 1, 0, 80, kind, protocol, ...rest);
  const raw = (kind: number, ...rest: number[]) => rawOf(kind, 6, ...rest);
  for (const protocol of [0, 1, 5, 132, 255]) assert.throws(() => decodeOpen(rawOf(0, protocol)), { code: "not-published" });
  for (const kind of [3, 4, 255]) assert.throws(() => decodeOpen(raw(kind)), { code: "not-published" });
  assert.throws(() => decodeOpen(raw(0, 0x61)), { code: "not-published" });
  for (const service of ["", "DNS", "d.s", "a".repeat(65), "\ufeffdns", "\0"])
    assert.throws(() => decodeOpen(raw(2, ...new TextEncoder().encode(service))), { code: "not-published" }, service);
  assert.throws(() => decodeOpen(raw(2, 0xff)), { code: "not-published" });
  for (const name of [[0xff], [0x61, 0xc3]]) assert.throws(() => decodeOpen(raw(1, ...name)), { code: "name-not-found" });
});

test("credit round-trips up to its largest value", () => {
  fc.assert(fc.property(credit, (bytes) => assert.equal(decodeCredit(encodeCredit(bytes)), bytes)));
  assert.equal(decodeCredit(encodeCredit(0xffff_ffff)), 0xffff_ffff);
});

test("reasons keep their code and their text; long text is cut between characters at 512 bytes", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 2000, size: "max" }).map(printable);
  const onWire = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => (ERRORS[code] as ErrorRow).wire !== undefined);
  fc.assert(
    fc.property(fc.constantFrom(...onWire), text, (code, message) => {
      const encoded = encodeReason({ code, message });
      assert.ok(encoded.length <= 2 + 512);
      const decoded = decodeReason(encoded);
      assert.equal(decoded.code, code);
      assert.ok(message.startsWith(decoded.message), "the text is a beginning of what was sent");
      if (utf8Length(message) <= 512) assert.equal(decoded.message, message);
      else assert.ok(utf8Length(decoded.message) > 508, "no more than one character is lost at the cut");
    }),
  );
});

test("a code that never crosses a link arrives as internal, an unknown number as reset", () => {
  assert.equal(decodeReason(encodeReason({ code: "usage", message: "" })).code, "internal");
  assert.equal(decodeReason(Uint8Array.of(0xff, 0xff)).code, "reset");
});

test("text that is not UTF-8, and control characters, are read as U+FFFD", () => {
  assert.equal(decodeReason(Uint8Array.of(0, 1, 0x1b, 0x41)).message, "\ufffdA");
  assert.equal(decodeReason(Uint8Array.of(0, 1, 0xff, 0x41)).message, "\ufffdA");
});
