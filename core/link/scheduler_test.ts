// Turns: streams share the link fairly, urgent frames go ahead, a reset waits behind its stream's data.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyFrame } from "../../tests/support/arbitrary_frames.ts";
import { costOf } from "../mux/credit.ts";
import { FROM_ACCEPTOR, type Frame, KIND, type Kind, makeFrame } from "../wire/frame.ts";
import { Scheduler } from "./scheduler.ts";

interface Of {
  readonly source?: number;
  readonly destination?: number;
  readonly stream?: number;
  readonly flags?: number;
  readonly bytes?: number;
}

function frame(kind: Kind, { source = 1, destination = 9, stream = 1, flags = 0, bytes = 10 }: Of = {}): Frame {
  return makeFrame({ kind, source, destination, stream, flags }, new Uint8Array(bytes));
}

function filled(...frames: Frame[]): Scheduler {
  const scheduler = new Scheduler();
  for (const one of frames) scheduler.push(one);
  return scheduler;
}

function drained(scheduler: Scheduler): Frame[] {
  const frames: Frame[] = [];
  for (let next = scheduler.next(); next; next = scheduler.next()) frames.push(next);
  return frames;
}

test("streams take turns, a frame each, whoever came first with however much", () => {
  const bulk = Array.from({ length: 5 }, () => frame(KIND.data, { stream: 1, bytes: 1000 }));
  const scheduler = filled(
    ...bulk,
    frame(KIND.data, { stream: 2 }),
    frame(KIND.data, { stream: 3 }),
    frame(KIND.data, { stream: 2 }),
  );
  assert.deepEqual(
    drained(scheduler).map(({ stream }) => stream),
    [1, 2, 3, 1, 2, 1, 1, 1],
  );
});

test("equal stream numbers of other hosts and sides take turns of their own", () => {
  const scheduler = filled(
    frame(KIND.data),
    frame(KIND.data),
    frame(KIND.data, { source: 2 }),
    frame(KIND.data, { flags: FROM_ACCEPTOR }),
  );
  assert.deepEqual(
    drained(scheduler).map(({ source, flags }) => [source, flags]),
    [
      [1, 0],
      [2, 0],
      [1, FROM_ACCEPTOR],
      [1, 0],
    ],
  );
});

/** Streams of one number between hosts whose ids have the same sum, on a link that carries both pairs. */
const OF_TWO_PAIRS = [
  { source: 1, destination: 4 },
  { source: 2, destination: 3 },
  { source: 4, destination: 1 },
] as const;

test("streams of several pairs of hosts take turns of their own on one link, whatever their numbers", () => {
  const [busy, ...others] = OF_TWO_PAIRS;
  const scheduler = filled(frame(KIND.data, busy), frame(KIND.data, busy), ...others.map((pair) => frame(KIND.data, pair)));
  assert.deepEqual(
    drained(scheduler).map(({ source, destination }) => ({ source, destination })),
    [...OF_TWO_PAIRS, busy],
  );
});

test("a reset ends no stream of another pair of hosts", () => {
  const [one, two, back] = OF_TWO_PAIRS;
  const scheduler = filled(frame(KIND.open, one), frame(KIND.data, back), frame(KIND.reset, two));
  assert.equal(scheduler.holds({ ...frame(KIND.data, two), flags: 0 }), false);
  scheduler.cancelOpposite(frame(KIND.reset, { ...two, flags: FROM_ACCEPTOR }));
  scheduler.cancelOpposite(frame(KIND.reset, { source: 3, destination: 2, flags: FROM_ACCEPTOR }));
  assert.deepEqual(
    drained(scheduler).map(({ kind, source }) => [kind, source]),
    [
      [KIND.reset, 2],
      [KIND.open, 1],
      [KIND.data, 4],
    ],
  );
});

test("accept, credit, reset, control, ping, pong and bye go ahead of what waits its turn, in their own order", () => {
  const urgent = [KIND.accept, KIND.credit, KIND.control, KIND.ping, KIND.pong, KIND.bye, KIND.reset] as const;
  const inTurn = [frame(KIND.open, { stream: 2 }), frame(KIND.data, { stream: 3 }), frame(KIND.end, { stream: 4 })];
  const scheduler = filled(...inTurn, ...urgent.map((kind) => frame(kind, { stream: 99 })));
  assert.deepEqual(
    drained(scheduler).map(({ kind }) => kind),
    [...urgent, KIND.open, KIND.data, KIND.end],
  );
});

test("hosts take turns among what goes ahead", () => {
  const flood = Array.from({ length: 3 }, () => frame(KIND.credit, { source: 1 }));
  const scheduler = filled(...flood, frame(KIND.credit, { source: 2 }), frame(KIND.ping, { source: 0 }));
  assert.deepEqual(
    drained(scheduler).map(({ source }) => source),
    [1, 2, 0, 1, 1],
  );
});

test("a reset waits behind the data of its own direction of its own stream, and for no other", () => {
  const others = [frame(KIND.data, { stream: 2 }), frame(KIND.data, { flags: FROM_ACCEPTOR }), frame(KIND.data, { source: 2 })];
  const scheduler = filled(...others, frame(KIND.data, { stream: 5 }), frame(KIND.reset), frame(KIND.reset, { stream: 5 }));
  assert.deepEqual(
    drained(scheduler).map(({ kind, stream }) => [kind, stream]),
    [
      [KIND.reset, 1],
      [KIND.data, 2],
      [KIND.data, 1],
      [KIND.data, 1],
      [KIND.data, 5],
      [KIND.reset, 5],
    ],
  );
  assert.equal(scheduler.queuedBytes(1) + scheduler.queuedBytes(2), 0);
});

test("a stream that is reset while its open still waits is never heard of", () => {
  const scheduler = filled(frame(KIND.open), frame(KIND.data), frame(KIND.reset));
  assert.equal(scheduler.empty, true);
  assert.equal(scheduler.next(), undefined);
  assert.equal(scheduler.queuedBytes(1), 0);
});

test("once the open has gone, the data behind it goes, and then the reset", () => {
  const scheduler = filled(frame(KIND.open), frame(KIND.data));
  assert.equal(scheduler.next()?.kind, KIND.open);
  scheduler.push(frame(KIND.reset));
  assert.deepEqual(
    drained(scheduler).map(({ kind }) => kind),
    [KIND.data, KIND.reset],
  );
});

test("a data frame that is too large is cut: the rest waits for the stream's next turn, before what comes behind it", () => {
  const bytes = Uint8Array.from({ length: 2500 }, (_, at) => at);
  const cutUp = makeFrame(
    { kind: KIND.data, source: 1, destination: 9, stream: 1 },
    ...[0, 700, 701, 2000].map((from, at, all) => bytes.subarray(from, all[at + 1])),
  );
  const scheduler = filled(cutUp, frame(KIND.data, { stream: 2 }), frame(KIND.end), frame(KIND.reset, { stream: 3 }));
  const taken: Frame[] = [];
  for (let next = scheduler.next(1000); next; next = scheduler.next(1000)) {
    taken.push(next);
    const left = 2500 - taken.reduce((sum, { stream, length }) => sum + (stream === 1 ? length : 0), 0);
    assert.equal(scheduler.empty, scheduler.queuedBytes(1) === 0);
    if (left > 0) assert.ok(scheduler.queuedBytes(1) >= left + 16);
  }
  assert.deepEqual(
    taken.map(({ kind, stream, length }) => [kind, stream, length]),
    [
      [KIND.reset, 3, 10],
      [KIND.data, 1, 1000],
      [KIND.data, 2, 10],
      [KIND.data, 1, 1000],
      [KIND.data, 1, 500],
      [KIND.end, 1, 10],
    ],
  );
  const parts = taken.filter(({ kind, stream }) => kind === KIND.data && stream === 1);
  assert.deepEqual(Buffer.concat(parts.map((part) => part.payloadBytes())), Buffer.from(bytes));
});

test("the parts of a frame cost as much credit as the whole", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 131_072 }), fc.integer({ min: 1024, max: 32_768 }), (bytes, most) => {
      const scheduler = filled(frame(KIND.data, { bytes }));
      let cost = 0;
      for (let next = scheduler.next(most); next; next = scheduler.next(most)) {
        assert.ok(next.length <= most);
        cost += costOf(next.length);
      }
      assert.equal(cost, costOf(bytes));
    }),
  );
});

test("what waits for one host is dropped, and nothing else", () => {
  const to = (destination: number) => makeFrame({ kind: KIND.data, source: 1, destination, stream: 1 }, new Uint8Array(500));
  const scheduler = filled(to(2), to(3), to(2), to(3));
  scheduler.dropDestination(2);
  assert.equal(scheduler.queuedBytes(1), 2 * 516);
  assert.deepEqual(
    drained(scheduler).map(({ destination }) => destination),
    [3, 3],
  );
});

test("of one host all is dropped: a frame of each of its streams is named, and what was to go ahead", () => {
  const [first, second] = [1, 2].map((stream) => ({ stream, flags: FROM_ACCEPTOR }));
  const scheduler = filled(
    frame(KIND.data, first),
    frame(KIND.reset, first),
    frame(KIND.accept, second),
    frame(KIND.reset, second),
  );
  scheduler.push(frame(KIND.data, { source: 2 }));
  const { streams, ahead } = scheduler.dropSource(1);
  const named = (frames: readonly Frame[]) => frames.map(({ stream, kind }) => [stream, kind]);
  assert.deepEqual(named(streams), [[1, KIND.data]]);
  assert.deepEqual(named(ahead), [
    [2, KIND.accept],
    [2, KIND.reset],
  ]);
  assert.equal(scheduler.queuedBytes(1), 0);
  assert.deepEqual(
    drained(scheduler).map(({ source }) => source),
    [2],
  );
});

test("clear forgets frames and bytes", () => {
  const scheduler = filled(frame(KIND.data), frame(KIND.credit));
  scheduler.clear();
  assert.equal(scheduler.empty, true);
  assert.equal(scheduler.queuedBytes(1), 0);
  scheduler.push(frame(KIND.data));
  assert.equal(drained(scheduler).length, 1);
});

/** Frames of few hosts and streams, so that they meet. */
const crowded = anyFrame().map((one) =>
  makeFrame(
    {
      kind: one.kind,
      source: one.source % 3,
      destination: one.destination % 3,
      flags: one.flags & 1,
      stream: one.stream % 4,
    },
    ...one.payload(),
  ),
);
const flowOf = ({ source, destination, flags, stream }: Frame) => `${source}/${destination}/${flags}/${stream}`;
const ORDERED: readonly Kind[] = [KIND.open, KIND.data, KIND.end, KIND.reset];
const ofFlow = (one: Frame, other: Frame) => flowOf(one) === flowOf(other) && ORDERED.includes(one.kind);

test("over any frames: each source's bytes are what waits and return to zero, and order within a stream is kept", () => {
  const step = fc.oneof({ weight: 3, arbitrary: crowded }, { weight: 2, arbitrary: fc.constant("next" as const) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
      const scheduler = new Scheduler();
      let waiting: Frame[] = [];
      const alone = new Set<Frame>();
      const take = () => {
        const next = scheduler.next();
        assert.equal(next === undefined, waiting.length === 0);
        if (!next) return false;
        const first = waiting.find((other) => ofFlow(other, next));
        if (ORDERED.includes(next.kind)) assert.equal(next, first, "order within a stream is not kept");
        waiting = waiting.filter((other) => other !== next);
        return true;
      };
      for (const one of steps) {
        if (one === "next") take();
        else {
          scheduler.push(one);
          const own = waiting.filter((other) => ofFlow(other, one) && !alone.has(other));
          const unheard = one.kind === KIND.reset && own[0]?.kind === KIND.open;
          if (one.kind === KIND.reset && own.length === 0) alone.add(one);
          if (unheard) waiting = waiting.filter((other) => !own.includes(other));
          else waiting.push(one);
        }
        for (const source of [0, 1, 2]) {
          const bytes = waiting
            .filter((other) => other.source === source)
            .reduce((sum, other) => sum + Math.max(other.bytes, 272), 0);
          assert.equal(scheduler.queuedBytes(source), bytes);
        }
        assert.equal(scheduler.empty, waiting.length === 0);
      }
      while (take());
      assert.deepEqual(
        [0, 1, 2].map((source) => scheduler.queuedBytes(source)),
        [0, 0, 0],
      );
    }),
    { numRuns: 200 },
  );
});

test("no stream waits for more than one frame of each other stream", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 5, maxLength: 60 }), (streams) => {
      const order = drained(filled(...streams.map((stream) => frame(KIND.data, { stream })))).map(({ stream }) => stream);
      for (const stream of new Set(streams)) {
        let since: number[] = [];
        for (const one of order.slice(0, order.lastIndexOf(stream) + 1)) {
          if (one === stream) since = [];
          else since.push(one);
          assert.equal(new Set(since).size, since.length, `stream ${stream} waited for ${since.join(", ")}`);
        }
      }
    }),
  );
});
