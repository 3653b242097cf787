// Beats: a link that does not open is late, one on which nothing arrives is dead, and any byte counts as life.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { Heartbeat } from "./heartbeat.ts";

// Below the table's range on purpose: the class does not check, and the test waits for beats, not for seconds.
const LIMITS = { ...DEFAULT_LIMITS, heartbeatMs: 2, heartbeatMisses: 3 };

function started(opening: number, onBeat: () => void = () => undefined) {
  const calls: string[] = [];
  const handlers = {
    opening,
    late: () => void calls.push("late"),
    beat: () => {
      calls.push("beat");
      onBeat();
    },
    dead: () => {
      calls.push("dead");
      heartbeat.stop();
    },
  };
  const heartbeat: Heartbeat = new Heartbeat(LIMITS, handlers);
  heartbeat.start();
  return { heartbeat, calls };
}

test("a link that does not open is late, once", async () => {
  const { calls, heartbeat } = started(1);
  await waitFor(() => calls.length > 0, { what: "the link to be late", everyMs: 1 });
  assert.deepEqual(calls, ["late"]);
  heartbeat.stop();
});

test("a link that opened is late until it is confirmed", async () => {
  const { calls, heartbeat } = started(1);
  heartbeat.opened();
  await waitFor(() => calls.includes("late"), { what: "the link to be late", everyMs: 1 });
  heartbeat.stop();
});

test("a link that was confirmed is not late; silence kills it after as many beats as the limit says", async () => {
  const { calls, heartbeat } = started(1);
  heartbeat.opened();
  heartbeat.confirmed();
  await waitFor(() => calls.includes("dead"), { what: "the link to be dead", everyMs: 1 });
  assert.deepEqual(calls, ["beat", "beat", "beat", "dead"]);
});

test("any byte between two beats keeps the link alive", async () => {
  let beats = 0;
  const { calls, heartbeat } = started(60_000, () => {
    beats += 1;
    if (beats < 12) heartbeat.heard();
  });
  heartbeat.opened();
  await waitFor(() => calls.includes("dead"), { what: "the link to be dead", everyMs: 1 });
  assert.equal(beats, 12 - 1 + LIMITS.heartbeatMisses);
});

test("after stop nothing is called any more", async () => {
  const { calls, heartbeat } = started(1);
  heartbeat.opened();
  heartbeat.stop();
  const other = started(60_000);
  other.heartbeat.opened();
  await waitFor(() => other.calls.includes("dead"), { what: "another heartbeat to run its course", everyMs: 1 });
  assert.deepEqual(calls, []);
});
