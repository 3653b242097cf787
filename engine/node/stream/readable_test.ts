// Readables as Node documents them: who is called when, what follows from errors and ends.

import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { test } from "node:test";
import { closed, record, source, turn } from "./test_streams.ts";

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
