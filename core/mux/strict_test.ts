// What no honest end does is answered on its stream alone, and what is merely late harms nobody.

import assert from "node:assert/strict";
import { test } from "node:test";
import { joinMuxes, Recorder } from "../../conformance/mux_pair.ts";
import { NoRouterError } from "../errors.ts";
import { FROM_ACCEPTOR, type Frame, KIND, type Kind, makeFrame } from "../wire/frame.ts";
import { decodeReason, encodeCredit, encodeOpen } from "../wire/payload.ts";
import { MAX_CREDIT } from "./credit.ts";
import type { Stream } from "./stream.ts";

const TARGET = { kind: "published", port: 80 } as const;
const OPEN = encodeOpen({ credit: 65_536, target: TARGET });
const CREDIT = encodeCredit(1000);
const BYTE = Uint8Array.of(7);

/** Two joined muxes with a stream that both ends opened in order, and one that nobody touches. */
function pairWith(opener: "left" | "right") {
  const pair = joinMuxes();
  const [near, far] = opener === "left" ? [pair.left, pair.right] : [pair.right, pair.left];
  const remote = opener === "left" ? 2 : 1;
  const open = () => {
    const stream = near.mux.open(remote, TARGET);
    const got = new Recorder();
    stream.attach(got);
    pair.settle();
    const other = far.arrived.at(-1) as Stream;
    const atOther = new Recorder();
    other.attach(atOther);
    return { stream, got, other, atOther };
  };
  const accepted = () => {
    const made = open();
    made.other.accept();
    pair.settle();
    return made;
  };
  return { pair, near, far, open, accepted };
}

/** A frame from host 2 to host 1 about the stream. */
function frame(kind: Kind, stream: Stream, ...payload: Uint8Array[]): Frame {
  const { id, opener } = stream.identity;
  return makeFrame({ kind, source: 2, destination: 1, flags: opener ? FROM_ACCEPTOR : 0, stream: id }, ...payload);
}

/** What host 1 sent of a kind, as codes where it has reasons. */
const resets = (frames: readonly Frame[]) =>
  frames.filter(({ kind }) => kind === KIND.reset).map((reset) => decodeReason(reset.payloadBytes()).code);

const WRONG: readonly {
  name: string;
  opener: "left" | "right";
  begun: "open" | "accepted";
  frames: (stream: Stream) => Frame[];
}[] = [
  { name: "data before the accept", opener: "left", begun: "open", frames: (s) => [frame(KIND.data, s, BYTE)] },
  { name: "an end before the accept", opener: "left", begun: "open", frames: (s) => [frame(KIND.end, s)] },
  { name: "a second accept", opener: "left", begun: "accepted", frames: (s) => [frame(KIND.accept, s, CREDIT)] },
  {
    name: "data after the acceptor's end",
    opener: "left",
    begun: "accepted",
    frames: (s) => [frame(KIND.end, s), frame(KIND.data, s, BYTE)],
  },
  {
    name: "a second end of the acceptor",
    opener: "left",
    begun: "accepted",
    frames: (s) => [frame(KIND.end, s), frame(KIND.end, s)],
  },
  {
    name: "data after the opener's end",
    opener: "right",
    begun: "open",
    frames: (s) => [frame(KIND.end, s), frame(KIND.data, s, BYTE)],
  },
  {
    name: "a second end of the opener",
    opener: "right",
    begun: "accepted",
    frames: (s) => [frame(KIND.end, s), frame(KIND.end, s)],
  },
  { name: "an open of a stream that is there", opener: "right", begun: "open", frames: (s) => [frame(KIND.open, s, OPEN)] },
];

for (const { name, opener, begun, frames } of WRONG) {
  test(`${name} resets that stream with a flow violation, and no other`, () => {
    const world = pairWith(opener);
    const { pair, near, far } = world;
    const neighbour = world.accepted();
    const made = world[begun]();
    const [own, got] = opener === "left" ? [made.stream, made.got] : [made.other, made.atOther];
    for (const wrong of frames(own)) pair.left.mux.receive(wrong);
    assert.equal(got.calls.at(-1), "reset flow-violation");
    assert.deepEqual(resets(pair.left.out.sent), ["flow-violation"]);
    assert.ok(own.closed);
    pair.settle();
    assert.deepEqual([near.mux.size, far.mux.size], [1, 1], "both ends have the neighbour alone");
    neighbour.stream.write(BYTE);
    pair.settle();
    assert.deepEqual([...neighbour.atOther.bytes], [7]);
  });
}

test("credit that comes after this end's end, and a pong that was not asked for, change nothing", () => {
  const { pair, accepted } = pairWith("left");
  const { stream, got, other } = accepted();
  stream.end();
  pair.left.mux.receive(frame(KIND.credit, stream, CREDIT));
  for (const stamp of [new Uint8Array(8), Uint8Array.of(0x7f, 0xf8, 0, 0, 0, 0, 0, 0)])
    pair.left.mux.receive(makeFrame({ kind: KIND.pong, source: 2, destination: 1 }, stamp));
  pair.left.mux.receive(makeFrame({ kind: KIND.pong, source: 77, destination: 1 }, new Uint8Array(8)));
  other.write(BYTE);
  pair.settle();
  assert.deepEqual(got.calls, ["accepted", "data"]);
  assert.deepEqual(resets(pair.left.out.sent), []);
});

test("an acceptor sends nothing on an open with credit 0, and no more than the bound on one with all that the number holds", () => {
  for (const [credit, most] of [
    [0, 0],
    [2 ** 32 - 1, MAX_CREDIT],
  ] as const) {
    const { left } = joinMuxes();
    left.mux.receive(
      makeFrame({ kind: KIND.open, source: 2, destination: 1, stream: 1 }, encodeOpen({ credit, target: TARGET })),
    );
    const [stream] = left.arrived as [Stream];
    stream.accept();
    for (let part = 0; part < 5; part += 1) stream.write(new Uint8Array(MAX_CREDIT / 4));
    const data = left.out.sent.filter(({ kind }) => kind === KIND.data);
    assert.equal(
      data.reduce((sum, { length }) => sum + length, 0),
      most,
    );
    left.mux.dropAll(new NoRouterError("link-lost"));
  }
});

test("a number is free once both ends were sent, also while the consumer has not taken all", () => {
  const { pair, accepted } = pairWith("right");
  const { stream, other, atOther } = accepted();
  atOther.taking = false;
  for (const byte of [1, 2, 3]) stream.write(Uint8Array.of(byte));
  stream.end();
  other.end();
  pair.settle();
  assert.deepEqual([pair.right.mux.size, pair.left.mux.size], [0, 1]);
  pair.left.mux.receive(frame(KIND.open, other, OPEN));
  const again = pair.left.arrived.at(-1) as Stream;
  assert.notEqual(again, other);
  assert.equal(again.identity.id, other.identity.id);
  again.accept();
  pair.left.mux.receive(frame(KIND.data, again, Uint8Array.of(9)));
  const atAgain = new Recorder();
  again.attach(atAgain);
  assert.deepEqual([...atAgain.bytes], [9]);
  pair.left.mux.abortHost(2, new NoRouterError("link-lost"));
  other.resume();
  assert.deepEqual([[...atOther.bytes], atOther.calls.at(-1)], [[1, 2, 3], "end"], "the first lost nothing to the second");
  assert.equal(pair.left.mux.size, 0);
});

test("a consumer that gives up a stream that both ends ended sends nothing", () => {
  const { pair, accepted } = pairWith("right");
  const { stream, other, atOther } = accepted();
  atOther.taking = false;
  for (const byte of [1, 2]) stream.write(Uint8Array.of(byte));
  stream.end();
  other.end();
  pair.settle();
  other.reset("denied");
  assert.deepEqual(resets(pair.left.out.sent), []);
  assert.equal(pair.left.mux.size, 0);
});

test("an acceptor's bytes and end wait for its accept", () => {
  const { pair, open } = pairWith("left");
  const { got, other, atOther } = open();
  assert.equal(other.write(BYTE), false);
  other.end();
  pair.settle();
  assert.deepEqual(got.calls, []);
  other.accept();
  pair.settle();
  assert.deepEqual(got.calls, ["accepted", "data", "end"]);
  assert.equal(atOther.error, undefined);
});
