// Streams as Node documents them: who is called when, what follows from errors and ends.

import assert from "node:assert/strict";
import { once } from "node:events";
import stream, { Duplex, PassThrough, Readable, Stream, Transform, Writable } from "node:stream";
import { test } from "node:test";

const EVENTS = ["data", "readable", "end", "drain", "finish", "pause", "resume", "error", "close", "pipe", "unpipe"];

/** What a stream emits, in order; listening to `data` or `readable` would change how it flows. */
function record(of: Readable | Writable, names = EVENTS.filter((name) => name !== "data" && name !== "readable")): string[] {
  const events: string[] = [];
  for (const name of names) {
    of.on(name, (...args: unknown[]) => {
      const shown = args.filter((one) => !(one instanceof Stream) && typeof one !== "object");
      if (args[0] instanceof Error) shown.push((args[0] as NodeJS.ErrnoException).code ?? args[0].message);
      if (args[0] instanceof Uint8Array) shown.push(String(args[0]));
      events.push([name, ...shown].join(" "));
    });
  }
  return events;
}

/** A Readable of chunks that come at once, or each in a turn of its own. */
function source(chunks: unknown[], options: object = {}, later = false): Readable {
  const left = [...chunks];
  return new Readable({
    ...options,
    read() {
      const give = () => void this.push(left.length > 0 ? left.shift() : null);
      if (later) setImmediate(give);
      else give();
    },
  });
}

/** A Writable that keeps what it is given, and takes a turn for each chunk where it is slow. */
function sink(options: object = {}, slow = false) {
  const got: string[] = [];
  const writable = new Writable({
    ...options,
    write(chunk: unknown, _encoding, done) {
      got.push(String(chunk));
      if (slow) setImmediate(done);
      else done();
    },
  });
  return { writable, got };
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

function closed(of: Readable | Writable): Promise<void> {
  return new Promise((resolve) => void of.once("close", resolve));
}

test("a Readable flows once somebody listens to data, then ends and closes", async () => {
  for (const later of [false, true]) {
    const readable = source(["a", "b", "c"], {}, later);
    assert.deepEqual([readable.readableFlowing, readable.readable, readable.readableDidRead], [null, true, false]);
    const events = record(readable, ["data", "end", "error", "close"]);
    await closed(readable);
    assert.deepEqual(events, ["data a", "data b", "data c", "end", "close"]);
    assert.deepEqual([readable.readableEnded, readable.readable, readable.destroyed, readable.closed], [true, false, true, true]);
  }
});

test("a Readable reads ahead up to its mark, and no more", async () => {
  let asked = 0;
  const readable = new Readable({
    highWaterMark: 3,
    read(size) {
      assert.equal(size, 3);
      asked += 1;
      this.push("x");
    },
  });
  readable.read(0);
  await turn();
  assert.deepEqual([asked, readable.readableLength, readable.readableHighWaterMark], [3, 3, 3]);
  assert.equal(String(readable.read()), "xxxx"); // a last one comes while it is read
  await turn();
  assert.equal(readable.readableLength, 3);
});

test("read gives so many bytes, all, or null; readable tells when to ask again", async () => {
  const readable = source(["abc", "def", "gh"], {}, true);
  const got: (string | null)[] = [];
  readable.on("readable", () => {
    for (;;) {
      const chunk = readable.read(5) as Buffer | null;
      got.push(chunk && String(chunk));
      if (chunk === null) break;
    }
  });
  await once(readable, "end");
  assert.deepEqual(
    got.filter((one) => one !== null),
    ["abcde", "fgh"],
  );
});

test("unshift puts back what comes next", async () => {
  const readable = source(["world"]);
  readable.unshift("hello ");
  let text = "";
  for await (const chunk of readable) text += chunk;
  assert.equal(text, "hello world");
});

test("pause and resume, with their events", async () => {
  const readable = source(["a", "b"], {}, true);
  const events = record(readable, ["data", "pause", "resume", "end"]);
  readable.once("data", () => {
    readable.pause();
    assert.ok(readable.isPaused());
    setTimeout(() => readable.resume(), 5);
  });
  await once(readable, "end");
  assert.deepEqual(events, ["resume", "data a", "pause", "resume", "data b", "end"]);
});

test("setEncoding decodes across chunks", async () => {
  const readable = source([Buffer.from([0xe2, 0x82]), Buffer.from([0xac, 0xf0, 0x9f]), Buffer.from([0x98])]);
  readable.setEncoding("utf8");
  const got: unknown[] = [];
  readable.on("data", (chunk) => got.push(chunk));
  await once(readable, "end");
  assert.deepEqual([got.join(""), readable.readableEncoding], ["€\ufffd", "utf8"]);
});

test("objects pass as they are, but for null", async () => {
  const readable = Readable.from([1, "two", { three: 3 }, undefined, false]);
  assert.ok(readable.readableObjectMode);
  const got: unknown[] = [];
  for await (const one of readable) got.push(one);
  assert.deepEqual(got, [1, "two", { three: 3 }, undefined, false]);
  const broken = Readable.from([null]);
  await assert.rejects(
    async () => {
      for await (const one of broken) assert.fail(String(one));
    },
    { code: "ERR_STREAM_NULL_VALUES" },
  );
});

test("Readable.from takes iterables, generators and whole texts, and ends its source", async () => {
  let ended = false;
  async function* generate() {
    try {
      yield "a";
      yield "b";
      yield "c";
    } finally {
      ended = true;
    }
  }
  for await (const chunk of Readable.from(generate())) if (chunk === "b") break;
  await turn();
  assert.ok(ended);
  const text: unknown[] = [];
  for await (const chunk of Readable.from("whole text")) text.push(chunk);
  assert.deepEqual(text, ["whole text"]);
  assert.throws(() => Readable.from(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("a loop over a Readable ends it, gets its error, and stops at a premature end", async () => {
  const left = source(["a", "b"]);
  for await (const chunk of left) {
    assert.equal(String(chunk), "a");
    break;
  }
  assert.ok(left.destroyed);
  const kept = source(["a", "b"]);
  for await (const chunk of kept.iterator({ destroyOnReturn: false })) if (String(chunk) === "a") break;
  assert.ok(!kept.destroyed);
  const broken = new Readable({ read: () => undefined });
  setImmediate(() => broken.destroy(new Error("broken")));
  await assert.rejects(async () => {
    for await (const chunk of broken) assert.fail(String(chunk));
  }, /broken/);
  const cut = new Readable({ read: () => undefined });
  setImmediate(() => cut.destroy());
  await assert.rejects(
    async () => {
      for await (const chunk of cut) assert.fail(String(chunk));
    },
    { code: "ERR_STREAM_PREMATURE_CLOSE" },
  );
});

test("what a source does wrong is an error", async () => {
  const late = new Readable({ read: () => undefined });
  const events = record(late, ["end", "error", "close"]);
  late.push(null);
  late.push("x");
  await closed(late);
  assert.deepEqual(events, ["error ERR_STREAM_PUSH_AFTER_EOF", "close"]);
  const wrong = new Readable({ read: () => undefined });
  const failed = once(wrong, "error");
  wrong.push(5);
  assert.equal(((await failed) as [NodeJS.ErrnoException])[0].code, "ERR_INVALID_ARG_TYPE");
  const none = new Readable();
  const missing = once(none, "error");
  none.read();
  assert.equal(((await missing) as [NodeJS.ErrnoException])[0].code, "ERR_METHOD_NOT_IMPLEMENTED");
});

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

test("destroy frees, tells of the error once, then closes", async () => {
  const order: string[] = [];
  const readable = new Readable({
    read: () => undefined,
    destroy(error, done) {
      order.push(`destroy ${error?.message}`);
      setImmediate(() => done(error));
    },
  });
  readable.on("error", (error) => order.push(`error ${error.message}`)).on("close", () => order.push("close"));
  assert.equal(readable.destroy(new Error("first")), readable);
  readable.destroy(new Error("second"));
  assert.deepEqual([readable.destroyed, readable.closed, readable.readableAborted], [true, false, true]);
  await closed(readable);
  assert.deepEqual(order, ["destroy first", "error first", "close"]);
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

test("a stream is destroyed when its signal is aborted", async () => {
  const controller = new AbortController();
  const readable = new Readable({ read: () => undefined, signal: controller.signal });
  const failed = once(readable, "error");
  controller.abort();
  assert.equal(((await failed) as [Error])[0].name, "AbortError");
});

test("a stream is constructed before anything else is asked of it", async () => {
  const order: string[] = [];
  const duplex = new Duplex({
    construct(done) {
      order.push("construct");
      setImmediate(() => {
        order.push("constructed");
        done();
      });
    },
    read() {
      order.push("read");
      this.push(null);
    },
    write(_chunk, _encoding, done) {
      order.push("write");
      done();
    },
  });
  duplex.resume().end("x");
  await closed(duplex);
  assert.deepEqual(order.slice(0, 2), ["construct", "constructed"]);
  assert.deepEqual(order.slice(2).toSorted(), ["read", "write"]);
});

test("a Duplex has two ends; without allowHalfOpen they end together", async () => {
  for (const allowHalfOpen of [true, false]) {
    const duplex = new Duplex({ allowHalfOpen, read: () => undefined, write: (_chunk, _encoding, done) => done() });
    assert.ok(duplex instanceof Readable && duplex instanceof Writable && duplex instanceof Stream);
    const events = record(duplex, ["end", "finish", "close"]);
    duplex.resume().push(null);
    await turn();
    assert.deepEqual(events, allowHalfOpen ? ["end"] : ["end", "finish", "close"]);
    if (allowHalfOpen) {
      duplex.end();
      await closed(duplex);
      assert.deepEqual(events, ["end", "finish", "close"]);
    }
  }
  assert.ok(!(new Readable() instanceof Writable) && !(new Writable() instanceof Readable));
});

test("a Transform changes what passes, and flushes at the end", async () => {
  const transform = new Transform({
    transform: (chunk, _encoding, done) => done(null, String(chunk).toUpperCase()),
    flush: (done) => done(null, "!"),
  });
  const got: string[] = [];
  transform.on("data", (chunk) => got.push(String(chunk)));
  for (const text of ["a", "b"]) transform.write(text);
  transform.end();
  await closed(transform);
  assert.deepEqual(got, ["A", "B", "!"]);
  const failing = new Transform({ transform: (_chunk, _encoding, done) => done(new Error("no")) });
  const failed = once(failing, "error");
  failing.write("x");
  assert.equal(((await failed) as [Error])[0].message, "no");
});

test("a Transform that nobody reads asks its writer for a pause", async () => {
  const through = new PassThrough({ highWaterMark: 4 });
  assert.equal(through.write("abcd"), false);
  assert.equal(through.write("efgh"), false);
  await turn();
  assert.deepEqual([through.readableLength, through.writableLength], [4, 8]);
  const drained = once(through, "drain");
  through.read();
  await drained;
});

test("classes of one's own have their methods called", async () => {
  class Counter extends Readable {
    #left = 3;
    override _read() {
      this.push(this.#left > 0 ? String(this.#left--) : null);
    }
    override _destroy(error: Error | null, done: (error?: Error | null) => void) {
      done(error);
    }
  }
  class Upper extends Transform {
    override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, made: string) => void) {
      done(null, `<${chunk}>`);
    }
  }
  let text = "";
  for await (const chunk of new Counter().pipe(new Upper())) text += chunk;
  assert.equal(text, "<3><2><1>");
});

test("the module is the base class, with the others as members", () => {
  assert.equal(stream.Readable, Readable);
  assert.equal(stream as unknown, Stream);
});

test("programs from before there were classes inherit by a call", async () => {
  function Old(this: Transform): void {
    (Transform as unknown as { call(self: unknown, options: object): void }).call(this, { highWaterMark: 7 });
  }
  Old.prototype = Object.create(Transform.prototype) as object;
  Object.assign(Old.prototype, {
    _transform(chunk: Buffer, _encoding: string, done: (error: null, made: string) => void) {
      done(null, `[${chunk}]`);
    },
  });
  const old = new (Old as unknown as new () => Transform)();
  assert.ok(old instanceof Transform && old instanceof Writable && old.readableHighWaterMark === 7);
  old.end("x");
  assert.equal(String((await once(old, "data"))[0]), "[x]");
});
