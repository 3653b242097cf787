// What came over a link is given out in turns, and the carrier rests meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Frame, joined, KIND, makeFrame } from "../wire/frame.ts";
import { Inbox } from "./inbox.ts";

const BOUNDS = { data: 32 * 1024, control: 1024 };

function frames(count: number): Uint8Array {
  const parts = Array.from(
    { length: count },
    (_, at) => makeFrame({ kind: KIND.end, source: 1, destination: 2, stream: at + 1 }).raw[0] as Uint8Array,
  );
  return joined(parts, count * 16);
}

function made(take: (frame: Frame, inbox: Inbox) => void = () => undefined) {
  const seen: number[] = [];
  const calls: string[] = [];
  const failures: unknown[] = [];
  const carrier = { pause: () => void calls.push("pause"), resume: () => void calls.push("resume") };
  const inbox: Inbox = new Inbox(carrier, BOUNDS, {
    frame: (frame) => {
      seen.push(frame.stream);
      take(frame, inbox);
    },
    failed: (thrown) => void failures.push(thrown),
  });
  return { inbox, seen, calls, failures };
}

test("a few frames come at once, and the carrier never rests", () => {
  const { inbox, seen, calls } = made();
  inbox.push(frames(100));
  assert.deepEqual([seen.length, calls], [100, []]);
});

test("many come in turns and in order, others run between them, and the carrier rests until all were given out", async () => {
  const { inbox, seen, calls } = made();
  const between: number[] = [];
  inbox.push(frames(1000));
  inbox.push(frames(10)); // one that the carrier had read already
  const look = () => {
    between.push(seen.length);
    if (seen.length < 1010) setImmediate(look);
  };
  look();
  assert.deepEqual(calls, ["pause"]);
  await waitFor(() => seen.length === 1010, { what: "all frames" });
  assert.deepEqual(
    seen,
    [...Array(1000).keys(), ...Array(10).keys()].map((at) => at + 1),
  );
  assert.ok(between.length >= 8 && between[0] === 128, `${between}`);
  await waitFor(() => calls.length === 2, { what: "the carrier to go on" });
  assert.deepEqual(calls, ["pause", "resume"]);
});

test("an end gives out what waits at once", () => {
  const { inbox, seen } = made();
  inbox.push(frames(1000));
  inbox.finish();
  assert.equal(seen.length, 1000);
});

test("what is put off waits so long, also what comes meanwhile", async () => {
  const { inbox, seen, calls } = made((frame, self) => frame.stream === 5 && self.hold(30));
  const began = performance.now();
  inbox.push(frames(5));
  inbox.push(frames(3));
  assert.equal(seen.length, 5);
  await waitFor(() => seen.length === 8, { what: "the rest" });
  assert.ok(performance.now() - began >= 28);
  assert.deepEqual(calls, ["pause", "resume"]);
});

test("after what is no frame, or a frame that is refused, nothing more is given out", () => {
  for (const [bytes, seenThen] of [
    [joined([frames(2), new Uint8Array(16), frames(2)], 80), 2],
    [frames(300), 3],
  ] as const) {
    const { inbox, seen, failures } = made((frame) => {
      if (seenThen === 3 && frame.stream === 3) throw new Error("refused");
    });
    inbox.push(bytes);
    inbox.push(frames(2));
    inbox.finish();
    assert.deepEqual([seen.length, failures.length], [seenThen, 1]);
  }
});
