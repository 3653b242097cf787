// Answers of other hosts: what was asked for goes on, and nothing else that an honest or a hostile host adds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, decode, encode, type Packet } from "dns-packet";
import { NoRouterError } from "../../core/mod.ts";
import { questionOf, show } from "../../tests/support/dns_tools.ts";
import { farReply } from "./far_reply.ts";
import { answerTo } from "./message.ts";
import { type Query, readQuery } from "./query.ts";

const EDNS = { additionals: [{ type: "OPT", name: ".", udpPayloadSize: 1400, flags: 0x8000 }] } as never;

function queryOf(name: string, type = "A", packet: Packet = {}): Query {
  const query = readQuery(questionOf({ name, type, packet }));
  if (query === undefined || query instanceof Uint8Array) throw new assert.AssertionError({ message: "it was read" });
  return query;
}

/** What who asked gets when another host answers so. */
function passed(query: Query, message: Uint8Array) {
  return decode(Buffer.from(answerTo(query, farReply(query.question, message))));
}

function answered(name: string, type: string, answers: readonly unknown[], more: Packet = {}): Uint8Array {
  const questions = [{ name, type: type as "A" }];
  return encode({ type: "response", id: 9, flags: 0x0180, questions, answers: answers as Answer[], ...more });
}

const a = (name: string, data: string) => ({ type: "A", name, ttl: 9, data });
const alias = (name: string, data: string) => ({ type: "CNAME", name, ttl: 9, data });

test("records of other names, of other types, of the other sections and of other classes are left out", () => {
  const hostile = answered(
    "x.corp",
    "A",
    [
      a("www.bank.com", "6.6.6.6"),
      a("X.Corp", "10.0.0.1"),
      { ...a("x.corp", "10.0.0.3"), class: "CH" },
      { type: "TXT", name: "x.corp", ttl: 9, data: "no" },
      a("x.corp", "10.0.0.2"),
    ],
    {
      authorities: [{ type: "NS", name: "com", ttl: 9, data: "ns.evil" }],
      additionals: [a("ns.evil", "6.6.6.6")] as Answer[],
    },
  );
  const answer = passed(queryOf("x.corp"), hostile);
  assert.equal(show(answer), 'NOERROR x.corp A "10.0.0.1" x.corp A "10.0.0.2"');
  assert.deepEqual([answer.authorities, answer.additionals], [[], []]);
});

test("aliases are followed within the answer and left out: no other name is told anything about", () => {
  const answers = [
    alias("x.corp", "y.corp"),
    alias("y.corp", "www.bank.com"),
    a("www.bank.com", "6.6.6.6"),
    a("z.com", "6.6.6.7"),
  ];
  assert.equal(show(passed(queryOf("x.corp"), answered("x.corp", "A", answers))), 'NOERROR x.corp A "6.6.6.6"');
  const circle = [alias("x.corp", "y.corp"), alias("y.corp", "x.corp")];
  assert.equal(show(passed(queryOf("x.corp"), answered("x.corp", "A", circle))), "NOERROR");
  assert.equal(show(passed(queryOf("x.corp", "CNAME"), answered("x.corp", "CNAME", answers))), 'NOERROR x.corp CNAME "y.corp"');
  assert.equal(show(passed(queryOf("x.corp", "ANY"), answered("x.corp", "ANY", answers))), 'NOERROR x.corp CNAME "y.corp"');
});

test("names within records are the same without the message that they pointed into", () => {
  const records = [
    { type: "MX", name: "x.corp", ttl: 9, data: { preference: 5, exchange: "mail.x.corp" } },
    { type: "SRV", name: "x.corp", ttl: 9, data: { priority: 1, weight: 2, port: 3, target: "srv.x.corp" } },
    {
      type: "SOA",
      name: "x.corp",
      ttl: 9,
      data: { mname: "n.x.corp", rname: "r.corp", serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
    },
  ];
  const answer = passed(queryOf("x.corp", "ANY"), answered("x.corp", "ANY", [a("other", "1.1.1.1"), ...records]));
  const data = (answer.answers ?? []).map((record) => "data" in record && record.data);
  assert.deepEqual(
    data,
    records.map((record) => record.data),
  );
  // The library writes no pointers: a question for x.corp, and an MX of 5 and "mail" before a pointer to it.
  const { question } = queryOf("x.corp", "MX");
  const head = Uint8Array.of(0, 9, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0);
  const record = Buffer.from("c00c000f000100000009000900 05046d61696cc00c".replace(" ", ""), "hex");
  const pointed = passed(queryOf("x.corp", "MX"), Buffer.concat([head, question.bytes, record]));
  assert.equal(show(pointed), 'NOERROR x.corp MX {"preference":5,"exchange":"mail.x.corp"}');
});

test("codes beyond 15 and reasons come through, flags that claim a check do not", () => {
  const data = Buffer.from("\0\u000froute 1\u0007 refuses it");
  const option = { type: "OPT", name: ".", udpPayloadSize: 4096, extendedRcode: 1, options: [{ code: 15, data }] };
  const message = answered("x.corp", "A", [], { flags: 0x05a0, additionals: [option] as never });
  const answer = passed(queryOf("x.corp", "A", EDNS), message);
  assert.deepEqual([answer.flag_aa, answer.flag_ad, answer.flag_tc, answer.additionals?.length], [true, false, false, 1]);
  const [own] = (answer.additionals ?? []) as unknown as { extendedRcode: number; options: { code: number; data: Buffer }[] }[];
  assert.deepEqual([own?.extendedRcode, own?.options.length], [1, 1]);
  assert.equal(String(own?.options[0]?.data), "\0\u000froute 1? refuses it");
  assert.equal(passed(queryOf("x.corp"), answered("x.corp", "A", [], { flags: 0x0200 })).flag_tc, true);
});

test("whatever is cut off or changed in an answer, it is read or said to be malformed", () => {
  const query = queryOf("x.corp", "ANY");
  const whole = answered("x.corp", "ANY", [
    alias("x.corp", "y.corp"),
    { type: "MX", name: "x.corp", ttl: 9, data: { preference: 5, exchange: "mail.x.corp" } },
    a("y.corp", "10.0.0.1"),
  ]);
  const start = 12 + query.question.bytes.length;
  let refused = 0;
  const tryOut = (message: Uint8Array) => {
    try {
      answerTo(query, farReply(query.question, message));
    } catch (thrown) {
      assert.ok(thrown instanceof NoRouterError && thrown.code === "reset", String(thrown));
      refused += 1;
    }
  };
  for (let length = start; length < whole.length; length += 1) tryOut(whole.subarray(0, length));
  assert.equal(refused, whole.length - start);
  for (let at = start; at < whole.length; at += 1) {
    for (const value of [0, 1, 12, 63, 64, 0xc0, 0xff]) {
      const changed = Uint8Array.from(whole);
      changed[at] = value;
      tryOut(changed);
    }
  }
});

/** As {@link passed}, where addresses of 127.0.0.0/8 and `::1` are refused. */
function filtered(query: Query, message: Uint8Array) {
  const refuses = (address: string) => (/^127\.|^::1$/.test(address) ? `${address} is refused` : undefined);
  return farReply(query.question, message, refuses);
}

test("addresses that are refused are left out, also at the end of aliases and as hints; nothing left says why", () => {
  const both = [alias("x.corp", "y.corp"), a("y.corp", "127.0.0.1"), a("y.corp", "10.0.0.1")];
  assert.equal(filtered(queryOf("x.corp"), answered("x.corp", "A", both)).raw?.length, 1);
  const six = answered("x.corp", "AAAA", [{ type: "AAAA", name: "x.corp", ttl: 9, data: "::1" }]);
  const { raw, reason } = filtered(queryOf("x.corp", "AAAA"), six);
  assert.deepEqual([raw, reason], [[], { code: 15, text: "::1 is refused" }]);
  const hints = (...ipv4: number[]) => Buffer.of(0, 1, 0, 0, 1, 0, 3, 2, 104, 50, 0, 4, 0, ipv4.length, ...ipv4);
  const svcb = (data: Buffer) => answered("x.corp", "UNKNOWN_65", [{ type: "UNKNOWN_65", name: "x.corp", ttl: 9, data }]);
  const query = queryOf("x.corp", "UNKNOWN_65");
  assert.equal(filtered(query, svcb(hints(10, 0, 0, 1))).raw?.length, 1);
  assert.equal(filtered(query, svcb(hints(10, 0, 0, 1, 127, 0, 0, 1))).raw?.length, 0);
});

test("nothing is kept for longer than a day", () => {
  const ttlOf = (ttl: number) =>
    passed(queryOf("x.corp"), answered("x.corp", "A", [{ ...a("x.corp", "10.0.0.1"), ttl }])).answers?.[0];
  for (const [said, kept] of [
    [9, 9],
    [252_288_000, 86_400],
    [0xffff_ffff, 0],
  ] as const)
    assert.equal((ttlOf(said) as { ttl?: number } | undefined)?.ttl, kept);
});
