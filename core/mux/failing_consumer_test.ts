// A consumer that throws while it takes bytes: its stream is over for both ends, and no other.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "../limits.ts";
import { FROM_ACCEPTOR, type Frame, KIND, makeFrame } from "../wire/frame.ts";
import { decodeReason } from "../wire/payload.ts";
import { Mux } from "./mux.ts";
import type { Stream } from "./stream.ts";

const TARGET = { kind: "published", port: 80 } as const;

/** Two streams to one host, the first of whose consumers throws `error`; what each was told, and what was sent. */
function twoStreams(error: Error) {
  const sent: Frame[] = [];
  const mux = new Mux(1, DEFAULT_LIMITS, { send: (frame) => void sent.push(frame), incoming: () => undefined });
  const told: string[][] = [[], []];
  const streams = told.map((heard, at) => {
    const stream = mux.open(2, TARGET);
    stream.attach({
      data: (chunk) => {
        if (at === 0) throw error;
        heard.push(`${chunk.length} bytes`);
        return true;
      },
      drain: () => undefined,
      end: () => void heard.push("end"),
      reset: ({ code }) => void heard.push(code),
    });
    return stream;
  });
  return { mux, sent, told, streams };
}

function frameFor({ identity: { id: stream } }: Stream, kind: Frame["kind"], bytes: number): Frame {
  return makeFrame({ kind, source: 2, destination: 1, flags: FROM_ACCEPTOR, stream }, new Uint8Array(bytes));
}

for (const [error, code] of [
  [new RangeError("Array buffer allocation failed"), "out-of-memory"],
  [Object.assign(new Error("out of memory"), { name: "InternalError" }), "out-of-memory"],
  [Object.assign(new Error("cannot allocate"), { code: "ERR_MEMORY_ALLOCATION_FAILED" }), "out-of-memory"],
  [new TypeError("f is not a function"), "internal"],
] as const) {
  test(`a consumer that throws "${error.message}" ends its stream with '${code}'`, () => {
    const { mux, sent, told, streams } = twoStreams(error);
    for (const stream of streams) mux.receive(frameFor(stream, KIND.accept, 4));
    sent.length = 0;
    const [failing, other] = streams as [Stream, Stream];
    assert.throws(() => mux.receive(frameFor(failing, KIND.data, 10)), error);
    mux.receive(frameFor(failing, KIND.data, 10));
    mux.receive(frameFor(other, KIND.data, 10));
    assert.deepEqual(told, [[code], ["10 bytes"]]);
    const resets = sent.filter(({ kind }) => kind === KIND.reset);
    assert.deepEqual(
      resets.map((frame) => [frame.stream, decodeReason(frame.payloadBytes()).code]),
      [[failing.identity.id, code]],
    );
    assert.equal(mux.size, 1);
  });
}

test("a stream that fails while nothing can be sent is over for its consumer all the same", () => {
  let full = false;
  const send = () => {
    if (full) throw new RangeError("Array buffer allocation failed");
  };
  const mux = new Mux(1, DEFAULT_LIMITS, { send, incoming: () => undefined });
  const stream = mux.open(2, TARGET);
  const told: string[] = [];
  const reset = ({ code }: { readonly code: string }) => void told.push(code);
  stream.attach({ data: () => assert.fail("data"), drain: () => undefined, end: () => assert.fail("end"), reset });
  mux.receive(frameFor(stream, KIND.accept, 4));
  full = true;
  assert.throws(() => mux.receive(frameFor(stream, KIND.accept, 4)), RangeError); // a second one is a fault of the other end
  assert.deepEqual(told, ["flow-violation"]);
  assert.equal(mux.size, 0);
});
