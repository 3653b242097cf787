// Random work on many streams between two hosts, delivered in random pieces: every byte arrives in order, exactly
// once, on the right stream, and nothing is left over at the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type End, joinMuxes, type MuxPair, Recorder } from "../../conformance/mux_pair.ts";
import { HEADER_BYTES, KIND } from "../wire/frame.ts";
import type { Stream } from "./stream.ts";

const LIMITS = { frameBytes: 1024, startWindowBytes: 8192, maxWindowBytes: 64 * 1024, streams: 16 };

/** One end of one stream with what it wrote and what its consumer got. */
class Party {
  readonly stream: Stream;
  readonly consumer = new Recorder();
  /** Makes the bytes of this end differ from those of all others. */
  readonly salt: number;
  written = 0;
  finished = false;
  peer: Party | undefined;

  constructor(stream: Stream, salt: number) {
    this.stream = stream;
    this.salt = salt;
    stream.attach(this.consumer);
  }

  write(length: number): void {
    if (this.finished || this.stream.closed) return;
    this.stream.write(Uint8Array.from({ length }, (_, at) => byteAt(this.salt, this.written + at)));
    this.written += length;
  }

  end(): void {
    this.finished = true;
    this.stream.end();
  }

  /** What arrived is a beginning of what the peer wrote; all of it when the stream ended in order. */
  check(): void {
    const { calls, bytes, ended, error } = this.consumer;
    const peer = this.peer;
    assert.ok(calls.filter((call) => call === "end").length <= 1);
    assert.ok(calls.findIndex((call) => call.startsWith("reset")) === -1 || calls.at(-1)?.startsWith("reset"));
    if (!peer) {
      assert.equal(bytes.length, 0);
      return;
    }
    assert.ok(bytes.length <= peer.written);
    for (const [at, byte] of bytes.entries()) if (byte !== byteAt(peer.salt, at)) assert.fail(`byte ${at} is wrong`);
    if (ended) assert.equal(bytes.length, peer.written, "the end came before the last byte");
    if (error) assert.equal(error.code, "reset");
  }
}

function byteAt(salt: number, position: number): number {
  return (position * 7 + salt * 53 + (position >>> 7)) & 0xff;
}

interface World {
  readonly pair: MuxPair;
  readonly parties: Party[];
}

const action = fc.record({
  what: fc.constantFrom(
    "open",
    "write",
    "write",
    "write",
    "write",
    "end",
    "pause",
    "resume",
    "reset",
    "move",
    "move",
    "move",
    "move",
  ),
  which: fc.nat(40),
  bytes: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 6000 })),
  fromLeft: fc.boolean(),
  later: fc.nat(40),
});
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

/** Gives each stream that came in a consumer; every fourth is refused. */
function welcome(world: World, end: End): void {
  for (const stream of end.arrived.splice(0)) {
    const opener = world.parties.find(
      ({ stream: { identity } }) =>
        identity.opener && identity.id === stream.identity.id && identity.remote !== stream.identity.remote,
    );
    if (stream.identity.id % 4 === 3) {
      stream.reset("reset");
      continue;
    }
    const party = new Party(stream, world.parties.length + 1);
    party.peer = opener;
    if (opener) opener.peer = party;
    world.parties.push(party);
    stream.accept();
  }
}

function act(world: World, { what, which, bytes, fromLeft, later }: Action): void {
  const { pair, parties } = world;
  const end = fromLeft ? pair.left : pair.right;
  const party = parties[which % Math.max(1, parties.length)];
  pair.clock.now += later;
  if (what === "move") {
    end.out.step(bytes);
    welcome(world, fromLeft ? pair.right : pair.left);
  } else if (what === "open" && end.mux.size < LIMITS.streams / 2) {
    const stream = end.mux.open(fromLeft ? 2 : 1, { kind: "published", port: 1 });
    parties.push(new Party(stream, parties.length + 1));
  } else if (what === "write") party?.write(bytes);
  else if (what === "end") party?.end();
  else if (what === "reset" && which % 3 === 0) party?.stream.reset("reset");
  else if (what === "pause" && party) party.consumer.taking = false;
  else if (what === "resume" && party) {
    party.consumer.taking = true;
    party.stream.resume();
  }
}

/** Everybody takes everything, then everybody ends. */
function finish(world: World): void {
  const { pair, parties } = world;
  const settle = () => {
    for (let before = -1; before !== pair.left.out.sent.length + pair.right.out.sent.length; ) {
      before = pair.left.out.sent.length + pair.right.out.sent.length;
      pair.settle();
      welcome(world, pair.left);
      welcome(world, pair.right);
    }
  };
  for (const party of parties) {
    party.consumer.taking = true;
    party.stream.resume();
  }
  settle();
  for (const party of parties) party.end();
  settle();
}

test("every byte arrives in order, exactly once, on the right stream, and nothing is left over", () => {
  let complete = 0;
  let broken = 0;
  fc.assert(
    fc.property(fc.array(action, { minLength: 20, maxLength: 400, size: "max" }), (actions) => {
      const world: World = { pair: joinMuxes(LIMITS), parties: [] };
      for (const step of actions) {
        act(world, step);
        for (const { stream, consumer, written } of world.parties) {
          assert.ok(stream.bytesIn === consumer.length && stream.bytesOut === written, "counts differ from what happened");
        }
      }
      finish(world);
      for (const party of world.parties) {
        party.check();
        assert.ok(party.stream.closed, "a stream is still open");
        if (party.consumer.ended) complete += 1;
        if (party.consumer.error) broken += 1;
      }
      for (const { mux, closed, out } of [world.pair.left, world.pair.right]) {
        assert.equal(mux.size, 0, "streams are left over");
        assert.equal(new Set(closed.map(({ stream }) => stream)).size, closed.length, "a stream closed twice");
        assert.equal(out.queuedBytes(1) + out.queuedBytes(2), 0);
      }
    }),
    { numRuns: 150 },
  );
  assert.ok(complete > 100 && broken > 100, `${complete} ended and ${broken} were reset: the property tests too little`);
});

test("a sender never has more on the way than the largest window, however its writes look", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 50, maxLength: 100 }), (sizes) => {
      const { left, right, limits, settle } = joinMuxes(LIMITS);
      const near = left.mux.open(2, { kind: "published", port: 1 });
      settle();
      const consumer = new Recorder();
      consumer.taking = false;
      right.arrived[0]?.attach(consumer);
      right.arrived[0]?.accept();
      settle();
      for (const size of sizes) near.write(new Uint8Array(size));
      settle();
      const data = left.out.sent.filter(({ kind }) => kind === KIND.data);
      const bytes = data.reduce((sum, frame) => sum + frame.bytes - HEADER_BYTES, 0);
      assert.ok(bytes <= limits.maxWindowBytes, `${bytes} bytes are on the way`);
    }),
    { numRuns: 50 },
  );
});
