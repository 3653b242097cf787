// The other classes of node:stream, and the module itself.

import assert from "node:assert/strict";
import { once } from "node:events";
import stream, { Duplex, PassThrough, Readable, Stream, Transform, Writable } from "node:stream";
import { test } from "node:test";
import { closed, record, turn } from "./stream/test_streams.ts";

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
