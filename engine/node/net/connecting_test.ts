// Connections that are made and that fail, as Node documents them.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createConnection, type Socket } from "node:net";
import { test } from "node:test";
import { dial, failure, listening, type SystemError, serve } from "./test_servers.ts";

test("connects in all the forms that there are", async () => {
  const { port } = await listening(serve());
  const forms: unknown[][] = [
    [port],
    [String(port), "127.0.0.1"],
    [port, "localhost"],
    [{ port, host: "127.0.0.1", localAddress: "127.0.0.2" }],
    [{ port, host: "localhost", family: 4 }],
    [{ port, host: "localhost", autoSelectFamily: false, family: 4 }],
  ];
  for (const form of forms) {
    let called = false;
    const socket = dial(...form, () => {
      called = true;
    });
    await once(socket, "connect");
    assert.ok(called && socket.remotePort === port && !socket.connecting);
    if (typeof form[0] === "object" && "localAddress" in (form[0] as object)) assert.equal(socket.localAddress, "127.0.0.2");
  }
  assert.equal(createConnection, connect);
});

test("a refused connection is an error that names the address", async () => {
  const closed = serve();
  const { port } = await listening(closed);
  closed.close();
  const socket = dial(port, "127.0.0.1");
  const events: string[] = [];
  for (const name of ["connect", "error", "close"]) socket.on(name, () => events.push(name));
  let refused: SystemError | null | undefined;
  socket.write("never sent", (error) => {
    refused = error as SystemError;
  });
  const error = await failure(socket);
  assert.deepEqual(
    [error.code, error.syscall, error.address, error.port, error.errno, error.message],
    ["ECONNREFUSED", "connect", "127.0.0.1", port, -111, `connect ECONNREFUSED 127.0.0.1:${port}`],
  );
  await once(socket, "close");
  assert.deepEqual([events, socket.destroyed, refused instanceof Error], [["error", "close"], true, true]);
});

test("a socket that was refused can connect again", async () => {
  const closed = serve();
  const { port } = await listening(closed);
  closed.close();
  const socket = dial(port, "127.0.0.1");
  await failure(socket);
  await once(socket, "close");
  const again = await listening(serve({}, (far) => far.end("hello")));
  socket.connect(again.port, "127.0.0.1");
  const [bytes] = await once(socket, "data");
  assert.equal(String(bytes), "hello");
});

test("destroyed before it is connected, a socket closes without an error", async () => {
  const { port } = await listening(serve());
  const socket = dial(port, "127.0.0.1");
  const events: string[] = [];
  for (const name of ["connect", "error", "end"]) socket.on(name, () => events.push(name));
  const written = new Promise((resolve) => socket.write("x", resolve));
  socket.destroy();
  await once(socket, "close");
  assert.deepEqual(events, []);
  assert.equal(((await written) as SystemError).code, "ERR_SOCKET_CLOSED_BEFORE_CONNECTION");
});

test("names are looked up, and all their addresses are tried", async () => {
  const { port } = await listening(serve());
  const asked: unknown[] = [];
  const lookup = (name: string, options: { all?: boolean }, done: (...args: unknown[]) => void) => {
    asked.push(name);
    const all = [
      { address: "::1", family: 6 },
      { address: "127.0.0.1", family: 4 },
    ];
    process.nextTick(() => (options.all ? done(null, all) : done(null, "127.0.0.1", 4)));
  };
  const socket = dial({ port, host: "both.test", lookup });
  const found: unknown[] = [];
  socket.on("lookup", (error, address, family, host) => found.push([error, address, family, host]));
  await once(socket, "connect");
  assert.deepEqual([socket.remoteAddress, asked], ["127.0.0.1", ["both.test"]]);
  assert.deepEqual(found, [
    [null, "::1", 6, "both.test"],
    [null, "127.0.0.1", 4, "both.test"],
  ]);
  assert.deepEqual(socket.autoSelectFamilyAttemptedAddresses, [`::1:${port}`, `127.0.0.1:${port}`]);
  const one = dial({ port, host: "one.test", lookup, autoSelectFamily: false });
  await once(one, "connect");
  assert.equal(one.remoteAddress, "127.0.0.1");
});

test("a socket that connects again is read as it was before", async () => {
  const ways: Record<string, (socket: Socket, got: (text: string) => void) => void> = {
    data: (socket, got) => socket.on("data", got),
    "data after pause": (socket, got) => {
      socket.on("data", got);
      socket.once("close", () => {
        socket.pause();
        socket.once("connect", () => setImmediate(() => socket.resume()));
      });
    },
  };
  let count = 0;
  const { port } = await listening(
    serve({}, (far) => {
      count += 1;
      far.end(`connection ${count}, `);
    }),
  );
  for (const [name, read] of Object.entries(ways)) {
    count = 0;
    let text = "";
    const socket = dial(port, "127.0.0.1").setEncoding("utf8");
    read(socket, (more) => {
      text += more;
    });
    await once(socket, "close");
    socket.connect(port, "127.0.0.1");
    await once(socket, "close");
    assert.equal(text, "connection 1, connection 2, ", name);
  }
});

test("where no address of a name answers, the error has all of theirs", async () => {
  const closed = serve();
  const { port } = await listening(closed);
  closed.close();
  const lookup = (_name: string, _options: object, done: (...args: unknown[]) => void) =>
    done(null, [
      { address: "127.0.0.1", family: 4 },
      { address: "127.0.0.2", family: 4 },
    ]);
  const error = (await failure(dial({ port, host: "down.test", lookup }))) as SystemError & { errors: SystemError[] };
  assert.equal(error.code, "ECONNREFUSED");
  assert.deepEqual(
    error.errors.map(({ address }) => address),
    ["127.0.0.1", "127.0.0.2"],
  );
});

test("a name that cannot be found is an error", async () => {
  const lookup = (_name: string, _options: object, done: (...args: unknown[]) => void) =>
    done(Object.assign(new Error("not found"), { code: "ENOTFOUND" }));
  const socket = dial({ port: 1, host: "nowhere.test", lookup });
  assert.equal((await failure(socket)).code, "ENOTFOUND");
});

test("an address that was found is of one of the two families", async () => {
  const { port } = await listening(serve());
  for (const family of [9, 0, undefined]) {
    const lookup = (_name: string, { all }: { all?: boolean }, done: (...args: unknown[]) => void) =>
      all ? done(null, [{ address: "127.0.0.1", family }]) : done(null, "127.0.0.1", family);
    for (const autoSelectFamily of [true, false]) {
      const error = await failure(dial({ port, host: "odd.test", lookup, autoSelectFamily }));
      assert.deepEqual(
        [error.code, error.name, error.message],
        ["ERR_INVALID_ADDRESS_FAMILY", "RangeError", `Invalid address family: ${family} odd.test:${port}`],
      );
    }
  }
});

test("who listens once `connect` has returned hears of each attempt", async () => {
  const { port } = await listening(serve());
  for (const options of [{ host: "127.0.0.1" }, { host: "127.0.0.1", localAddress: "127.0.0.1" }]) {
    const socket = dial({ port, ...options });
    const attempts: unknown[] = [];
    socket.on("connectionAttempt", (...args) => attempts.push(args));
    await once(socket, "connect");
    assert.deepEqual(attempts, [["127.0.0.1", port, 4]]);
  }
});
