// How bytes move through sockets: pressure, corks, reads into one's own memory, and sockets as streams.

import assert from "node:assert/strict";
import { once } from "node:events";
import { Socket } from "node:net";
import { Duplex, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { pair, settled } from "./test_sockets.ts";

test("pauses and resumes", async () => {
  const { client, far } = await pair();
  let text = "";
  client.on("data", (bytes) => {
    text += bytes;
    client.pause();
  });
  far.write("a");
  await once(client, "data");
  far.write("b");
  await settled();
  assert.deepEqual([text, client.isPaused()], ["a", true]);
  client.resume();
  await once(client, "data");
  assert.equal(text, "ab");
});

test("pressure: write says no, drain comes, all arrives in order", async () => {
  const { client, far } = await pair();
  const piece = Buffer.alloc(256 * 1024, "x");
  let written = 0;
  let calls = 0;
  while (client.write(piece, () => (calls += 1))) written += piece.length;
  written += piece.length;
  assert.ok(client.writableNeedDrain && client.writableLength > 0 && client.bufferSize === client.writableLength);
  assert.equal(client.bytesWritten, written);
  const drained = once(client, "drain");
  let came = 0;
  far.on("data", (bytes) => {
    came += bytes.length;
  });
  await drained;
  assert.deepEqual([client.writableLength, client.writableNeedDrain, calls * piece.length], [0, false, written]);
  client.end();
  await once(far, "end");
  assert.deepEqual([came, far.bytesRead, client.bytesWritten], [written, written, written]);
});

test("what is corked goes together, as bytes and as text", async () => {
  const { client, far } = await pair();
  const order: string[] = [];
  client.cork();
  client.write("a", () => order.push("a"));
  client.write(Buffer.from("b"));
  client.write("63", "hex", () => order.push("c"));
  client.write(new Uint8Array([100]), () => order.push("d"));
  assert.equal(client.writableLength, 5);
  process.nextTick(() => client.uncork());
  const [bytes] = await once(far, "data");
  assert.equal(String(bytes), "abcd");
  if (order.length < 3) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(order, ["a", "c", "d"]);
});

test("many parts under pressure arrive in order", async () => {
  const { client, far } = await pair();
  const parts = Array.from({ length: 3000 }, (_, at) => Buffer.alloc(1000, at % 251));
  let done = 0;
  for (let at = 0; at < parts.length; at += 100) {
    client.cork();
    for (const part of parts.slice(at, at + 100)) client.write(part, () => (done += 1));
    client.uncork();
  }
  client.end();
  const got: Buffer[] = [];
  for await (const chunk of far) got.push(chunk as Buffer);
  assert.ok(Buffer.concat(got).equals(Buffer.concat(parts)));
  assert.equal(done, parts.length);
});

test("onread reads into one's own memory, and stops when its callback says so", async () => {
  const buffers: Uint8Array[] = [];
  let text = "";
  let stopped = false;
  let stop = (): void => undefined;
  const stops = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const { client, far } = await pair({
    onread: {
      buffer: () => {
        buffers.push(new Uint8Array(4));
        return buffers.at(-1) as Uint8Array;
      },
      callback: (bytes, buffer) => {
        text += Buffer.from(buffer.subarray(0, bytes)).toString();
        const isFirst = !stopped && text.includes("stop");
        stopped ||= isFirst;
        if (stopped) stop();
        return !isFirst;
      },
    },
  });
  client.on("data", () => assert.fail("no data"));
  far.write("12345stop6789");
  await stops;
  await settled();
  assert.equal(text, "12345stop6789".slice(0, text.length));
  assert.ok(text.includes("stop") && text.length < 13 && buffers.length >= 3);
  client.resume();
  far.end();
  await once(client, "end");
  assert.equal(text, "12345stop6789");
});

test("onread with one buffer pauses with the socket", async () => {
  const buffer = new Uint8Array(16);
  const texts: string[] = [];
  const { client, far } = await pair({
    onread: {
      buffer,
      callback: (bytes, into) => {
        assert.equal(into, buffer);
        texts.push(Buffer.from(into.subarray(0, bytes)).toString());
        return true;
      },
    },
  });
  client.pause();
  far.write("early");
  await settled();
  assert.deepEqual(texts, []);
  client.resume();
  far.end();
  await once(client, "close");
  assert.deepEqual(texts, ["early"]);
});

test("destroySoon closes once all is written", async () => {
  const { client, far } = await pair();
  const bytes = Buffer.alloc(4 * 1024 * 1024, 7);
  client.write(bytes);
  client.destroySoon();
  let came = 0;
  far.on("data", (chunk) => {
    came += chunk.length;
  });
  await Promise.all([once(far, "end"), once(client, "close")]);
  assert.equal(came, bytes.length);
});

test("is a Duplex: pipes, iterates, decodes, gives back what was read", async () => {
  const { client, far } = await pair();
  assert.ok(client instanceof Duplex && client instanceof Readable && client instanceof Writable && client instanceof Socket);
  far.pipe(far);
  client.setEncoding("utf8");
  client.write("grün");
  await once(client, "readable");
  const text = client.read() as string;
  assert.equal(text, "grün");
  client.unshift("again ");
  const rest: string[] = [];
  client.end("end");
  for await (const chunk of client) rest.push(chunk as string);
  assert.equal(rest.join(""), "again end");
});

function keeps(got: Buffer[]): Writable {
  return new Writable({
    write(chunk: Buffer, _, done) {
      got.push(chunk);
      done();
    },
  });
}

test("works in a pipeline", async () => {
  const { client, far } = await pair();
  const sent = Buffer.alloc(3_000_000, "pipeline ");
  const got: Buffer[] = [];
  await Promise.all([
    pipeline(Readable.from([sent.subarray(0, 1_000_000), sent.subarray(1_000_000)]), client),
    pipeline(
      far,
      async function* (source) {
        for await (const chunk of source) yield chunk as Buffer;
      },
      keeps(got),
    ),
  ]);
  assert.ok(Buffer.concat(got).equals(sent));
});
