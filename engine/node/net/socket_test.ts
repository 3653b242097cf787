// Sockets as Node documents them: the order of events, half-open connections, pressure, errors.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, Socket, type SocketConstructorOpts } from "node:net";
import { Duplex, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterEach, test } from "node:test";

const opened: { destroy?: () => unknown; close?: () => unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) (one.destroy ?? one.close)?.call(one);
});

interface Options extends SocketConstructorOpts {
  readonly serverOptions?: { allowHalfOpen?: boolean; pauseOnConnect?: boolean; noDelay?: boolean };
  readonly onread?: { buffer: Uint8Array | (() => Uint8Array); callback: (bytes: number, buffer: Uint8Array) => boolean };
}

/** Both ends of a TCP connection. */
async function pair({ serverOptions = {}, ...options }: Options = {}) {
  const server = createServer(serverOptions);
  opened.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, "connection");
  const client = connect({ port, host: "127.0.0.1", ...options });
  const [far] = (await accepted) as [Socket];
  if (client.connecting) await once(client, "connect");
  opened.push(client, far);
  return { server, client, far, port };
}

function record(socket: Socket, ...names: string[]): string[] {
  const events: string[] = [];
  for (const name of names) {
    socket.on(name, (...args: unknown[]) => {
      const shown = args.map((one) => (one instanceof Error ? (one as NodeJS.ErrnoException).code : String(one)));
      events.push([name, ...shown].join(" "));
    });
  }
  return events;
}

/** Whatever comes before. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => void socket.once("close", resolve));
}

const ALL = ["connect", "ready", "data", "end", "finish", "error", "close"];

test("a connection that both ends end tells what happens in order", async () => {
  const server = createServer((far) => {
    far.on("data", (bytes) => far.write(`got ${bytes}`));
  });
  opened.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1", () => events.push("callback"));
  const events = record(client, ...ALL);
  assert.deepEqual([client.connecting, client.readyState, client.pending], [true, "opening", true]);
  client.write("hello", () => events.push("written"));
  client.on("data", () => client.end());
  await once(client, "close");
  assert.deepEqual(events, ["callback", "connect", "written", "ready", "data got hello", "finish", "end", "close false"]);
  assert.deepEqual([client.readyState, client.destroyed, client.bytesRead, client.bytesWritten], ["closed", true, 9, 5]);
});

test("knows its addresses", async () => {
  const { client, far, port } = await pair();
  assert.deepEqual([client.remoteAddress, client.remotePort, client.remoteFamily], ["127.0.0.1", port, "IPv4"]);
  assert.deepEqual(far.address(), { address: "127.0.0.1", family: "IPv4", port });
  assert.deepEqual([client.localAddress, client.localPort, client.localFamily], ["127.0.0.1", far.remotePort, "IPv4"]);
  client.destroy();
  await once(far, "close");
  assert.equal(client.remoteAddress, "127.0.0.1");
  assert.deepEqual([client.address(), client.localPort], [{}, undefined]);
  assert.deepEqual(new Socket().address(), {});
});

test("without allowHalfOpen a socket ends with its peer, and refuses to write then", async () => {
  const { client, far } = await pair();
  const events = record(client, "data", "end", "finish", "close");
  far.end("bye");
  await once(client, "end");
  const failed = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    setImmediate(() => client.write("late", resolve));
  });
  assert.equal(failed?.code, "EPIPE");
  if (!events.includes("close false")) await closed(client);
  assert.deepEqual(events, ["data bye", "end", "finish", "close false"]);
});

test("with allowHalfOpen it goes on until it ends itself", async () => {
  const { client, far } = await pair({ allowHalfOpen: true });
  const events = record(client, "data", "end", "finish", "close");
  far.end("bye");
  await once(client, "end");
  assert.deepEqual([client.readyState, client.readableEnded, client.writable], ["writeOnly", true, true]);
  client.write("more");
  const [more] = await once(far, "data");
  assert.equal(String(more), "more");
  client.end();
  await once(client, "close");
  assert.deepEqual(events, ["data bye", "end", "finish", "close false"]);
});

test("a socket whose data nobody listens to reads until its mark, and learns of the end only then", async () => {
  const { client, far } = await pair();
  client.end();
  far.resume();
  await once(client, "close");
  const second = await pair();
  second.far.end("unread");
  second.client.on("close", () => assert.fail("must not close"));
  await once(second.client, "readable");
  assert.equal(second.client.readableLength, 6);
  second.client.removeAllListeners("close");
  assert.equal(String(second.client.read()), "unread");
  await once(second.client, "close");
});

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
  await new Promise((resolve) => setTimeout(resolve, 20));
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
        return !isFirst;
      },
    },
  });
  client.on("data", () => assert.fail("no data"));
  far.write("12345stop6789");
  await new Promise((resolve) => setTimeout(resolve, 50));
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
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(texts, []);
  client.resume();
  far.end();
  await once(client, "close");
  assert.deepEqual(texts, ["early"]);
});

test("destroy cuts both ways, and cancels what is on its way", async () => {
  const { client, far } = await pair();
  const events = record(client, "finish", "end", "error", "close");
  const failures: (string | undefined)[] = [];
  client.write(Buffer.alloc(32 * 1024 * 1024), (error) => failures.push((error as NodeJS.ErrnoException)?.code));
  client.write("more", (error) => failures.push((error as NodeJS.ErrnoException)?.code));
  client.destroy();
  far.resume().on("error", () => undefined);
  await once(client, "close");
  assert.deepEqual([events, failures], [["close false"], ["ECANCELED", "ECANCELED"]]);
  await new Promise((resolve) => client.write("late", (error) => resolve(failures.push((error as NodeJS.ErrnoException)?.code))));
  assert.equal(failures.at(-1), "ERR_STREAM_DESTROYED");
});

test("destroy with an error tells it, then closes", async () => {
  const { client } = await pair();
  const events = record(client, "error", "close");
  client.destroy(Object.assign(new Error("own"), { code: "OWN" }));
  await closed(client);
  assert.deepEqual(events, ["error OWN", "close true"]);
});

test("a reset is an error of the other end", async () => {
  const { client, far } = await pair();
  const events = record(far, "end", "error", "close");
  far.resume();
  client.resetAndDestroy();
  await closed(far);
  assert.deepEqual([events, client.destroyed], [["error ECONNRESET", "close true"], true]);
});

test("resetAndDestroy waits for the connection, and refuses where there is none", async () => {
  const server = createServer();
  opened.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.resetAndDestroy();
  const [far] = (await accepted) as [Socket];
  const [error] = (await once(far.resume(), "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNRESET");
  const none = new Socket();
  const failed = once(none, "error");
  none.resetAndDestroy();
  assert.equal(((await failed) as [NodeJS.ErrnoException])[0].code, "ERR_SOCKET_CLOSED");
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

test("an idle socket tells so, until something moves", async () => {
  const { client, far } = await pair();
  let idle = 0;
  client.setTimeout(40, () => (idle += 1));
  assert.equal(client.timeout, 40);
  far.resume();
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.write("x");
  }
  assert.equal(idle, 0);
  await once(client, "timeout");
  assert.deepEqual([idle, client.destroyed], [1, false]);
  client.setTimeout(0);
  assert.throws(() => client.setTimeout(-1), { code: "ERR_OUT_OF_RANGE" });
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

test("a handle moves to another socket", async () => {
  const { far, client } = await pair({ serverOptions: { pauseOnConnect: true, allowHalfOpen: true } });
  client.write("early");
  const { _handle: handle } = far as unknown as { _handle: object };
  const moved = new Socket({ handle, allowHalfOpen: true } as never);
  opened.push(moved);
  Object.assign(far, { _handle: null });
  const [bytes] = await once(moved, "data");
  assert.equal(String(bytes), "early");
  moved.end("answer");
  const [answer] = await once(client, "data");
  assert.equal(String(answer), "answer");
  assert.equal(moved.remotePort, client.localPort);
  far.destroy();
});

test("is destroyed when its signal is aborted", async () => {
  const controller = new AbortController();
  const { client } = await pair({ signal: controller.signal });
  const failed = once(client, "error");
  controller.abort();
  const [error] = (await failed) as [NodeJS.ErrnoException];
  assert.deepEqual([error.name, error.code, client.destroyed], ["AbortError", "ABORT_ERR", true]);
});

test("a server counts the connection of a socket", async () => {
  const { server, far, client } = await pair();
  const count = () =>
    new Promise<number>((resolve, reject) =>
      (server as Server).getConnections((error, n) => (error ? reject(error) : resolve(n))),
    );
  assert.equal(await count(), 1);
  client.destroy();
  far.resume();
  await once(far, "close");
  assert.equal(await count(), 0);
});
