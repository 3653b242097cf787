// What is read of a journal: all of it, what is whole of one that was cut anywhere, and what is said of damage.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { admitted, inPhase, stamped } from "../../conformance/ledger.ts";
import { EMPTY_NETWORK, EVENT_VERSION, fold, type NetworkEvent } from "../../core/mod.ts";
import { anyCommands, eventsOf } from "../../tests/support/arbitrary_commands.ts";
import { eventLine, headerLine, snapshotLine } from "./lines.ts";
import { readContents } from "./read.ts";

const EVENTS = stamped([...admitted(2), ...inPhase(1, "ready"), ...inPhase(2, "failed")]);
const read = (text: string | Uint8Array) => readContents("j.jsonl", typeof text === "string" ? Buffer.from(text) : text);
const textOf = (events: readonly NetworkEvent[]) => headerLine("net") + events.map(eventLine).join("");
const throughJson = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;
const invalid = (text: string, message: RegExp) => assert.throws(() => read(text), { code: "journal-invalid", message });

test("what was written is read, and folds to the same state", () => {
  fc.assert(
    fc.property(anyCommands, (commands) => {
      const { events, network } = eventsOf(commands);
      const contents = read(textOf(events));
      assert.deepEqual(contents.events, throughJson(events));
      assert.deepEqual(fold(contents.events, contents.snapshot.network), network);
      assert.deepEqual([contents.network, contents.seq, contents.rest], ["net", events.length, "nothing"]);
    }),
    { numRuns: 50 },
  );
});

test("a journal that is cut at any byte is read up to the last line that is whole", () => {
  const bytes = Buffer.from(textOf(EVENTS));
  for (let length = 0; length <= bytes.length; length += 1) {
    const contents = read(bytes.subarray(0, length));
    const lines = bytes.subarray(0, length).toString().split("\n").length - 1;
    assert.deepEqual(contents.events, throughJson(EVENTS.slice(0, Math.max(0, lines - 1))), `${length} bytes`);
    assert.equal(contents.bytes, bytes.subarray(0, length).lastIndexOf(10) + 1);
    assert.equal(contents.rest, contents.bytes === length ? "nothing" : "torn");
  }
});

/** Begins with a zero: a line that lacks nothing but its end would be whole with a newline. */
const anyNoise = fc
  .uint8Array({ maxLength: 40 })
  .map((bytes) => (bytes.length === 0 ? bytes : Uint8Array.of(0, ...bytes.map((byte) => byte & 0x1f))));

test("random journals that are cut, or end in what a loss of power leaves, are read up to there", () => {
  fc.assert(
    fc.property(anyCommands, fc.nat(), anyNoise, (commands, at, noise) => {
      const { events } = eventsOf(commands);
      const bytes = Buffer.from(textOf(events));
      const whole = bytes.subarray(0, at % (bytes.length + 1));
      const header = whole.indexOf(10) + 1;
      const contents = read(header === 0 ? whole : Buffer.concat([whole, noise]));
      assert.deepEqual(contents.events, throughJson(events.slice(0, contents.events.length)));
      const lines = whole.toString().split("\n").length - 1;
      assert.equal(contents.events.length, Math.max(0, lines - 1));
    }),
    { numRuns: 100 },
  );
});

test("a line that is damaged before others is named", () => {
  const lines = textOf(EVENTS).split("\n");
  const damaged = (line: number, text: string) => read(lines.with(line - 1, text).join("\n"));
  for (const [text, why] of [
    ["", "It is not JSON"],
    ['{"seq":3,"at":1', "It is not JSON"],
    ["7", "It is not an object"],
    ["{}", "It is no event"],
    [lines[5] ?? "", "Event 5 comes after event 2"],
    [lines[2] ?? "", "Event 2 comes after event 2"],
  ] as const) {
    const contents = damaged(4, text);
    assert.deepEqual([contents.rest, contents.line, contents.why], ["damaged", 4, why], text);
    assert.equal(contents.events.length, 2);
  }
  assert.equal(damaged(lines.length - 1, "{}").rest, "torn", "nothing comes after it");
});

test("an event that nothing can be folded from is damage, also where nothing comes after it", () => {
  const lines = textOf(EVENTS).split("\n");
  const wrong = (event: object) => JSON.stringify({ seq: 3, at: 1, by: "x", v: EVENT_VERSION, host: 1, ...event });
  for (const [event, why] of [
    [{ type: "routes.set" }, 'Event "routes.set" has a "routes" that is not a list'],
    [{ type: "host.admitted", name: "x" }, 'Event "host.admitted" has a "vip" that is not text'],
    [{ type: "frontend.listening", frontend: "x" }, 'Event "frontend.listening" has a "address" that is not text'],
    [{ type: "host.ready", v: 0 }, "It has version 0; at least 1 was wanted"],
    [{ type: "host.ready", v: -5 }, "It has version -5; at least 1 was wanted"],
  ] as const) {
    for (const after of [lines.slice(4), [""], ["", '{"seq":4,"a']]) {
      const contents = read([...lines.slice(0, 3), wrong(event), ...after].join("\n"));
      assert.deepEqual([contents.rest, contents.line, contents.why], ["damaged", 4, why]);
      assert.equal(contents.events.length, 2);
    }
  }
});

test("a snapshot is the state that events continue from; up to its 'last' some may be missing, after it none", () => {
  const network = fold(EVENTS.slice(0, 3));
  const begin = headerLine("net") + snapshotLine({ v: EVENT_VERSION, seq: 3, network }, 6);
  const of = (...numbers: number[]) =>
    read(
      begin +
        EVENTS.filter(({ seq }) => numbers.includes(seq))
          .map(eventLine)
          .join(""),
    );
  assert.deepEqual(of().snapshot, { v: EVENT_VERSION, seq: 3, network });
  assert.deepEqual([of().seq, of(4, 6).seq, of(5).seq, of(5, 7).seq, of(7, 8).seq], [6, 6, 6, 7, 8]);
  assert.equal(of(8).rest, "torn");
  assert.deepEqual(fold(of(4, 5, 6, 7, 8).events, of().snapshot.network), fold(EVENTS.slice(0, 8)));
  assert.equal(read(headerLine("net")).snapshot.network, EMPTY_NETWORK);
});

test("a state that cannot be read is damage, also where nothing comes after it: it would be lost", () => {
  const line = snapshotLine({ v: EVENT_VERSION, seq: 3, network: fold(EVENTS.slice(0, 3)) }, 3);
  for (const text of [
    line.replace('"hosts":[', '"hosts":{'),
    line.slice(0, -20),
    line.slice(0, -1),
    line.replace(/"seq":3/, '"seq":-3'),
    line.replace(/"v":\d+/, '"v":0'),
    line.replace('"name":"host1"', '"name":7'),
  ]) {
    const { rest, line: at } = read(headerLine("net") + text);
    assert.deepEqual([rest, at], ["damaged", 2]);
  }
});

test("what a later norouter wrote is refused, whichever part is later", () => {
  const [event] = EVENTS as [NetworkEvent];
  invalid('{"type":"journal","format":99,"network":"net"}\n', /j\.jsonl is of a later norouter: it has format 99; at most 1 /);
  invalid(headerLine("net") + eventLine({ ...event, v: 99 }), /events of version 99; at most/);
  const snapshot = snapshotLine({ v: EVENT_VERSION, seq: 1, network: EMPTY_NETWORK }, 1);
  invalid(headerLine("net") + snapshot.replace(/"v":\d+/, '"v":99'), /snapshots of version 99; at most/);
});

test("a file of others is no journal, however it ends", () => {
  for (const text of ["hello", "hello\n", "{}\n", '{"type":"journal"}\n', `${textOf(EVENTS).slice(5)}`, "[]\n[]\n", "\0x"])
    invalid(text, /^j\.jsonl is not a journal$/);
  for (const torn of ["", '{"ty', '{"type":"journal","form', "\0\0\0"]) assert.equal(read(torn).network, undefined);
});
