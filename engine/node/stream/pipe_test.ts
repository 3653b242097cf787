// Pipes, `finished` and `pipeline`.

import assert from "node:assert/strict";
import { once } from "node:events";
import { finished, PassThrough, pipeline, Readable, Transform, Writable } from "node:stream";
import * as promises from "node:stream/promises";
import { test } from "node:test";
import { sink, turn } from "./test_streams.ts";

const numbers = (count: number) => Readable.from(Array.from({ length: count }, (_, at) => `${at} `));

test("a pipe passes all, with pauses, and ends its target", async () => {
  const { writable, got } = sink({ highWaterMark: 4 }, true);
  const source = numbers(20);
  const events: string[] = [];
  writable
    .on("pipe", (from) => events.push(`pipe ${from === source}`))
    .on("unpipe", (from) => events.push(`unpipe ${from === source}`));
  assert.equal(source.pipe(writable), writable);
  await once(writable, "finish");
  assert.equal(got.join(""), Array.from({ length: 20 }, (_, at) => `${at} `).join(""));
  assert.deepEqual(events, ["pipe true", "unpipe true"]);
});

test("a pipe may leave its target open", async () => {
  const { writable, got } = sink();
  const source = numbers(2);
  source.pipe(writable, { end: false });
  await once(source, "end");
  assert.equal(writable.writableEnded, false);
  writable.end("more");
  await once(writable, "finish");
  assert.deepEqual(got, ["0 ", "1 ", "more"]);
});

test("one source feeds several targets, at the pace of the slowest", async () => {
  const fast = sink({ highWaterMark: 4 });
  const slow = sink({ highWaterMark: 4 }, true);
  const source = numbers(10);
  source.pipe(fast.writable);
  source.pipe(slow.writable);
  await Promise.all([once(fast.writable, "finish"), once(slow.writable, "finish")]);
  assert.deepEqual(fast.got, slow.got);
  assert.equal(fast.got.length, 10);
});

test("unpipe takes one target off, or all", async () => {
  const { writable, got } = sink();
  const source = new Readable({ read: () => undefined });
  source.pipe(writable);
  source.push("a");
  await turn();
  source.unpipe(writable);
  source.push("b");
  await turn();
  assert.deepEqual([got, source.isPaused(), source.readableLength], [["a"], true, 1]);
  source.pipe(writable);
  source.push(null);
  await once(writable, "finish");
  assert.deepEqual(got, ["a", "b"]);
});

test("a target that fails is taken off, and nobody else ends", async () => {
  const source = new Readable({ read: () => undefined });
  const target = new Writable({ write: (_chunk, _encoding, done) => done(new Error("full")) });
  source.pipe(target);
  const failed = once(target, "error");
  source.push("x");
  assert.equal(((await failed) as [Error])[0].message, "full");
  assert.deepEqual([source.destroyed, source.listenerCount("data")], [false, 0]);
});

test("finished tells of every end once", async () => {
  const end = (of: Readable | Writable, options = {}) =>
    new Promise<string>((resolve) => void finished(of, options, (error) => resolve(error?.code ?? error?.message ?? "ok")));
  const { writable } = sink();
  const [read, wrote] = [end(numbers(1).resume()), end(writable.end())];
  assert.deepEqual(await Promise.all([read, wrote]), ["ok", "ok"]);
  assert.equal(await end(writable), "ok");
  const cut = new PassThrough();
  const waits = end(cut);
  cut.destroy();
  assert.equal(await waits, "ERR_STREAM_PREMATURE_CLOSE");
  assert.equal(await end(cut), "ERR_STREAM_PREMATURE_CLOSE");
  const broken = new PassThrough().on("error", () => undefined);
  const error = end(broken);
  broken.destroy(new Error("broken"));
  assert.equal(await error, "broken");
  const half = new PassThrough();
  const written = end(half, { readable: false });
  half.end();
  assert.equal(await written, "ok");
  assert.throws(() => finished({} as never, () => undefined), { code: "ERR_INVALID_ARG_TYPE" });
});

test("finished can be stopped, by hand or by a signal", async () => {
  const through = new PassThrough();
  let called = 0;
  const stop = finished(through, () => (called += 1));
  stop();
  through.destroy();
  await once(through, "close");
  assert.equal(called, 0);
  const controller = new AbortController();
  const aborted = promises.finished(new PassThrough(), { signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { name: "AbortError" });
  await promises.finished(numbers(1).resume());
});

test("a pipeline passes all, and calls back when the last is done", async () => {
  const { writable, got } = sink({}, true);
  const upper = new Transform({ transform: (chunk, _encoding, done) => done(null, String(chunk).toUpperCase()) });
  const error = await new Promise((resolve) => {
    assert.equal(pipeline(Readable.from(["a", "b"]), upper, writable, resolve), writable);
  });
  assert.deepEqual([error, got, writable.destroyed], [undefined, ["A", "B"], true]);
});

test("a pipeline destroys all when one fails", async () => {
  const source = new Readable({ read: () => undefined });
  const middle = new PassThrough();
  const { writable } = sink();
  const done = promises.pipeline(source, middle, writable);
  middle.destroy(new Error("in the middle"));
  await assert.rejects(done, { message: "in the middle" });
  assert.deepEqual([source.destroyed, middle.destroyed, writable.destroyed], [true, true, true]);
  const gone = promises.pipeline(new Readable({ read: () => undefined }), new PassThrough().destroy(), sink().writable);
  await assert.rejects(gone);
});

test("a pipeline takes iterables and functions", async () => {
  const { writable, got } = sink();
  await promises.pipeline(
    Readable.from(["a", "b", "c"]),
    async function* (source: AsyncIterable<unknown>) {
      for await (const chunk of source) yield `${chunk}${chunk}`;
    },
    writable,
  );
  assert.deepEqual(got, ["aa", "bb", "cc"]);
  const sum = await promises.pipeline(Readable.from([1, 2, 3]), async (source: AsyncIterable<number>) => {
    let total = 0;
    for await (const one of source) total += one;
    return total;
  });
  assert.equal(sum, 6);
  const failing = promises.pipeline(async function* () {
    yield "x";
    throw new Error("source failed");
  }, sink().writable);
  await assert.rejects(failing, { message: "source failed" });
});

test("a pipeline can be aborted, and may leave its target open", async () => {
  const controller = new AbortController();
  const source = new Readable({ read: () => undefined });
  const aborted = promises.pipeline(source, new PassThrough(), { signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { name: "AbortError" });
  assert.ok(source.destroyed);
  const { writable } = sink();
  await promises.pipeline(numbers(2), writable, { end: false });
  assert.equal(writable.writableEnded, false);
});
