// Writables as Node documents them.

import assert from "node:assert/strict";
import { once } from "node:events";
import { Writable } from "node:stream";
import { test } from "node:test";
import { closed, record, sink, turn } from "./test_streams.ts";

test("a Writable writes in order, calls back, finishes and closes", async () => {
  for (const slow of [false, true]) {
    const { writable, got } = sink({}, slow);
    const events = record(writable, ["finish", "close"]);
    for (const text of ["a", "b", "c"]) writable.write(text, (error) => events.push(`${text} ${error}`));
    writable.end("d", () => events.push("end"));
    assert.deepEqual([writable.writable, writable.writableEnded, writable.writableFinished], [false, true, false]);
    await closed(writable);
    assert.deepEqual(
      [got, events],
      [
        ["a", "b", "c", "d"],
        ["a null", "b null", "c null", "end", "finish", "close"],
      ],
    );
  }
});

test("callbacks of write never come while it runs", async () => {
  const { writable } = sink();
  let returned = false;
  const called = new Promise<boolean>((resolve) => writable.write("x", () => resolve(returned)));
  returned = true;
  assert.equal(await called, true);
});

test("write says no at the mark, and drain comes when nothing waits", async () => {
  const { writable, got } = sink({ highWaterMark: 3 }, true);
  assert.deepEqual(
    [writable.write("a"), writable.write("b"), writable.write("c"), writable.writableNeedDrain],
    [true, true, false, true],
  );
  assert.equal(writable.writableLength, 3);
  await once(writable, "drain");
  assert.deepEqual([got, writable.writableLength, writable.writableNeedDrain], [["a", "b", "c"], 0, false]);
});

test("what is corked comes together, to writev where there is one", async () => {
  const batches: string[][] = [];
  const writable = new Writable({
    decodeStrings: false,
    writev(chunks, done) {
      batches.push(chunks.map(({ chunk, encoding }) => `${chunk} ${encoding}`));
      done();
    },
  });
  const calls: string[] = [];
  writable.write("alone");
  writable.cork();
  writable.cork();
  writable.write("a", "latin1", () => calls.push("a"));
  writable.write(Buffer.from("b"), () => calls.push("b"));
  assert.equal(writable.writableCorked, 2);
  writable.uncork();
  assert.equal(batches.length, 1);
  writable.uncork();
  await turn();
  assert.deepEqual(batches, [["alone utf8"], ["a latin1", "b buffer"]]);
  assert.deepEqual(calls, ["a", "b"]);
  writable.cork();
  writable.write("c");
  writable.end();
  await once(writable, "finish");
  assert.deepEqual(batches.at(-1), ["c utf8"]);
});

test("final comes before finish, and may fail", async () => {
  const events: string[] = [];
  const writable = new Writable({
    write: (_chunk, _encoding, done) => done(),
    final(done) {
      events.push("final");
      setImmediate(done);
    },
  });
  writable.on("prefinish", () => events.push("prefinish")).on("finish", () => events.push("finish"));
  writable.end("x");
  await closed(writable);
  assert.deepEqual(events, ["final", "prefinish", "finish"]);
  const failing = new Writable({ write: (_chunk, _encoding, done) => done(), final: (done) => done(new Error("no end")) });
  const failed = record(failing, ["finish", "error", "close"]);
  failing.end((error?: Error | null) => failed.push(`end ${error?.message}`));
  await closed(failing);
  assert.deepEqual(failed.toSorted(), ["close", "end no end", "error no end"]);
});

test("a write that fails tells its writer, those who wait, and then all", async () => {
  const writable = new Writable({ write: (_chunk, _encoding, done) => setImmediate(() => done(new Error("full"))) });
  const events = record(writable, ["finish", "error", "close"]);
  for (const name of ["a", "b"]) writable.write(name, (error) => events.push(`${name} ${error?.message}`));
  writable.end(() => events.push("end"));
  await closed(writable);
  assert.deepEqual(events.slice(0, 2), ["a full", "b full"]);
  assert.deepEqual(events.slice(-2), ["error full", "close"]);
  assert.equal(writable.errored?.message, "full");
});

test("writing after the end, or to a destroyed stream, is refused", async () => {
  const { writable } = sink();
  const failed = once(writable, "error");
  writable.end();
  const codes: (string | undefined)[] = [];
  writable.write("late", (error) => codes.push((error as NodeJS.ErrnoException)?.code));
  assert.equal(((await failed) as [NodeJS.ErrnoException])[0].code, "ERR_STREAM_WRITE_AFTER_END");
  const { writable: gone } = sink();
  const silent = record(gone, ["error", "close"]);
  gone.destroy();
  gone.write("x", (error) => codes.push((error as NodeJS.ErrnoException)?.code));
  await turn();
  assert.deepEqual([codes, silent], [["ERR_STREAM_WRITE_AFTER_END", "ERR_STREAM_DESTROYED"], ["close"]]);
  assert.throws(() => gone.write(null), { code: "ERR_STREAM_NULL_VALUES" });
  assert.throws(() => gone.write(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => gone.write("x", "nonsense" as never), { code: "ERR_UNKNOWN_ENCODING" });
});

test("calling back twice is an error", async () => {
  const writable = new Writable({
    write(_chunk, _encoding, done) {
      done();
      done();
    },
  });
  const failed = once(writable, "error");
  writable.write("x");
  assert.equal(((await failed) as [NodeJS.ErrnoException])[0].code, "ERR_MULTIPLE_CALLBACK");
});

test("emitClose and autoDestroy can be switched off", async () => {
  const { writable } = sink({ emitClose: false, autoDestroy: false });
  const events = record(writable, ["finish", "close"]);
  writable.end();
  await turn();
  assert.deepEqual([events, writable.destroyed], [["finish"], false]);
  writable.destroy();
  await turn();
  assert.deepEqual([events, writable.closed], [["finish"], true]);
});
