// Whatever is asked, the answer is what was counted since the moment that it names: over days, restarts and lost events.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { stamped } from "../../conformance/ledger.ts";
import type { Fact, NetworkEvent } from "../ledger/events.ts";
import { EMPTY_NETWORK, evolve, type Network } from "../ledger/network.ts";
import { TrafficBook } from "./book.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./history.ts";
import { sumOf } from "./rows.ts";

const BEGIN = Date.UTC(2026, 0, 1, 12, 34, 56);
const rowOf = (bytesOut: number) => ({ from: 1, to: 2, port: 80, bytesOut, bytesIn: 2 * bytesOut, streams: 1 });

/** A log with a clock of its own, and the book of whoever follows it. */
function world() {
  const events: NetworkEvent[] = [];
  let network: Network = EMPTY_NETWORK;
  let now = BEGIN;
  const counted: { at: number; bytes: number }[] = [];
  const opened = (kept: Iterable<NetworkEvent>) =>
    new TrafficBook(() => network.traffic, { events: kept, seq: events.length, now });
  let book = opened([]);
  const write = (fact: Fact) => {
    const [event] = stamped([fact]) as [NetworkEvent];
    const written = { ...event, seq: events.length + 1, at: now };
    events.push(written);
    network = evolve(network, written);
    book.take(written);
  };
  return {
    get book() {
      return book;
    },
    events,
    network: () => network,
    now: () => now,
    pass: (ms: number) => {
      now += ms;
    },
    count(bytes: number) {
      counted.push({ at: now, bytes });
      write({ type: "traffic.counted", since: now, rows: [rowOf(bytes)] });
    },
    roll() {
      const pending = book.pending();
      if (pending) write({ type: "traffic.rolled", ...pending });
    },
    /** A manager takes the log up with what is left of it. */
    restart(isLeft: (event: NetworkEvent) => boolean = () => true) {
      book = opened(events.filter(isLeft));
    },
    /** What a book must answer, by every event there ever was. */
    check(since: number | undefined) {
      const answer = book.since(since, []);
      const from = answer.since ?? Number.NEGATIVE_INFINITY;
      const wanted = counted.filter(({ at }) => at >= from).reduce((sum, { bytes }) => sum + bytes, 0);
      const { bytesOut, bytesIn } = sumOf(answer.rows);
      assert.deepEqual([bytesOut, bytesIn], [wanted, 2 * wanted], `since ${since}, answered since ${answer.since}`);
      if (since !== undefined) assert.ok(from <= since, "it never leaves out what was asked for");
      return answer;
    },
  };
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant("count" as const), n: fc.integer({ min: 1, max: 1000 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant("pass" as const),
      n: fc.constantFrom(10_000, 61_000, 1_234_567, HOUR_MS, 7 * HOUR_MS, 3 * DAY_MS, 40 * DAY_MS),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("roll" as const), n: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("restart" as const), n: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("lose" as const), n: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("fold" as const), n: fc.constant(0) }) },
);

test("however time passes, what is asked since a moment is what was counted since the one that the answer names", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const made = world();
      for (const { what, n } of steps) {
        if (what === "count") made.count(n);
        else if (what === "pass") made.pass(n);
        else if (what === "roll") made.roll();
        else if (what === "restart") made.restart();
        // A snapshot has what durable events said, and those of class recent are still there.
        else if (what === "fold") made.restart(({ type }) => type !== "traffic.rolled");
        // Events of class recent may be lost once the state has what they said.
        else made.restart(({ type, seq }) => type !== "traffic.counted" || seq > made.network().traffic.upTo);
        for (const ago of [0, 30 * MINUTE_MS, HOUR_MS, DAY_MS, 5 * DAY_MS, 30 * DAY_MS, 300 * DAY_MS])
          made.check(made.now() - ago);
        assert.equal(made.check(undefined).since, undefined);
      }
    }),
    { numRuns: 100 },
  );
});

test("a moment is known to the minute for three hours, to the hour for eight days, to the day for a quarter of a year", () => {
  const made = world();
  for (let minute = 0; minute < 12 * 24 * 60; minute += 5) {
    made.count(1);
    made.pass(5 * MINUTE_MS);
    if (minute % 60 === 0) made.roll();
  }
  const roundedBy = (ago: number) => {
    const since = made.now() - ago;
    return since - (made.check(since).since ?? 0);
  };
  assert.ok(roundedBy(90 * MINUTE_MS) < MINUTE_MS);
  assert.ok(roundedBy(DAY_MS) < HOUR_MS && roundedBy(DAY_MS) >= MINUTE_MS);
  assert.ok(roundedBy(8 * DAY_MS) < HOUR_MS);
  assert.ok(roundedBy(10 * DAY_MS) < DAY_MS && roundedBy(10 * DAY_MS) >= HOUR_MS);
});

test("after a restart that lost single events, minutes are those from then on and hours are whole", () => {
  const made = world();
  made.count(5);
  made.roll();
  made.pass(2 * MINUTE_MS);
  made.restart(({ type }) => type !== "traffic.counted");
  assert.equal(made.check(made.now() - 2 * MINUTE_MS).since, Date.UTC(2026, 0, 1, 12));
  assert.equal(made.check(made.now() - MINUTE_MS).since, Date.UTC(2026, 0, 1, 12, 35));
  made.pass(2 * MINUTE_MS);
  made.count(7);
  assert.equal(sumOf(made.check(made.now()).rows).bytesOut, 7);
});

test("after a quarter of a year without traffic, what was counted before is still in every answer that goes back so far", () => {
  const made = world();
  made.count(5);
  made.pass(120 * DAY_MS);
  made.roll();
  made.check(made.now() - 300 * DAY_MS);
  made.count(7);
  assert.equal(made.check(made.now() - 300 * DAY_MS).since, undefined);
  made.roll();
  made.restart(({ type }) => type !== "traffic.counted");
  made.check(made.now() - DAY_MS);
});

test("what is not in the log yet counts as well", () => {
  const made = world();
  made.count(5);
  assert.equal(sumOf(made.book.since(undefined, [rowOf(3)]).rows).bytesOut, 8);
  assert.equal(sumOf(made.book.since(made.now(), [rowOf(3)]).rows).bytesOut, 8);
});
