// Sockets as Node documents them: the order of events, half-open connections, ends and errors.

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, Socket } from "node:net";
import { test } from "node:test";
import { closed, opened, pair, record } from "./test_sockets.ts";

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

test("a write after the end is an error, and nothing is finished", async () => {
  const { client } = await pair();
  const events = record(client, "finish", "error", "close");
  client.end();
  client.write("late");
  await closed(client);
  assert.deepEqual(events, ["error ERR_STREAM_WRITE_AFTER_END", "close true"]);
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

test("an idle socket tells so, until something moves", async () => {
  const { client, far } = await pair();
  let idle = 0;
  let isLate = false;
  client.setTimeout(60, () => (idle += 1));
  assert.equal(client.timeout, 60);
  far.resume();
  // The second of these would come after the timeout if that were counted from the beginning.
  setTimeout(() => {
    setTimeout(() => (isLate = true), 50);
    client.write("x");
  }, 30);
  await once(client, "timeout");
  assert.deepEqual([idle, isLate, client.destroyed], [1, true, false]);
  client.setTimeout(0);
  assert.throws(() => client.setTimeout(-1), { code: "ERR_OUT_OF_RANGE" });
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
