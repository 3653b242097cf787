// Bytes of netlink: requests are read as they were written, and no bytes at all make the reader throw, loop or look beyond them.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  attribute,
  attributesIn,
  be16,
  be32,
  FLAG,
  joined,
  messagesIn,
  nested,
  outcomeOf,
  type Received,
  requestBytes,
  text,
  u8,
  u16,
  u32,
} from "./message.ts";

const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString("hex"));
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const received = (type: number, body: Uint8Array): Received => ({ type, sequence: 1, body });
const anyRequest = fc.record({
  type: fc.nat(0xffff),
  flags: fc.nat(0xffff),
  sequence: fc.nat(0xffff_ffff),
  body: fc.array(fc.uint8Array({ maxLength: 5 }).map((bytes) => attribute(1, bytes))),
});

/** The same bytes within others, as a reader gets them that reads into one buffer again and again. */
function amongOthers(bytes: Uint8Array): Uint8Array {
  return joined([new Uint8Array(7).fill(0xff), bytes, new Uint8Array(64).fill(0xff)]).subarray(7, 7 + bytes.length);
}

/** What was found lies within `whole`. */
function assertWithin(whole: Uint8Array, found: Uint8Array): void {
  assert.equal(found.buffer, whole.buffer);
  assert.ok(found.byteOffset >= whole.byteOffset, "it begins before the bytes");
  assert.ok(found.byteOffset + found.length <= whole.byteOffset + whole.length, "it ends after the bytes");
}

test("numbers and text have their bytes", () => {
  assert.deepEqual([u8(0x12), u16(0x1234), u32(0x12345678)].map(hex), ["12", "3412", "78563412"]);
  assert.deepEqual([be16(0x1234), be32(0x12345678), be32(-150)].map(hex), ["1234", "12345678", "ffffff6a"]);
  assert.equal(hex(text("vips")), "7669707300");
});

test("a request begins with its length, type, flags and number, and says that it is one", () => {
  const request = { type: 0x0a06, flags: FLAG.ack, sequence: 0x01020304, body: [u8(7), u8(8), be16(9)] };
  assert.equal(hex(requestBytes(request)), "14000000060a0500040302010000000007080009");
});

test("an attribute is filled up to four bytes, and its length is that of its value", () => {
  assert.equal(hex(attribute(3, text("vips"))), "090003007669707300000000");
  assert.equal(hex(attribute(1, u8(1), be32(2))), "09000100" + "0100000002000000");
  assert.equal(hex(attribute(7)), "04000700");
});

test("a nested attribute is marked, and holds others with their filling", () => {
  const inner = attribute(1, u8(5));
  const outer = nested(2, inner, attribute(2, u16(6)));
  assert.equal(hex(outer), "14000280" + "0500010005000000" + "0600020006000000");
  const values = attributesIn(outer, 0);
  assert.deepEqual([...values.keys()], [2], "the mark is no part of the type");
  const within = attributesIn(values.get(2) ?? new Uint8Array(), 0);
  assert.deepEqual([hex(within.get(1)), hex(within.get(2))], ["05", "0600"]);
});

test("attributes are read after a header; of several of a type the last counts", () => {
  const body = joined([u32(0xffffffff), attribute(1, u8(1)), attribute(2, u32(2)), attribute(1, u8(3))]);
  const found = attributesIn(body, 4);
  assert.deepEqual([hex(found.get(1)), hex(found.get(2)), found.size], ["03", "02000000", 2]);
  assert.equal(attributesIn(body, body.length).size, 0);
  assert.equal(attributesIn(body, body.length + 8).size, 0);
});

test("requests are read as they were written, also several in one datagram", () => {
  const property = fc.property(fc.array(anyRequest, { maxLength: 5 }), (requests) => {
    const found = messagesIn(amongOthers(joined(requests.map(requestBytes))));
    assert.deepEqual(
      found.map(({ type, sequence, body }) => [type, sequence, hex(body)]),
      requests.map(({ type, sequence, body }) => [type, sequence, hex(joined(body))]),
    );
  });
  fc.assert(property);
});

test("attributes are read as they were written", () => {
  const property = fc.property(
    fc.uniqueArray(fc.nat(0x3fff)),
    fc.uint8Array({ maxLength: 9 }),
    fc.nat(8),
    (types, value, from) => {
      const body = joined([new Uint8Array(from), ...types.map((type) => attribute(type, value))]);
      assert.deepEqual(
        [...attributesIn(amongOthers(body), from)].map(([type, found]) => [type, hex(found)]),
        types.map((type) => [type, hex(value)]),
      );
    },
  );
  fc.assert(property);
});

test("the last message of a datagram needs no filling", () => {
  const [only] = messagesIn(bytesOf("11000000 0300 0000 07000000 00000000 aa"));
  assert.deepEqual([only?.type, only?.sequence, hex(only?.body)], [3, 7, "aa"]);
});

for (const [what, length] of [
  ["no length", 0],
  ["less than a header", 15],
  ["one byte more than there is", 21],
  ["the largest length", 0xffff_ffff],
  ["a length that is below zero as a signed number", 0x8000_0000],
] as const) {
  test(`a message of ${what} ends a datagram; what came before it counts`, () => {
    const first = requestBytes({ type: 9, flags: 0, sequence: 1, body: [] });
    const second = requestBytes({ type: 10, flags: 0, sequence: 2, body: [u32(0)] });
    second.set(u32(length), 0);
    const found = messagesIn(amongOthers(joined([first, second])));
    assert.deepEqual(
      found.map(({ type }) => type),
      [9],
    );
  });
}

for (const length of [0, 3, 9, 0xffff]) {
  test(`an attribute with a length of ${length} where there are 8 bytes ends a list`, () => {
    const last = attribute(2, u32(0));
    last.set(u16(length), 0);
    assert.deepEqual([...attributesIn(amongOthers(joined([attribute(1), last])), 0).keys()], [1]);
  });
}

/** Any bytes, and bytes with lengths that look right. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.uint8Array({ maxLength: 200, max: 24 }),
  fc.array(fc.tuple(anyRequest, fc.nat(60)), { maxLength: 4 }).map((all) =>
    joined(
      all.map(([request, length]) => {
        const bytes = requestBytes(request);
        bytes[0] = length;
        return bytes;
      }),
    ),
  ),
);

test("no bytes make messages or attributes throw or reach beyond them, and each takes its part of them", () => {
  const property = fc.property(anyBytes, fc.nat(30), (bytes, from) => {
    const whole = amongOthers(bytes);
    const messages = messagesIn(whole);
    assert.ok(messages.length <= whole.length / 16);
    for (const message of messages) {
      assertWithin(whole, message.body);
      for (const value of attributesIn(message.body, from).values()) assertWithin(message.body, value);
      outcomeOf(message);
    }
    const attributes = attributesIn(whole, from);
    assert.ok(attributes.size <= whole.length / 4);
    for (const value of attributes.values()) assertWithin(whole, value);
  });
  fc.assert(property, { numRuns: 1000 });
});

test("the outcome of a request is an error, or 0 when it was done", () => {
  // As Linux answered: an acknowledgement, the end of a list, and EPERM.
  const acknowledged = "240000000200000101000000ec760000 000000001c000000020305000100000000000000";
  const ended = "140000000300020007000000b4760000 00000000";
  const refused = "240000000200000001000000ec760000 ffffffff1c000000020305000100000000000000";
  const outcomes = [acknowledged, ended, refused].flatMap((message) => messagesIn(bytesOf(message)).map(outcomeOf));
  assert.deepEqual(outcomes, [0, 0, -1]);
});

test("a list that could not be made whole ends with an error", () => {
  assert.equal(outcomeOf(received(3, bytesOf("feffffff"))), -2);
  assert.equal(outcomeOf(received(3, new Uint8Array())), 0);
});

test("other messages have no outcome, nor has an error without a number", () => {
  assert.equal(outcomeOf(received(0x300, bytesOf("ffffffff"))), undefined);
  assert.equal(outcomeOf(received(2, bytesOf("ffffff"))), undefined);
});
