// UDP sockets as Node documents them.

import assert from "node:assert/strict";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, test } from "node:test";

const notHere = process.versions.engine === undefined && "Node takes the lower 16 bits of what it is given";

interface Message {
  readonly text: string;
  readonly from: RemoteInfo;
}

const opened: Socket[] = [];

afterEach(() => {
  for (const socket of opened.splice(0)) {
    try {
      socket.close();
    } catch {
      // closed by the test
    }
  }
});

/** A socket that is closed with the test. */
function open(type: "udp4" | "udp6" = "udp4"): Socket {
  const socket = createSocket({ type });
  opened.push(socket);
  return socket;
}

async function bound(type: "udp4" | "udp6" = "udp4"): Promise<Socket> {
  const socket = open(type);
  socket.bind({ address: type === "udp4" ? "127.0.0.1" : "::1" });
  await once(socket, "listening");
  return socket;
}

async function next(socket: Socket): Promise<Message> {
  const [bytes, from] = (await once(socket, "message")) as [Buffer, RemoteInfo];
  assert.ok(Buffer.isBuffer(bytes));
  return { text: bytes.toString(), from };
}

test("datagrams go there and back, and tell whose they are", async () => {
  for (const type of ["udp4", "udp6"] as const) {
    const server = await bound(type);
    const client = open(type);
    const { address, port, family } = server.address();
    assert.deepEqual([address, family], type === "udp4" ? ["127.0.0.1", "IPv4"] : ["::1", "IPv6"]);
    const came = next(server);
    client.send("ping", port, address);
    const { text, from } = await came;
    assert.deepEqual([text, from.size, from.family, from.address], ["ping", 4, family, address]);
    assert.equal(from.port, client.address().port);
    const answered = next(client);
    server.send(Buffer.from("pong"), from.port, from.address);
    assert.deepEqual((await answered).text, "pong");
  }
});

test("send takes all its forms", async () => {
  const server = await bound();
  const client = open();
  const { port } = server.address();
  const sent = (...args: unknown[]) =>
    new Promise<number>((resolve, reject) =>
      Reflect.apply(client.send, client, [
        ...args,
        (error: Error | null, bytes: number) => (error ? reject(error) : resolve(bytes)),
      ]),
    );
  const forms: [args: unknown[], text: string][] = [
    [[Buffer.from("bytes"), port, "127.0.0.1"], "bytes"],
    [[Buffer.from("no address"), port], "no address"],
    [[new DataView(new TextEncoder().encode("view").buffer), port], "view"],
    [[Buffer.from("a part"), 2, 4, port, "127.0.0.1"], "part"],
    [[[Buffer.from("a "), "list"], port, "127.0.0.1"], "a list"],
    [[[], port], ""],
    [["é", port, "localhost"], "é"],
  ];
  for (const [args, text] of forms) {
    const came = next(server);
    assert.equal(await sent(...args), Buffer.byteLength(text));
    assert.equal((await came).text, text);
  }
});

test("a connected socket sends to its peer, and hears of nobody else", async () => {
  const server = await bound();
  const stranger = await bound();
  const client = open();
  assert.throws(() => client.remoteAddress(), { code: "ERR_SOCKET_DGRAM_NOT_CONNECTED" });
  const { port } = server.address();
  await new Promise<void>((resolve) => client.connect(port, "127.0.0.1", resolve));
  assert.deepEqual([client.remoteAddress().address, client.remoteAddress().port], ["127.0.0.1", port]);
  assert.throws(() => client.connect(port), { code: "ERR_SOCKET_DGRAM_IS_CONNECTED" });
  const withAddress = () => client.send(Buffer.from("x"), 0, 1, port, "127.0.0.1");
  assert.throws(withAddress, { code: "ERR_SOCKET_DGRAM_IS_CONNECTED" });
  const texts: string[] = [];
  client.on("message", (bytes) => texts.push(bytes.toString()));
  const came = next(server);
  client.send("to the peer");
  const { from } = await came;
  stranger.send("from a stranger", from.port, from.address, () => server.send("answer", from.port, from.address));
  await once(client, "message");
  const part = next(server);
  client.send(Buffer.from("a part"), 2, 4);
  assert.equal((await part).text, "part");
  assert.deepEqual(texts, ["answer"]);
});

test("what nobody takes is an error of a connected socket", async () => {
  const gone = await bound();
  const { port } = gone.address();
  gone.close();
  const client = open();
  await new Promise<void>((resolve) => client.connect(port, "127.0.0.1", resolve));
  const failed = once(client, "error");
  client.send("x");
  const [error] = (await failed) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNREFUSED");
});

test("binds once, to a free port where none is said", async () => {
  const socket = open();
  let called = 0;
  socket.bind(0, "127.0.0.1", () => {
    called += 1;
  });
  assert.throws(() => socket.bind(), { code: "ERR_SOCKET_ALREADY_BOUND" });
  await once(socket, "listening");
  assert.ok(called === 1 && socket.address().port > 0);
  const second = open();
  const failed = once(second, "error");
  second.bind(socket.address().port, "127.0.0.1");
  const [error] = (await failed) as [NodeJS.ErrnoException & { address?: string; port?: number }];
  const { port } = socket.address();
  assert.deepEqual([error.code, error.syscall, error.address, error.port], ["EADDRINUSE", "bind", "127.0.0.1", port]);
  assert.equal(error.message, `bind EADDRINUSE 127.0.0.1:${port}`);
});

test("a port that is none is refused at once, and the socket can still be bound", { skip: notHere }, async () => {
  const socket = open();
  for (const port of [-1, 70_000, 1.5, "x"])
    assert.throws(() => socket.bind(port as number), { code: "ERR_SOCKET_BAD_PORT", name: "RangeError" });
  await new Promise<void>((resolve) => socket.bind(resolve));
  assert.ok(socket.address().port > 0);
});

test("an address of the other family is an error", async () => {
  for (const [type, address] of [
    ["udp4", "::1"],
    ["udp6", "127.0.0.1"],
  ] as const) {
    const socket = open(type);
    const sent = await new Promise<Error | null>((resolve) => socket.send("x", 9, address, resolve));
    assert.equal(sent?.message, `send EINVAL ${address}:9`);
    const connected = await new Promise<unknown>((resolve) => socket.connect(9, address, resolve as () => void));
    assert.equal((connected as Error).message, `connect EINVAL ${address}:9`);
  }
});

test("an address that is not there cannot be bound to", async () => {
  const socket = open();
  const failed = once(socket, "error");
  socket.bind({ address: "192.0.2.1" });
  assert.equal(((await failed) as [NodeJS.ErrnoException])[0].code, "EADDRNOTAVAIL");
});

test("a socket that is closed does nothing more", async () => {
  const socket = await bound();
  const order: string[] = [];
  socket.on("close", () => order.push("close"));
  socket.close(() => order.push("callback"));
  order.push("returned");
  await once(socket, "close");
  assert.deepEqual(order, ["returned", "close", "callback"]);
  for (const call of [() => socket.send("x", 1), () => socket.close(), () => socket.address(), () => socket.bind()])
    assert.throws(call, { code: "ERR_SOCKET_DGRAM_NOT_RUNNING" });
});

test("is closed when its signal is aborted", async () => {
  const controller = new AbortController();
  const socket = createSocket({ type: "udp4", signal: controller.signal });
  const closed = once(socket, "close");
  controller.abort();
  await closed;
});

test("checks its arguments", async () => {
  assert.throws(() => createSocket("udp5" as never), { code: "ERR_SOCKET_BAD_TYPE", name: "TypeError" });
  const socket = open();
  assert.throws(() => socket.send("x", 0), { code: "ERR_SOCKET_BAD_PORT", name: "RangeError" });
  assert.throws(() => socket.send("x", 65536), { code: "ERR_SOCKET_BAD_PORT" });
  assert.throws(() => socket.send(5 as never, 1), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => socket.send([5] as never, 1), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => socket.send("x", 1, 5 as never), { code: "ERR_INVALID_ARG_TYPE" });
  assert.throws(() => socket.send(Buffer.from("x"), 2, 1, 1, "127.0.0.1"), { code: "ERR_BUFFER_OUT_OF_BOUNDS" });
  assert.throws(() => socket.connect(0), { code: "ERR_SOCKET_BAD_PORT" });
  await new Promise<void>((resolve) => socket.send("x", 1, "127.0.0.1", () => resolve()));
});

test("looks names up, and tells what cannot be found", async () => {
  const asked: unknown[] = [];
  const lookup = (name: string, family: unknown, done: (error: Error | null, address: string, family: number) => void) => {
    asked.push([name, family]);
    if (name === "nowhere") done(new Error("not found"), "", 4);
    else done(null, "127.0.0.1", 4);
  };
  const server = await bound();
  const socket = createSocket({ type: "udp4", lookup: lookup as never });
  opened.push(socket);
  await new Promise<void>((resolve) => socket.bind(0, "here", resolve));
  const came = next(server);
  socket.send("named", server.address().port, "there");
  assert.equal((await came).text, "named");
  const failed = await new Promise<Error | null>((resolve) => socket.send("x", 1, "nowhere", resolve));
  assert.equal(failed?.message, "not found");
  assert.deepEqual(asked, [
    ["here", 4],
    ["there", 4],
    ["nowhere", 4],
  ]);
});

test("all of many datagrams come", async () => {
  const server = await bound();
  const client = await bound();
  const { port } = server.address();
  let came = 0;
  const all = new Promise<void>((resolve) => {
    server.on("message", (bytes) => {
      came += 1;
      if (bytes.toString() === "199") resolve();
      else client.send(String(came), port, "127.0.0.1");
    });
  });
  client.send("0", port, "127.0.0.1");
  await all;
  assert.equal(came, 200);
});
