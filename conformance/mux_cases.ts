// What any multiplexer has to do, as plain data: no test runner, so that others can run it on theirs.

import assert from "node:assert/strict";
import type { Stream } from "../core/mux/stream.ts";
import { Recorder } from "./mux_pair.ts";

/** One side of two joined multiplexers. */
export interface MuxEnd {
  /** Opens a stream to the other side. */
  open(): Stream;
  /** Streams that the other side opened, in order. */
  readonly arrived: readonly Stream[];
  /** Streams that are not over. */
  size(): number;
}

/** What the cases run on; a fresh one for each case. */
export interface MuxSubject {
  readonly left: MuxEnd;
  readonly right: MuxEnd;
  /** Resolves when everything that was sent has arrived and nothing moves any more. */
  settle(): Promise<void>;
  /** Most bytes that a stalled consumer may have outstanding. */
  readonly windowBytes: number;
}

/** One case. */
export interface MuxCase {
  readonly name: string;
  run(subject: MuxSubject): Promise<void>;
}

interface Opened {
  readonly near: Stream;
  readonly far: Stream;
  readonly atNear: Recorder;
  readonly atFar: Recorder;
}

/** Opens a stream from left to right and accepts it. */
async function opened(subject: MuxSubject): Promise<Opened> {
  const near = subject.left.open();
  const atNear = new Recorder();
  near.attach(atNear);
  await subject.settle();
  const far = subject.right.arrived.at(-1) as Stream;
  const atFar = new Recorder();
  far.attach(atFar);
  far.accept();
  await subject.settle();
  return { near, far, atNear, atFar };
}

/** Bytes that differ by position, so that a swap shows. */
export function pattern(length: number, from = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => ((from + at) * 31 + ((from + at) >>> 8)) & 0xff);
}

function equalBytes(actual: Uint8Array, wanted: Uint8Array): void {
  assert.equal(actual.length, wanted.length);
  assert.ok(Buffer.from(actual).equals(wanted), "the bytes differ");
}

function nothingLeft({ left, right }: MuxSubject): void {
  assert.deepEqual([left.size(), right.size()], [0, 0], "streams are left over");
}

/** Writes until the stream wants a pause, and on at every drain. */
function pump(stream: Stream, bytes: number): { written(): number; more(): void } {
  let at = 0;
  const more = () => {
    while (at < bytes) {
      const size = Math.min(8192, bytes - at);
      at += size;
      if (!stream.write(pattern(size, at - size))) return;
    }
  };
  return { written: () => at, more };
}

/** The cases. */
export const muxCases: readonly MuxCase[] = [
  {
    name: "bytes of every value arrive both ways, in order",
    async run(subject) {
      const { near, far, atNear, atFar } = await opened(subject);
      assert.deepEqual(atNear.calls, ["accepted"]);
      near.write(pattern(5000));
      far.write(pattern(7000, 3));
      await subject.settle();
      equalBytes(atFar.bytes, pattern(5000));
      equalBytes(atNear.bytes, pattern(7000, 3));
    },
  },
  {
    name: "half-close: the other direction stays open until it is closed, too",
    async run(subject) {
      const { near, far, atNear, atFar } = await opened(subject);
      near.write(pattern(10));
      near.end();
      await subject.settle();
      assert.deepEqual(atFar.calls, ["data", "end"]);
      assert.equal(near.closed || far.closed, false);
      far.write(pattern(20_000));
      await subject.settle();
      equalBytes(atNear.bytes, pattern(20_000));
      far.end();
      await subject.settle();
      assert.equal(atNear.calls.at(-1), "end");
      assert.ok(near.closed && far.closed);
      nothingLeft(subject);
    },
  },
  {
    name: "half-close by the acceptor first",
    async run(subject) {
      const { near, far, atNear, atFar } = await opened(subject);
      far.end();
      await subject.settle();
      assert.deepEqual(atNear.calls, ["accepted", "end"]);
      near.write(pattern(100));
      near.end();
      await subject.settle();
      equalBytes(atFar.bytes, pattern(100));
      assert.equal(atFar.calls.at(-1), "end");
      nothingLeft(subject);
    },
  },
  {
    name: "an end comes after all bytes that were written before it, also after those that waited for credit",
    async run(subject) {
      const { near, atFar } = await opened(subject);
      const length = subject.windowBytes + 100_000;
      near.write(pattern(length));
      near.end();
      await subject.settle();
      equalBytes(atFar.bytes, pattern(length));
      assert.deepEqual(atFar.calls, ["data", "end"]);
    },
  },
  {
    name: "a reset by the opener arrives with its code and text, and nothing comes after it",
    async run(subject) {
      const { near, far, atFar } = await opened(subject);
      near.reset("denied", "Not for you");
      near.write(pattern(10));
      near.end();
      await subject.settle();
      assert.deepEqual(atFar.calls, ["reset denied"]);
      assert.equal(atFar.error?.message, "Not for you");
      assert.ok(far.closed);
      nothingLeft(subject);
    },
  },
  {
    name: "a reset by the acceptor in mid-stream arrives, and writes after it are dropped",
    async run(subject) {
      const { near, far, atNear } = await opened(subject);
      far.write(pattern(10));
      await subject.settle();
      far.reset("reset");
      await subject.settle();
      assert.deepEqual(atNear.calls, ["accepted", "data", "reset reset"]);
      near.write(pattern(10));
      near.end();
      near.reset("reset");
      await subject.settle();
      assert.deepEqual(atNear.calls, ["accepted", "data", "reset reset"]);
      nothingLeft(subject);
    },
  },
  {
    name: "resets from both ends at once leave nothing",
    async run(subject) {
      const { near, far } = await opened(subject);
      near.reset("reset");
      far.reset("reset");
      await subject.settle();
      nothingLeft(subject);
    },
  },
  {
    name: "a refused open never counts as accepted",
    async run(subject) {
      const near = subject.left.open();
      const atNear = new Recorder();
      near.attach(atNear);
      near.write(pattern(100));
      await subject.settle();
      subject.right.arrived[0]?.reset("refused");
      await subject.settle();
      assert.deepEqual(atNear.calls, ["reset refused"]);
      nothingLeft(subject);
    },
  },
  {
    name: "a stream that is reset before anyone listens says so to whoever attaches",
    async run(subject) {
      const near = subject.left.open();
      await subject.settle();
      near.reset("reset");
      await subject.settle();
      const late = new Recorder();
      subject.right.arrived[0]?.attach(late);
      assert.deepEqual(late.calls, ["reset reset"]);
    },
  },
  {
    name: "data that is sent before the accept waits for the acceptor's consumer",
    async run(subject) {
      const near = subject.left.open();
      near.write(pattern(300));
      near.end();
      await subject.settle();
      const far = subject.right.arrived[0] as Stream;
      const atFar = new Recorder();
      far.accept();
      far.attach(atFar);
      equalBytes(atFar.bytes, pattern(300));
      assert.deepEqual(atFar.calls, ["data", "end"]);
    },
  },
  {
    name: "a stalled reader stops its sender within one window, and a neighbour goes on",
    async run(subject) {
      const stalled = await opened(subject);
      const free = await opened(subject);
      stalled.atFar.taking = false;
      const length = subject.windowBytes * 3;
      const flows = [stalled, free].map(({ near, atNear }) => {
        const flow = pump(near, length);
        atNear.drain = flow.more;
        return flow;
      });
      for (const flow of flows) flow.more();
      await subject.settle();
      equalBytes(free.atFar.bytes, pattern(length));
      const arrived = stalled.atFar.length;
      assert.ok((flows[0]?.written() ?? 0) <= subject.windowBytes + 8192, "the sender was not stopped");
      stalled.atFar.taking = true;
      stalled.far.resume();
      await subject.settle();
      assert.ok(arrived < length);
      equalBytes(stalled.atFar.bytes, pattern(length));
    },
  },
  {
    name: "streams in both directions do not mix",
    async run(subject) {
      const there = await opened(subject);
      const back = subject.right.open();
      await subject.settle();
      const atLeft = new Recorder();
      subject.left.arrived[0]?.attach(atLeft);
      subject.left.arrived[0]?.accept();
      back.write(pattern(999));
      there.far.write(pattern(1001, 7));
      await subject.settle();
      equalBytes(atLeft.bytes, pattern(999));
      equalBytes(there.atNear.bytes, pattern(1001, 7));
    },
  },
];
