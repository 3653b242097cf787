// Hours become days, and days one sum: nothing is lost, and nothing grows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY_MS, HOUR_MS, MOST_ROWS, NO_TRAFFIC, rowsOf, spanOf, type TrafficHistory, withHours } from "./history.ts";
import { sumOf } from "./rows.ts";

const NOON = Date.UTC(2026, 0, 1, 12);
const row = (bytesOut: number, port = 80) => ({ from: 1, to: 2, port, bytesOut, bytesIn: 0, streams: 0 });
const sumIn = ({ hours, days, before }: TrafficHistory) => sumOf([...before, ...rowsOf(days), ...rowsOf(hours)]).bytesOut;

test("200 days of an hourly roll-up keep every byte in a bounded number of spans", () => {
  let history = NO_TRAFFIC;
  let all = 0;
  for (let hour = 0; hour < 200 * 24; hour += 1) {
    const at = NOON + hour * HOUR_MS;
    history = withHours(history, { upTo: hour + 1, hours: [{ at, rows: [row(hour + 1)] }] }, at + HOUR_MS);
    all += hour + 1;
    assert.equal(sumIn(history), all);
    assert.ok(history.hours.length <= 9 * 24 && history.days.length <= 93);
  }
  assert.equal(history.upTo, 200 * 24);
  assert.ok(sumOf(history.before).bytesOut > 0, "the oldest days are one sum");
  assert.deepEqual(history.before.length, 1);
  for (const { at } of history.days) assert.equal(at, spanOf(at, DAY_MS));
  const lastDay = history.days.at(-1)?.at ?? 0;
  assert.equal(history.hours[0]?.at, lastDay + DAY_MS, "hours begin where days end");
});

test("a hundred thousand rows, and a clock that jumps back and forth, leave it bounded and right", () => {
  let history = NO_TRAFFIC;
  let all = 0;
  for (let round = 0; round < 100; round += 1) {
    const rows = Array.from({ length: 1000 }, (_, at) => row(1, (round * 1000 + at) % 65_536));
    const at = NOON + ((round * 7919) % 5000) * HOUR_MS;
    history = withHours(history, { upTo: round + 1, hours: [{ at: spanOf(at, HOUR_MS), rows }] }, at);
    all += 1000;
  }
  assert.equal(sumIn(history), all);
  assert.ok(history.hours.length <= 9 * 24 && history.days.length <= 93);
  for (const { rows } of [...history.hours, ...history.days, { rows: history.before }]) assert.ok(rows.length <= MOST_ROWS);
});
