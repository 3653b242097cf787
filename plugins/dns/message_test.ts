// Answers as bytes: what the DNS library reads from them, and that they are never larger than who asked can take.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type DecodedPacket, decode, encode, type OptAnswer } from "dns-packet";
import { type Ask, questionOf, show } from "../../tests/support/dns_tools.ts";
import { EDE, RCODE } from "./codes.ts";
import { answerTo, passedOn, type Reply } from "./message.ts";
import { type Query, readQuery, udpBytes } from "./query.ts";

const EDNS = { additionals: [{ type: "OPT", name: ".", udpPayloadSize: 1400, flags: 0x8000 }] } as never;

function queryOf(wanted: Partial<Ask> = {}): Query {
  const query = readQuery(questionOf({ name: "Web", ...wanted }));
  if (query === undefined || query instanceof Uint8Array) throw new assert.AssertionError({ message: "it was read" });
  return query;
}

function answered(query: Query, reply: Reply, most?: number): DecodedPacket {
  return decode(Buffer.from(answerTo(query, reply, most)));
}

test("records follow the question, under its name as it was written", () => {
  const records = [
    { type: "A", ttl: 10, data: "127.0.42.1" },
    { type: "AAAA", ttl: 10, data: "fd00::1" },
    { type: "PTR", ttl: 10, data: "web.example" },
  ] as const;
  const answer = answered(queryOf(), { rcode: RCODE.NOERROR, authoritative: true, records });
  assert.equal(show(answer), 'NOERROR aa Web A "127.0.42.1" Web AAAA "fd00::1" Web PTR "web.example"');
  assert.deepEqual([answer.id, answer.flag_rd, answer.flag_ra, answer.flag_cd], [4711, true, true, false]);
  assert.deepEqual(answer.questions, [{ name: "Web", type: "A", class: "IN" }]);
  assert.deepEqual(answer.additionals, []);
});

test("'checking disabled' and 'recursion desired' come back (RFC 4035 section 3.2.2)", () => {
  assert.equal(answered(queryOf({ packet: { flags: 0x0010 } }), { rcode: RCODE.NOERROR }).flag_cd, true);
  assert.equal(answered(queryOf({ packet: { flags: 0x0010 } }), { rcode: RCODE.NOERROR }).flag_rd, false);
});

test("who speaks EDNS hears it, with the reason and codes beyond 15", () => {
  const query = queryOf({ packet: EDNS });
  const answer = answered(query, { rcode: RCODE.BADVERS, reason: { code: EDE.BLOCKED, text: "Route 1 refuses it" } });
  const [option] = answer.additionals as OptAnswer[];
  assert.deepEqual([option?.udpPayloadSize, option?.flag_do, option?.extendedRcode], [1232, true, 1]);
  const [reason] = (option?.options ?? []) as unknown as { code: number; data: Buffer }[];
  assert.equal(reason?.code, 15);
  assert.deepEqual([reason?.data.readUInt16BE(0), reason?.data.subarray(2).toString()], [15, "Route 1 refuses it"]);
});

test("an answer that does not fit is cut to the question, and says so", () => {
  const records = Array.from({ length: 40 }, (_, at) => ({ type: "A", ttl: 10, data: `10.0.0.${at}` }) as const);
  for (const packet of [{}, EDNS]) {
    const query = queryOf({ packet });
    const whole = answerTo(query, { rcode: RCODE.NOERROR, records });
    const cut = answered(query, { rcode: RCODE.NOERROR, records }, udpBytes(queryOf()));
    assert.ok(whole.length > 512);
    assert.deepEqual([cut.flag_tc, cut.answers?.length, cut.additionals?.length], [true, 0, packet === EDNS ? 1 : 0]);
  }
});

test("another server's answer passes as it is, but for number and case of the name", () => {
  const query = queryOf({ packet: EDNS });
  const questions = [{ name: "WEB", type: "A" } as const];
  const answers = [{ name: "WEB", type: "UNKNOWN_65280", ttl: 5, data: Buffer.from([1, 2, 3]) }] as never;
  const answer = encode({ type: "response", id: 9, flags: 0x0420, questions, answers });
  const passed = passedOn(query, answer, 1400);
  const wanted = encode({ type: "response", id: 4711, flags: 0x0420, questions: [{ name: "Web", type: "A" }], answers });
  assert.deepEqual([...passed], [...wanted]);
  const cut = decode(Buffer.from(passedOn(query, answer, 20)));
  assert.deepEqual([cut.id, cut.flag_tc, cut.flag_aa, cut.flag_ad, cut.answers?.length], [4711, true, true, true, 0]);
});
