// Servers as Node documents them.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { type AddressInfo, connect, createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { dial, failure, listening, type SystemError, serve, sockets } from "./test_servers.ts";
import { settled } from "./test_sockets.ts";

const folder = mkdtempSync(join(tmpdir(), "net-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("listens in all the forms that there are", async () => {
  const forms: [args: unknown[], address: string][] = [
    [[0, "127.0.0.1"], "127.0.0.1"],
    [["0", "127.0.0.1", 5], "127.0.0.1"],
    [[{ port: 0, host: "::1" }], "::1"],
    [[{ port: 0, host: "localhost", backlog: 3 }], ""],
    [[], "::"],
    [[0], "::"],
    [[{ port: undefined }], "::"],
  ];
  for (const [args, address] of forms) {
    const server = serve();
    await new Promise<void>((resolve) => Reflect.apply(server.listen, server, [...args, resolve]));
    const at = server.address() as AddressInfo;
    assert.ok(at.port > 0 && server.listening);
    if (address !== "") assert.deepEqual([at.address, at.family], [address, address.includes(":") ? "IPv6" : "IPv4"]);
    server.close();
    assert.deepEqual([server.address(), server.listening], [null, false]);
  }
});

test("listens on both families at ::, on one with ipv6Only", async () => {
  const { port } = await listening(serve(), { port: 0, host: "::" });
  await once(dial(port, "127.0.0.1"), "connect");
  const only = await listening(serve(), { port: 0, host: "::", ipv6Only: true });
  await once(dial(only.port, "::1"), "connect");
  assert.equal((await failure(dial(only.port, "127.0.0.1"))).code, "ECONNREFUSED");
});

test("an address that cannot be had is an error", async () => {
  const { port } = await listening(serve());
  const second = serve();
  second.listen(port, "127.0.0.1");
  const error = await failure(second);
  assert.deepEqual(
    [error.code, error.syscall, error.address, error.port, error.message],
    ["EADDRINUSE", "listen", "127.0.0.1", port, `listen EADDRINUSE: address already in use 127.0.0.1:${port}`],
  );
  assert.equal(second.listening, false);
  second.listen(0, "192.0.2.1");
  assert.equal((await failure(second)).code, "EADDRNOTAVAIL");
  await listening(second);
  assert.throws(() => second.listen(0), { code: "ERR_SERVER_ALREADY_LISTEN" });
});

test("checks its arguments", () => {
  const server = serve();
  assert.throws(() => server.listen(65536), { code: "ERR_SOCKET_BAD_PORT", name: "RangeError" });
  assert.throws(() => server.listen({ port: -1 }), { code: "ERR_SOCKET_BAD_PORT" });
  assert.throws(() => server.listen({} as never), { code: "ERR_INVALID_ARG_VALUE" });
  assert.throws(() => createServer(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => connect({} as never), { code: "ERR_MISSING_ARGS" });
  assert.throws(() => connect(65536), { code: "ERR_SOCKET_BAD_PORT" });
  assert.throws(() => connect({ port: 1, localAddress: "nonsense" }), { code: "ERR_INVALID_IP_ADDRESS" });
  assert.throws(() => connect({ port: 1, host: 5 as never }), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => new Socket({ objectMode: true } as never), { code: "ERR_INVALID_ARG_VALUE" });
});

test("gives connections as it was told to", async () => {
  const server = serve({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true, keepAlive: true });
  const { port } = await listening(server);
  const accepted = once(server, "connection");
  const client = dial(port, "127.0.0.1");
  client.end("early");
  const [far] = (await accepted) as [Socket];
  assert.ok(far instanceof Socket && far.allowHalfOpen && far.isPaused() && far.readableFlowing === false);
  await settled();
  assert.deepEqual([far.bytesRead, far.readableEnded], [0, false]);
  const [bytes] = await once(far.resume(), "data");
  assert.equal(String(bytes), "early");
});

test("close waits for connections, and then calls back", async () => {
  const server = serve();
  const { port } = await listening(server);
  const client = dial(port, "127.0.0.1");
  await once(server, "connection");
  const order: string[] = [];
  server.on("close", () => order.push("close"));
  server.close((error) => order.push(`callback ${error}`));
  await settled();
  assert.deepEqual(order, []);
  client.destroy();
  sockets[0]?.resume();
  await once(server, "close");
  assert.deepEqual(order, ["close", "callback undefined"]);
  const failed = await new Promise<SystemError | undefined>((resolve) => server.close(resolve));
  assert.equal(failed?.code, "ERR_SERVER_NOT_RUNNING");
});

test("a connection that is one too many is dropped", async () => {
  const server = serve();
  server.maxConnections = 1;
  const { port } = await listening(server);
  await Promise.all([once(server, "connection"), once(dial(port, "127.0.0.1"), "connect")]);
  const dropped = once(server, "drop");
  const second = dial(port, "127.0.0.1").on("error", () => undefined);
  const closed = once(second.resume(), "close");
  const [{ remotePort, remoteFamily }] = (await dropped) as [{ remotePort: number; remoteFamily: string }];
  assert.deepEqual([remotePort > 0, remoteFamily], [true, "IPv4"]);
  await closed;
});

test("is closed when its signal is aborted", async () => {
  const controller = new AbortController();
  const server = serve();
  server.listen({ port: 0, host: "127.0.0.1", signal: controller.signal });
  await once(server, "listening");
  const closed = once(server, "close");
  controller.abort();
  await closed;
});

test("many connections come at once, and all are served", async () => {
  const server = serve({ allowHalfOpen: true }, (socket: Socket) => socket.pipe(socket));
  const { port } = await listening(server);
  const answers = Array.from({ length: 100 }, async (_, at) => {
    const socket = dial(port, "127.0.0.1");
    socket.setEncoding("utf8").end(`number ${at}`);
    let text = "";
    for await (const chunk of socket) text += chunk;
    return text;
  });
  assert.deepEqual(
    await Promise.all(answers),
    answers.map((_, at) => `number ${at}`),
  );
});

test("Unix sockets: a path that goes when the server does, names without one, errors", async () => {
  const path = join(folder, "socket");
  const server = serve({}, (socket) => socket.end("hello"));
  server.listen(path);
  await once(server, "listening");
  assert.ok(statSync(path).isSocket() && server.address() === path);
  const client = dial({ path });
  const [bytes] = await once(client, "data");
  assert.deepEqual([String(bytes), client.remoteAddress, client.address()], ["hello", undefined, {}]);
  const second = serve();
  second.listen({ path });
  const { code, address } = await failure(second);
  assert.deepEqual([code, address], ["EADDRINUSE", path]);
  assert.throws(() => client.resetAndDestroy(), { code: "ERR_INVALID_HANDLE_TYPE" });
  server.close();
  assert.equal(existsSync(path), false);
  const gone = await failure(dial(path));
  assert.deepEqual([gone.code, gone.syscall, gone.address, gone.message], ["ENOENT", "connect", path, `connect ENOENT ${path}`]);
  const long = await failure(dial({ path: `/${"x".repeat(200)}` }));
  assert.match(long.code ?? "", /^EINVAL$|^ENOENT$/); // Node 22 cuts it off
});

test("abstract Unix sockets have no file", async () => {
  const path = `\0net-test-${process.pid}`;
  const server = serve({}, (socket) => socket.end("abstract"));
  server.listen(path);
  await once(server, "listening");
  const [bytes] = await once(dial({ path }), "data");
  assert.equal(String(bytes), "abstract");
});
