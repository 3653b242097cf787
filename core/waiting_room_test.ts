// Streams that wait for their host: in order, no longer than the limit, and gone when their opener is.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { waitFor } from "../conformance/support/wait.ts";
import { WaitingRoom } from "./waiting_room.ts";
import { type Frame, KIND, type Kind, makeFrame } from "./wire/frame.ts";

const LONG_MS = 60_000;
const frame = (kind: Kind, stream: number, destination = 2, bytes = 4) =>
  makeFrame({ kind, source: 1, destination, stream }, new Uint8Array(bytes));
const said = (frames: readonly Frame[]) => frames.map(({ kind, stream, destination }) => [kind, stream, destination]);

/** A room, and what it refused. */
function room(returnMs = LONG_MS) {
  const refused: Frame[] = [];
  return { room: new WaitingRoom(returnMs, (open) => void refused.push(open)), refused };
}

test("what waits for a host comes out in order, each stream on its own, and only once", () => {
  const { room: waiting, refused } = room();
  for (const one of [
    frame(KIND.open, 1),
    frame(KIND.open, 2),
    frame(KIND.open, 1, 3),
    frame(KIND.data, 2),
    frame(KIND.data, 1),
    frame(KIND.end, 1),
  ])
    waiting.hold(one);
  assert.equal(waiting.size, 3);
  assert.deepEqual(said(waiting.release(2)), [
    [KIND.open, 1, 2],
    [KIND.data, 1, 2],
    [KIND.end, 1, 2],
    [KIND.open, 2, 2],
    [KIND.data, 2, 2],
  ]);
  assert.deepEqual(waiting.release(2), []);
  assert.deepEqual(said(waiting.release(3)), [[KIND.open, 1, 3]]);
  assert.deepEqual([waiting.size, refused], [0, []]);
});

test("a stream that its opener resets is never heard of", () => {
  const { room: waiting, refused } = room();
  for (const kind of [KIND.open, KIND.data, KIND.reset]) waiting.hold(frame(kind, 1));
  waiting.hold(frame(KIND.data, 1));
  assert.deepEqual([waiting.size, waiting.release(2), refused], [0, [], []]);
});

test("what belongs to no stream that waits is dropped", () => {
  const { room: waiting } = room();
  for (const kind of [KIND.data, KIND.credit, KIND.end, KIND.reset]) waiting.hold(frame(kind, 9));
  assert.equal(waiting.size, 0);
});

test("a stream that has waited long enough is refused, with all that came behind it", async () => {
  const { room: waiting, refused } = room(1);
  for (const kind of [KIND.open, KIND.data]) waiting.hold(frame(kind, 1));
  await waitFor(() => refused.length > 0, { what: "the refusal", everyMs: 1 });
  assert.deepEqual([said(refused), waiting.size], [[[KIND.open, 1, 2]], 0]);
  assert.deepEqual(waiting.release(2), []);
});

test("a host that nobody needs to wait for is refused at once, and no other", () => {
  const { room: waiting, refused } = room();
  for (const destination of [2, 3, 2]) waiting.hold(frame(KIND.open, waiting.size + 1, destination));
  waiting.refuse(2);
  assert.deepEqual(
    refused.map(({ stream }) => stream),
    [1, 3],
  );
  assert.equal(waiting.size, 1);
  waiting.clear();
  assert.deepEqual([waiting.size, refused.length], [0, 2]);
});

test("a few bytes do not hold the large buffer that they came in", () => {
  const { room: waiting } = room();
  waiting.hold(frame(KIND.open, 1));
  const large = new Uint8Array(64 * 1024);
  waiting.hold(makeFrame({ kind: KIND.data, source: 1, destination: 2, stream: 1 }, large.subarray(0, 10)));
  const [, data] = waiting.release(2) as [Frame, Frame];
  assert.equal(data.length, 10);
  assert.ok(data.raw.every(({ buffer }) => buffer !== large.buffer));
});

test("over any frames: what comes out is, for each stream, all that was held of it in order", () => {
  const step = fc.record({
    kind: fc.constantFrom(KIND.open, KIND.data, KIND.data, KIND.end, KIND.reset),
    stream: fc.integer({ min: 1, max: 4 }),
    host: fc.integer({ min: 2, max: 3 }),
    release: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { room: waiting } = room();
      const model = new Map<string, Kind[]>();
      for (const { kind, stream, host, release } of steps) {
        const key = `${host} ${stream}`;
        const known = model.get(key);
        waiting.hold(frame(kind, stream, host));
        if (kind === KIND.reset) model.delete(key);
        else if (known) known.push(kind);
        else if (kind === KIND.open) model.set(key, [kind]);
        if (!release) continue;
        const wanted = [...model].filter(([name]) => name.startsWith(`${host} `));
        const got = waiting.release(host);
        assert.deepEqual(
          got.map((one) => [`${one.destination} ${one.stream}`, one.kind]),
          wanted.flatMap(([name, kinds]) => kinds.map((one) => [name, one])),
        );
        for (const [name] of wanted) model.delete(name);
      }
      assert.equal(waiting.size, model.size);
      waiting.clear();
    }),
  );
});
