// One client that reads events: order, gaps, slow reading, silence, and the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import type { NetworkEvent } from "../../core/mod.ts";
import { type Follower, type FollowOptions, follow } from "./follow.ts";

/** A log of events that lose their middle, and a sink whose room a test sets. */
function logged(options: Partial<FollowOptions> = {}) {
  const kept: NetworkEvent[] = [];
  const listeners = new Set<(events: readonly NetworkEvent[]) => void>();
  const made = { text: "", ends: [] as string[], room: Number.POSITIVE_INFINITY, seq: 0 };
  const add = (count: number, isKept = true) => {
    const events = Array.from({ length: count }, (_, at) => ({ seq: made.seq + at + 1, type: "host.ready" }) as NetworkEvent);
    made.seq += count;
    if (isKept) kept.push(...events);
    for (const listen of listeners) listen(events);
  };
  const source = {
    get seq() {
      return made.seq;
    },
    read: (after: number) => kept.filter(({ seq }) => seq > after),
    subscribe(listen: (events: readonly NetworkEvent[], network: never) => void) {
      const wrapped = (events: readonly NetworkEvent[]) => listen(events, undefined as never);
      listeners.add(wrapped);
      return () => void listeners.delete(wrapped);
    },
  };
  const begin = (): Follower =>
    follow(source, {
      since: 0,
      follow: true,
      form: "lines",
      sink: {
        write(text) {
          made.text += text;
          made.room -= 1;
          return made.room > 0;
        },
        end: () => void made.ends.push("end"),
        destroy: () => void made.ends.push("destroy"),
      },
      ended: () => void made.ends.push("ended"),
      ...options,
    });
  const seen = () =>
    made.text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { type: string; seq: number; from: number; to: number })
      .map(({ type, seq, from, to }) => (type === "events.skipped" ? `${from}-${to}` : `${seq}`));
  return { made, add, begin, seen, listeners };
}

test("kept events come first, then live ones; what is lost is told in its place", () => {
  const { add, begin, seen, made } = logged();
  add(2);
  add(3, false);
  add(1);
  add(2, false);
  const follower = begin();
  assert.deepEqual(seen(), ["1", "2", "3-5", "6", "7-8"]);
  add(2);
  assert.deepEqual(seen().slice(5), ["9", "10"]);
  follower.finish();
  assert.deepEqual(made.ends, ["end", "ended"]);
  add(1);
  assert.equal(seen().length, 7);
});

test("without following it ends with the last event that is there", () => {
  const { add, begin, seen, made, listeners } = logged({ follow: false, since: 1 });
  add(3);
  begin();
  assert.deepEqual([seen(), made.ends, listeners.size], [["2", "3"], ["end", "ended"], 0]);
});

test("a full sink is written to when it has room again, with all that came meanwhile", () => {
  const { add, begin, seen, made } = logged();
  made.room = 1;
  const follower = begin();
  add(1);
  add(3);
  add(2, false);
  assert.deepEqual(seen(), ["1"]);
  made.room = 10;
  follower.drained();
  assert.deepEqual(seen(), ["1", "2", "3", "4", "5-6"]);
  follower.gone();
  assert.deepEqual(made.ends, ["ended"]);
});

test("who is asked and takes nothing is cut", async () => {
  const { add, begin, made } = logged({ bounds: { stalledMs: 20 } });
  made.room = 1;
  begin();
  add(1);
  await waitFor(() => made.ends.length === 2, { what: "the cut" });
  assert.deepEqual(made.ends, ["destroy", "ended"]);
});

test("silence is filled, in either form", async () => {
  for (const [form, beat] of [["lines", "\n"] as const, ["sse", ":\n\n"] as const]) {
    const { begin, made } = logged({ form, bounds: { heartbeatMs: 5 } });
    const follower = begin();
    await waitFor(() => made.text.startsWith(beat + beat), { what: "two beats" });
    follower.gone();
  }
});

test("server-sent events have numbers, gaps that of their last event", () => {
  const { add, begin, made } = logged({ form: "sse" });
  add(2, false);
  add(1);
  begin().gone();
  assert.match(made.text, /^id: 2\ndata: \{"type":"events.skipped","from":1,"to":2\}\n\nid: 3\ndata: \{.*"seq":3.*\}\n\n$/);
});
