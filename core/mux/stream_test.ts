// What one stream does at its edges: pauses, hostile frames, calls in the wrong moment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { joinMuxes, type MuxPair, Recorder } from "../../conformance/mux_pair.ts";
import { FROM_ACCEPTOR, type Frame, KIND, type Kind, makeFrame } from "../wire/frame.ts";
import type { Stream } from "./stream.ts";

const TARGET = { kind: "published", port: 80 } as const;

interface Opened {
  readonly pair: MuxPair;
  readonly near: Stream;
  readonly far: Stream;
  readonly atNear: Recorder;
  readonly atFar: Recorder;
}

function opened(pair = joinMuxes()): Opened {
  const near = pair.left.mux.open(2, TARGET);
  const atNear = new Recorder();
  near.attach(atNear);
  pair.settle();
  const far = pair.right.arrived.at(-1) as Stream;
  const atFar = new Recorder();
  far.attach(atFar);
  far.accept();
  pair.settle();
  return { pair, near, far, atNear, atFar };
}

/** A frame from the acceptor of stream 1 to its opener. */
function fromAcceptor(kind: Kind, ...payload: Uint8Array[]): Frame {
  return makeFrame({ kind, source: 2, destination: 1, flags: FROM_ACCEPTOR, stream: 1 }, ...payload);
}

test("a paused consumer gets no bytes until it resumes, and the end only after the last of them", () => {
  const { pair, near, far, atFar } = opened();
  atFar.taking = false;
  near.write(Uint8Array.of(1));
  near.write(Uint8Array.of(2));
  near.end();
  pair.settle();
  assert.deepEqual([...atFar.bytes], [1]);
  assert.equal(atFar.ended, false);
  far.resume();
  assert.deepEqual([...atFar.bytes], [1, 2]);
  assert.deepEqual(atFar.calls, ["data", "end"]);
});

test("credit is returned when the consumer takes bytes, not when they arrive", () => {
  const { pair, near, far, atFar } = opened(joinMuxes({ maxWindowBytes: 64 * 1024 }));
  const credits = () => pair.right.out.sent.filter(({ kind }) => kind === KIND.credit).length;
  atFar.taking = false;
  const before = credits();
  near.write(new Uint8Array(60_000));
  pair.settle();
  assert.ok(atFar.length > 0);
  assert.equal(credits(), before, "credit came back for bytes that nobody has taken");
  atFar.taking = true;
  far.resume();
  assert.ok(credits() > before);
});

test("a consumer that resets from within a call hears nothing more, not even the rest of a frame", () => {
  const { pair, near, far, atFar } = opened();
  atFar.data = (chunk) => {
    atFar.chunks.push(chunk);
    far.reset("reset");
    return true;
  };
  far.receive(
    makeFrame({ kind: KIND.data, source: 1, destination: 2, stream: 1 }, Uint8Array.of(1), Uint8Array.of(2)),
    undefined,
    0,
  );
  assert.equal(atFar.chunks.length, 1);
  pair.settle();
  assert.ok(near.closed);
  assert.deepEqual([pair.left.mux.size, pair.right.mux.size], [0, 0]);
});

test("an opener that resets when it is accepted hears no drain", () => {
  const pair = joinMuxes();
  const near = pair.left.mux.open(2, TARGET);
  const atNear = new Recorder();
  atNear.accepted = () => near.reset("reset");
  near.attach(atNear);
  while (near.write(new Uint8Array(4096)));
  pair.settle();
  pair.right.arrived[0]?.accept();
  pair.settle();
  assert.deepEqual(atNear.calls, []);
});

test("writes and ends in the wrong moment change nothing", () => {
  const { pair, near, far, atFar } = opened();
  near.write(new Uint8Array());
  near.end();
  near.end();
  assert.equal(near.write(Uint8Array.of(1)), false);
  pair.settle();
  assert.deepEqual(atFar.calls, ["end"]);
  assert.equal(near.bytesOut, 0);
  far.end();
  pair.settle();
  for (const stream of [near, far]) {
    stream.reset("reset");
    stream.resume();
    stream.accept();
    assert.equal(stream.write(Uint8Array.of(1)), false);
  }
  const before = pair.left.out.sent.length;
  pair.settle();
  assert.equal(pair.left.out.sent.length, before);
  assert.deepEqual(pair.left.closed.length, 1);
});

test("bytes are counted as written and as handed over", () => {
  const { pair, near, far, atFar } = opened();
  near.write(new Uint8Array(1000));
  pair.settle();
  assert.deepEqual([near.bytesOut, far.bytesIn, far.bytesOut, near.bytesIn], [1000, 1000, 0, 0]);
  assert.equal(atFar.length, 1000);
});

test("a write says false exactly when there is no credit, and drain follows", () => {
  const { pair, near, far, atNear, atFar } = opened(joinMuxes({ maxWindowBytes: 64 * 1024 }));
  atFar.taking = false;
  let writes = 0;
  while (near.write(new Uint8Array(1024))) writes += 1;
  assert.ok(writes >= 15);
  pair.settle();
  assert.equal(atNear.calls.includes("drain"), false);
  atFar.taking = true;
  far.resume();
  pair.settle();
  assert.equal(atNear.calls.at(-1), "drain");
  assert.equal(near.write(new Uint8Array(1024)), true);
});

test("data beyond the credit resets that stream with a flow violation and nothing else", () => {
  const { pair, near, atNear } = opened(joinMuxes({ maxWindowBytes: 64 * 1024 }));
  const neighbour = opened(pair);
  atNear.taking = false;
  for (let sent = 0; sent <= pair.limits.maxWindowBytes; sent += 4096) {
    pair.left.mux.receive(fromAcceptor(KIND.data, new Uint8Array(4096)));
  }
  assert.equal(atNear.calls.at(-1), "reset flow-violation");
  assert.ok(near.closed);
  assert.ok(atNear.length <= pair.limits.maxWindowBytes, "no more than a window was kept");
  pair.settle();
  neighbour.near.write(Uint8Array.of(7));
  pair.settle();
  assert.deepEqual([...neighbour.atFar.bytes], [7]);
  assert.equal(pair.right.closed[0]?.error?.code, "flow-violation", "the sender is told");
});

test("frames that mean nothing here change nothing", () => {
  const { pair, near, atNear, atFar } = opened();
  const hostile = [
    fromAcceptor(KIND.end),
    fromAcceptor(KIND.control, Uint8Array.of(0x7b, 0x7d)),
    fromAcceptor(KIND.bye, Uint8Array.of(0, 1)),
    fromAcceptor(KIND.pong, new Uint8Array(8)),
    makeFrame({ kind: KIND.data, source: 2, destination: 1, flags: FROM_ACCEPTOR, stream: 99 }, Uint8Array.of(1)),
    makeFrame({ kind: KIND.data, source: 7, destination: 1, flags: FROM_ACCEPTOR, stream: 1 }, Uint8Array.of(1)),
  ];
  for (const frame of hostile) pair.left.mux.receive(frame);
  near.write(Uint8Array.of(5));
  pair.settle();
  assert.deepEqual(atNear.calls, ["accepted", "end"]);
  assert.deepEqual([...atFar.bytes], [5]);
});

test("no data frame is larger than the limit, and none is sent on less than the smallest cost", () => {
  const { pair, near } = opened(joinMuxes({ frameBytes: 2048 }));
  near.write(new Uint8Array(60_000));
  for (let at = 0; at < 300; at += 1) near.write(Uint8Array.of(at));
  near.end();
  pair.settle();
  const data = pair.left.out.sent.filter(({ kind }) => kind === KIND.data);
  assert.ok(data.length > 30);
  assert.ok(data.every(({ length }) => length >= 1 && length <= 2048));
});

test("a reset comes behind what was written, also without credit, and behind what a paused consumer has not taken", () => {
  const { pair, near, far, atFar } = opened();
  atFar.taking = false;
  near.write(new Uint8Array(200_000));
  near.reset("reset");
  pair.settle();
  assert.equal(pair.left.mux.size, 1, "what waits for credit was given up");
  for (let before = -1; before !== atFar.length; pair.settle()) {
    before = atFar.length;
    far.resume();
  }
  assert.equal(atFar.length, 200_000);
  far.resume();
  assert.deepEqual(atFar.calls, ["data", "reset reset"]);
  assert.deepEqual([pair.left.mux.size, pair.right.mux.size], [0, 0]);
});
