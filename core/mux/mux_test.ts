// The streams of a host: numbers, limits, streams to itself, hosts that go away, round trips.

import assert from "node:assert/strict";
import { test } from "node:test";
import { joinMuxes, Recorder } from "../../conformance/mux_pair.ts";
import { NoRouterError } from "../errors.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { FROM_ACCEPTOR, type Frame, KIND, makeFrame } from "../wire/frame.ts";
import { decodeCredit, decodeOpen, decodeReason, encodeOpen } from "../wire/payload.ts";
import { MAX_CREDIT } from "./credit.ts";
import { Mux } from "./mux.ts";
import type { Stream } from "./stream.ts";

const TARGET = { kind: "published", port: 80 } as const;
const kinds = (frames: readonly Frame[]) => frames.map(({ kind }) => kind);

function openFrame(source: number, stream: number): Frame {
  return makeFrame({ kind: KIND.open, source, destination: 1, stream }, encodeOpen({ credit: 1000, target: TARGET }));
}

/** A mux alone, and what it sends. */
function alone(overrides: Partial<typeof DEFAULT_LIMITS> = {}, now: () => number = () => 0) {
  const sent: Frame[] = [];
  const arrived: Stream[] = [];
  const send = (frame: Frame) => void sent.push(frame);
  const crowds: [number, number][] = [];
  const incoming = (stream: Stream) => void arrived.push(stream);
  const crowded = (...who: [number, number]) => void crowds.push(who);
  const mux = new Mux(1, { ...DEFAULT_LIMITS, ...overrides }, { send, incoming, crowded }, now);
  return { mux, sent, arrived, crowds };
}

test("an open carries the target and the credit the acceptor may use", () => {
  const { mux, sent } = alone();
  const stream = mux.open(2, { kind: "address", host: "db.internal", port: 5432 });
  const [open] = sent as [Frame];
  assert.deepEqual([open.kind, open.source, open.destination, open.flags, open.stream], [KIND.open, 1, 2, 0, stream.identity.id]);
  const { credit, target } = decodeOpen(open.payloadBytes());
  assert.deepEqual(target, { kind: "address", host: "db.internal", port: 5432 });
  assert.ok(credit >= DEFAULT_LIMITS.minWindowBytes);
});

test("a name that is too long opens nothing and leaves nothing", () => {
  const { mux, sent } = alone({ streams: 16, budgetBytes: 1024 * 1024 });
  for (let turn = 0; turn < 100; turn += 1) {
    const target = { kind: "address", host: "n".repeat(256), port: 1 } as const;
    assert.throws(() => mux.open(2, target), { code: "name-not-found" });
  }
  assert.equal(mux.size, 0);
  assert.equal(sent.length, 0);
  mux.open(2, TARGET);
  const payload = sent.at(0)?.payloadBytes() ?? assert.fail("nothing was sent");
  const { credit } = decodeOpen(payload);
  assert.equal(credit, DEFAULT_LIMITS.startWindowBytes, "the budget is whole");
});

test("too many streams: the opener is told by a throw, the other end by a reset, and a free place is used again", () => {
  const { mux, sent } = alone({ streams: 16 });
  const streams = Array.from({ length: 16 }, () => mux.open(2, TARGET));
  assert.throws(() => mux.open(2, TARGET), { code: "too-many-streams" });
  sent.length = 0;
  mux.receive(openFrame(3, 2));
  const [refusal] = sent as [Frame];
  assert.deepEqual([refusal.kind, refusal.destination, refusal.flags, refusal.stream], [KIND.reset, 3, FROM_ACCEPTOR, 2]);
  assert.equal(decodeReason(refusal.payloadBytes()).code, "too-many-streams");
  streams[0]?.reset("reset");
  assert.ok(mux.open(2, TARGET));
});

test("a host that opens all it can leaves places for others and for this one, and is named once", () => {
  const { mux, arrived, crowds } = alone();
  for (let id = 1; id <= 4096; id += 1) mux.receive(openFrame(3, id));
  assert.equal(arrived.length, 2560);
  mux.receive(openFrame(4, 1));
  assert.equal(arrived.length, 2561, "another host gets through");
  for (let turn = 0; turn < 256; turn += 1) mux.open(2, TARGET);
  assert.deepEqual(crowds, [[3, 2560]]);
  for (const stream of [...arrived]) if (stream.identity.remote === 3) stream.reset("reset");
  mux.receive(openFrame(3, 5000));
  assert.equal(arrived.length, 2562, "its places are free again");
});

test("a number is free again once its stream is over", () => {
  const { mux, arrived } = alone();
  mux.receive(openFrame(2, 5));
  arrived[0]?.reset("reset");
  mux.receive(openFrame(2, 5));
  assert.equal(arrived.length, 2);
});

test("equal numbers of different hosts and sides are different streams", () => {
  const { mux, arrived } = alone();
  const own = mux.open(2, TARGET);
  const accept = { kind: KIND.accept, source: 2, destination: 1, flags: FROM_ACCEPTOR, stream: own.identity.id };
  mux.receive(makeFrame(accept, new Uint8Array(4)));
  mux.receive(openFrame(2, own.identity.id));
  mux.receive(openFrame(3, own.identity.id));
  assert.equal(mux.size, 3);
  const recorders = [own, ...arrived].map((stream) => {
    const recorder = new Recorder();
    stream.attach(recorder);
    return recorder;
  });
  const data = (source: number, flags: number, byte: number) =>
    mux.receive(makeFrame({ kind: KIND.data, source, destination: 1, flags, stream: own.identity.id }, Uint8Array.of(byte)));
  data(2, FROM_ACCEPTOR, 1);
  data(2, 0, 2);
  data(3, 0, 3);
  assert.deepEqual(
    recorders.map(({ bytes }) => [...bytes]),
    [[1], [2], [3]],
  );
});

test("an accept of a stream that is over is answered with a reset, so that its acceptor does not keep it", () => {
  const { mux, sent } = alone();
  const accept = (flags: number) =>
    mux.receive(makeFrame({ kind: KIND.accept, source: 2, destination: 1, flags, stream: 7 }, new Uint8Array(4)));
  accept(FROM_ACCEPTOR);
  const [reset] = sent as [Frame];
  assert.deepEqual([reset.kind, reset.source, reset.destination, reset.flags, reset.stream], [KIND.reset, 1, 2, 0, 7]);
  for (const kind of [KIND.data, KIND.credit, KIND.end, KIND.reset])
    mux.receive(makeFrame({ kind, source: 2, destination: 1, flags: FROM_ACCEPTOR, stream: 7 }, new Uint8Array(4)));
  assert.equal(sent.length, 1);
});

test("each session numbers its streams from where those before it did not come; the first begins with 1", () => {
  const { mux } = alone();
  const first = (session: number) => {
    mux.startSession(session);
    return mux.open(2, TARGET).identity.id;
  };
  const ids = [1, 2, 3, 1024, 1025].map(first);
  assert.deepEqual(ids.slice(0, 3), [1, 4_194_305, 8_388_609]);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.every((id) => id > 0 && id < 2 ** 32));
});

test("a host streams to itself", () => {
  const waiting: Frame[] = [];
  const arrived: Stream[] = [];
  const handlers = { send: (frame: Frame) => void waiting.push(frame), incoming: (stream: Stream) => void arrived.push(stream) };
  const mux = new Mux(1, DEFAULT_LIMITS, handlers, () => 0);
  const settle = () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) mux.receive(next);
  };
  const near = mux.open(1, TARGET);
  const [atNear, atFar] = [new Recorder(), new Recorder()];
  near.attach(atNear);
  settle();
  const far = arrived[0] as Stream;
  far.attach(atFar);
  far.accept();
  near.write(Uint8Array.of(1, 2));
  far.write(Uint8Array.of(3));
  near.end();
  far.end();
  settle();
  assert.deepEqual(
    [atNear.calls, atFar.calls],
    [
      ["accepted", "data", "end"],
      ["data", "end"],
    ],
  );
  assert.deepEqual([[...atNear.bytes], [...atFar.bytes]], [[3], [1, 2]]);
  assert.equal(mux.size, 0);
});

test("a host that is gone ends its own streams only, silently", () => {
  const { mux, sent } = alone();
  const [lost, kept] = [mux.open(2, TARGET), mux.open(3, TARGET)];
  const [atLost, atKept] = [new Recorder(), new Recorder()];
  lost.attach(atLost);
  kept.attach(atKept);
  sent.length = 0;
  mux.abortHost(2, new NoRouterError("link-lost"));
  assert.deepEqual([atLost.calls, atKept.calls], [["reset link-lost"], []]);
  assert.deepEqual(sent, []);
  mux.dropAll(new NoRouterError("manager-gone"));
  assert.deepEqual(atKept.calls, ["reset manager-gone"]);
  assert.equal(mux.size, 0);
});

test("an open for a kind of target that is not known is refused and opens nothing", () => {
  const { mux, sent } = alone();
  const bytes = encodeOpen({ credit: 1, target: TARGET });
  bytes[6] = 9;
  const open = makeFrame({ kind: KIND.open, source: 2, destination: 1, stream: 1 }, bytes);
  mux.receive(open);
  assert.equal(mux.size, 0);
  const { kind, flags, stream } = sent.at(-1) as Frame;
  assert.deepEqual([kind, flags, stream], [KIND.reset, FROM_ACCEPTOR, 1]);
});

test("every stream is reported closed once, with the reason when there is one", () => {
  const pair = joinMuxes();
  const near = pair.left.mux.open(2, TARGET);
  near.attach(new Recorder());
  pair.settle();
  const far = pair.right.arrived[0] as Stream;
  far.attach(new Recorder());
  far.accept();
  near.end();
  far.end();
  pair.left.mux.open(2, TARGET).reset("denied");
  pair.settle();
  assert.deepEqual(
    pair.left.closed.map(({ error }) => error?.code),
    ["denied", undefined],
  );
  assert.deepEqual(
    pair.right.closed.map(({ error }) => error?.code),
    [undefined],
  );
});

test("however streams end, their windows go back to the budget", () => {
  const pair = joinMuxes({ budgetBytes: 1024 * 1024 });
  const ways: readonly ((near: Stream, far: Stream) => void)[] = [
    (near, far) => [near, far].map((stream) => stream.end()),
    (near) => near.reset("reset"),
    (_, far) => far.reset("reset"),
    () => [pair.left, pair.right].map(({ mux }) => mux.dropAll(new NoRouterError("link-lost"))),
  ];
  for (let turn = 0; turn < 400; turn += 1) {
    const near = pair.left.mux.open(2, TARGET);
    near.attach(new Recorder());
    pair.settle();
    const far = pair.right.arrived.pop() as Stream;
    far.attach(new Recorder());
    if (turn % 3 > 0) far.accept();
    near.write(new Uint8Array(50_000));
    ways[turn % ways.length]?.(near, far);
    pair.settle();
  }
  assert.deepEqual([pair.left.mux.size, pair.right.mux.size], [0, 0]);
  pair.left.out.sent.length = 0;
  pair.left.mux.open(2, TARGET);
  const open = pair.left.out.sent.find(({ kind }) => kind === KIND.open) as Frame;
  assert.equal(decodeOpen(open.payloadBytes()).credit, DEFAULT_LIMITS.startWindowBytes);
});

test("a ping is answered with its own bytes", () => {
  const { mux, sent } = alone();
  const stamp = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  mux.receive(makeFrame({ kind: KIND.ping, source: 2, destination: 1 }, stamp));
  const [pong] = sent as [Frame];
  assert.deepEqual([pong.kind, pong.source, pong.destination], [KIND.pong, 1, 2]);
  assert.deepEqual([...pong.payloadBytes()], [...stamp]);
});

test("hosts are pinged at most once a second, and only when something happens", () => {
  let now = 10;
  const { mux, sent } = alone({}, () => now);
  for (let turn = 0; turn < 5; turn += 1) mux.open(2, TARGET);
  assert.equal(kinds(sent).filter((kind) => kind === KIND.ping).length, 1);
  mux.open(3, TARGET);
  now += 1000;
  mux.open(2, TARGET);
  assert.equal(kinds(sent).filter((kind) => kind === KIND.ping).length, 3);
});

test("windows grow with the measured round trip, and not without one", () => {
  const largestGrant = (roundTrip: number) => {
    const pair = joinMuxes();
    const near = pair.left.mux.open(2, TARGET);
    while (!kinds(pair.right.out.sent).includes(KIND.ping)) pair.left.out.step();
    pair.clock.now += roundTrip; // while the acceptor's ping is on its way
    pair.settle();
    const far = pair.right.arrived[0] as Stream;
    far.attach(new Recorder());
    far.accept();
    near.write(new Uint8Array(8 * 1024 * 1024));
    pair.settle();
    assert.equal(far.bytesIn, 8 * 1024 * 1024);
    const credits = pair.right.out.sent.filter(({ kind }) => kind === KIND.credit);
    return Math.max(...credits.map((frame) => decodeCredit(frame.payloadBytes())));
  };
  const [unknown, measured] = [largestGrant(0), largestGrant(200)];
  assert.ok(unknown < DEFAULT_LIMITS.maxWindowBytes / 8);
  assert.ok(measured >= DEFAULT_LIMITS.maxWindowBytes / 4, `largest grant was ${measured}`);
});

test("whatever credit it was given, a stream writes no more than its link has room for, and all take turns once there is some", () => {
  const sent: Frame[] = [];
  let room = 2;
  const handlers = {
    send: (frame: Frame) => {
      if (frame.kind !== KIND.data) return;
      sent.push(frame);
      room -= 1;
    },
    room: () => room > 0,
    incoming: () => undefined,
  };
  const mux = new Mux(1, DEFAULT_LIMITS, handlers, () => 0);
  const drained: number[] = [];
  const streams = [mux.open(2, TARGET), mux.open(2, TARGET), mux.open(3, TARGET)];
  for (const [index, stream] of streams.entries()) {
    stream.attach({ data: () => true, end: () => undefined, reset: () => undefined, drain: () => drained.push(index) });
    const { remote: source, id } = stream.identity;
    const credit = new Uint8Array(4).fill(0xff);
    mux.receive(makeFrame({ kind: KIND.accept, source, destination: 1, flags: FROM_ACCEPTOR, stream: id }, credit));
  }
  assert.deepEqual(
    streams.map((stream) => stream.write(new Uint8Array(1000))),
    [true, false, false],
  );
  assert.deepEqual([sent.length, drained], [2, []]);
  room = 1;
  mux.drained();
  assert.deepEqual([sent.length, drained], [3, [1]], "the third sends what it kept");
  room = 9;
  mux.drained();
  assert.deepEqual([sent.length, drained], [3, [1, 2]]);
});

test("credit counts up to a bound, however often and however much is given", () => {
  const { mux, sent } = alone();
  const stream = mux.open(2, TARGET);
  stream.attach({ data: () => true, end: () => undefined, reset: () => undefined, drain: () => undefined });
  const to = { source: 2, destination: 1, flags: FROM_ACCEPTOR, stream: stream.identity.id };
  mux.receive(makeFrame({ ...to, kind: KIND.accept }, new Uint8Array(4).fill(0xff)));
  mux.receive(makeFrame({ ...to, kind: KIND.credit }, new Uint8Array(4).fill(0xff)));
  const chunk = new Uint8Array(MAX_CREDIT / 4);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => stream.write(chunk)),
    [true, true, true, false],
  );
  assert.equal(
    sent.filter(({ kind }) => kind === KIND.data).reduce((sum, { length }) => sum + length, 0),
    MAX_CREDIT,
  );
});
