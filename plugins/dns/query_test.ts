// Questions from anybody: what is read, what is answered to what is no proper question, and that nothing hostile throws or lasts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "dns-packet";
import fc from "fast-check";
import { DEFAULT_LIMITS } from "../../core/mod.ts";
import { type Ask, questionOf } from "../../tests/support/dns_tools.ts";
import { processorMs } from "../../tests/support/processor_time.ts";
import { RCODE } from "./codes.ts";
import { isAnswerTo, type Query, readQuery, sameness, udpBytes } from "./query.ts";
import { nameService } from "./service.ts";

const asked = (wanted: Partial<Ask> = {}): Uint8Array => questionOf({ name: "web.example", ...wanted });

function read(message: Uint8Array): Query {
  const query = readQuery(message);
  if (query === undefined || query instanceof Uint8Array) throw new assert.AssertionError({ message: "it was read" });
  return query;
}

/** A question with bytes changed. */
function changed(change: Readonly<Record<number, number>>, message = asked()): Uint8Array {
  const copy = Uint8Array.from(message);
  for (const [at, byte] of Object.entries(change)) copy[Number(at)] = byte;
  return copy;
}

function withName(...name: number[]): Uint8Array {
  return Uint8Array.of(...asked().subarray(0, 12), ...name, 0, 1, 0, 1);
}

const label = (length: number) => [length, ...Array.from({ length }, () => 0x61)];
const option = (...rdata: number[]) => ({
  additionals: [{ type: "UNKNOWN_41", name: ".", class: "UNKNOWN_1232", ttl: 0, data: Buffer.from(rdata) }] as never,
});

test("a question is read with its name in one form and its bytes as they are", () => {
  const { id, question, edns } = read(asked({ name: "wWw.Exa_mple", type: "TXT" }));
  assert.deepEqual([id, question.name, question.type, question.class], [4711, "www.exa_mple", 16, 1]);
  assert.equal(Buffer.from(question.bytes).toString("latin1"), "\x03wWw\x08Exa_mple\0\0\x10\0\x01");
  assert.equal(edns, undefined);
  assert.equal(read(withName(0)).question.name, ".");
});

test("bytes that no host name has cannot be mistaken for others", () => {
  assert.equal(read(withName(7, ..."web.lan".split("").map((c) => c.charCodeAt(0)), 0)).question.name, "web\\046lan");
  assert.equal(read(withName(3, 0x5c, 0, 0xff, 0)).question.name, "\\092\\000\\255");
});

test("EDNS says how large an answer may be, within bounds", () => {
  for (const [wanted, given] of [
    [100, 512],
    [1232, 1232],
    [65_535, 4096],
  ] as const) {
    const packet = { additionals: [{ type: "OPT", name: ".", udpPayloadSize: wanted, flags: 0x8000 }] } as never;
    const query = read(asked({ packet }));
    assert.deepEqual([udpBytes(query), query.edns?.dnssec, query.edns?.version], [given, true, 0]);
  }
  assert.equal(udpBytes(read(asked())), 512);
});

test("a name of 255 bytes with labels of 63 is read", () => {
  const name = [...label(63), ...label(63), ...label(63), ...label(61), 0];
  assert.equal(name.length, 255);
  assert.equal(read(withName(...name)).question.name.length, 253);
});

for (const [what, message, wanted] of [
  ["less than a header", asked().subarray(0, 11), undefined],
  ["an answer", changed({ 2: 0x81 }), undefined],
  ["a status request", changed({ 2: 0x10 }), RCODE.NOTIMP],
  ["a notification", changed({ 2: 0x20 }), RCODE.NOTIMP],
  ["an update", changed({ 2: 0x28 }), RCODE.NOTIMP],
  ["no question", changed({ 5: 0 }), RCODE.FORMERR],
  ["two questions", changed({ 5: 2 }), RCODE.FORMERR],
  ["a header alone", asked().subarray(0, 12), RCODE.FORMERR],
  ["a question that is cut", asked().subarray(0, asked().length - 1), RCODE.FORMERR],
  ["a byte too many", Uint8Array.of(...asked(), 0), RCODE.FORMERR],
  ["a record that is not there", changed({ 11: 1 }), RCODE.FORMERR],
  ["65,535 records", changed({ 10: 255, 11: 255 }), RCODE.FORMERR],
  ["a label of 64 bytes", withName(...label(64), 0), RCODE.FORMERR],
  ["a name of 256 bytes", withName(...label(63), ...label(63), ...label(63), ...label(62), 0), RCODE.FORMERR],
  ["a pointer to itself", withName(0xc0, 12), RCODE.FORMERR],
  ["a pointer into the header", withName(0xc0, 0), RCODE.FORMERR],
  ["a pointer forward", withName(0xc0, 14, 0), RCODE.FORMERR],
  ["a label of a kind that is not used", withName(0x80, 1, 0), RCODE.FORMERR],
  ["an EDNS option that is cut", asked({ packet: option(0, 10, 0, 8, 1) }), RCODE.FORMERR],
  ["more than is read", asked({ packet: option(0, 12, 0x0f, 0xff, ...new Uint8Array(4095)) }), RCODE.FORMERR],
] as const) {
  test(`${what} is ${wanted === undefined ? "not answered" : `answered with code ${wanted}`}`, () => {
    const answer = readQuery(message);
    if (wanted === undefined) return assert.equal(answer, undefined);
    assert.ok(answer instanceof Uint8Array);
    assert.equal(answer.length, 12);
    assert.deepEqual([...answer.subarray(0, 2), (answer[2] ?? 0) & 0x80, (answer[3] ?? 0) & 0x0f], [0x12, 0x67, 0x80, wanted]);
  });
}

test("two EDNS records, or one that is not the root's, are malformed", () => {
  const opt = { type: "OPT", name: ".", udpPayloadSize: 1232 } as never;
  const twice = readQuery(asked({ packet: { additionals: [opt, opt] } }));
  assert.ok(twice instanceof Uint8Array && (twice[3] ?? 0) === RCODE.FORMERR);
  const named = Uint8Array.of(...changed({ 11: 1 }), 0xc0, 12, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0);
  assert.ok(readQuery(named) instanceof Uint8Array);
  const forward = Uint8Array.of(...changed({ 11: 1 }), 0xc0, 200, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0);
  assert.ok(readQuery(forward) instanceof Uint8Array);
  const back = Uint8Array.of(...changed({ 11: 1 }), 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0);
  assert.equal(read(back).edns, undefined);
});

test("an answer must have the number and the question; letters of the name may differ in case, numbers may not", () => {
  const query = read(asked({ name: "Web", type: "UNKNOWN_65" }));
  const answer = changed({ 2: 0x81, 13: 0x77 }, query.message);
  assert.equal(isAnswerTo(query.question, 4711, answer), true);
  assert.equal(isAnswerTo(query.question, 4712, answer), false);
  assert.equal(isAnswerTo(query.question, 4711, query.message), false, "a question is no answer");
  assert.equal(isAnswerTo(query.question, 4711, changed({ 2: 0x81, 13: 0x78 }, query.message)), false, "another name");
  assert.equal(isAnswerTo(query.question, 4711, changed({ 2: 0x81, 18: 97 }, query.message)), false, "type 97 is not 65");
  assert.equal(isAnswerTo(query.question, 4711, changed({ 2: 0x81, 5: 0 }, query.message)), false, "no question");
  assert.equal(isAnswerTo(query.question, 4711, answer.subarray(0, 15)), false, "cut");
});

test("questions are the same when only number and case differ", () => {
  const one = sameness(read(asked({ name: "WEB" })));
  assert.equal(one, sameness(read(asked({ name: "web", packet: { id: 1 } }))));
  for (const other of [{ name: "wab" }, { name: "web", type: "AAAA" }, { name: "web", packet: { flags: 0x0110 } }]) {
    assert.notEqual(one, sameness(read(asked(other))));
  }
});

/** Valid questions with some of their bytes changed, cut or added to. */
const mutated = fc
  .tuple(
    fc.constantFrom(
      asked(),
      asked({ name: "a.b.c.d.e.f" }),
      asked({ packet: { additionals: [{ type: "OPT", name: ".", udpPayloadSize: 1232 }] } as never }),
      Uint8Array.of(...changed({ 11: 1 }), 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0),
    ),
    fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 6 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.nat(70),
  )
  .map(([message, changes, more, length]) =>
    Uint8Array.of(...changed(Object.fromEntries(changes), message).subarray(0, length), ...more),
  );

test("no bytes at all make it throw, and UDP answers stay small and are about the question", async () => {
  const service = nameService(() => ({ rcode: RCODE.NOERROR, records: [{ type: "A", ttl: 10, data: "127.0.42.1" }] }), {
    limits: DEFAULT_LIMITS,
  });
  const property = fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 600 })), (message) => {
    const answer = service.answer(message, "udp");
    if (answer === undefined) return;
    assert.ok(answer instanceof Uint8Array);
    assert.ok(answer.length <= message.length + 32 && answer.length <= 512, `${answer.length} bytes for ${message.length}`);
    assert.deepEqual([...answer.subarray(0, 2)], [...message.subarray(0, 2)]);
    assert.equal(decode(Buffer.from(answer)).type, "response");
  });
  fc.assert(property, { numRuns: 2000 });
});

test("10,000 packets of random bytes and of nothing but pointers take well under a second", () => {
  const random = fc.sample(fc.uint8Array({ minLength: 12, maxLength: 512 }), 100);
  const pointers = Uint8Array.from({ length: 4096 }, (_, at) => (at % 2 === 0 ? 0xc0 : 12));
  pointers.set([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0, 0, 1, 0, 1], 0);
  const took = processorMs(() => {
    for (let turn = 0; turn < 10_000; turn += 1) {
      readQuery(pointers);
      const message = random[turn % random.length] as Uint8Array;
      readQuery(changed({ 2: 1, 4: 0, 5: 1 }, message));
    }
  });
  assert.ok(took < 1000, `${took} ms`);
});
