// One check: connections, answers by HTTP and commands, good and bad, and none that takes too long.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DEFAULT_LIMITS } from "../../core/mod.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { startServer, type TestServer } from "../../tests/support/servers.ts";
import { probe } from "./probe.ts";

const TIMES = { everyMs: 1000, timeoutMs: 1000, rise: 1, fall: 1 } as const;

/** A server that answers each request with these words, whatever it is asked for. */
const answering = (words: string) =>
  startServer((socket) => socket.once("data", () => void socket.end(words)), { host: "127.0.0.1", port: 0 });

let silent: TestServer;
before(async () => {
  silent = await startServer(() => undefined, { host: "127.0.0.1", port: 0 });
});
after(() => silent.stop());

const check = (more: object, target?: { host: string; port: number }, signal = AbortSignal.timeout(5000)) =>
  probe({ port: 80, ...TIMES, ...more }, target, { limits: DEFAULT_LIMITS, signal, guard: undefined });

test("a connection is good, none is bad, and a port that is not published is said", async () => {
  assert.deepEqual(await check({}, silent), { good: true, message: `127.0.0.1:${silent.port} takes connections` });
  const closed = { host: "127.0.0.1", port: await freePort("127.0.0.1") };
  const refused = await check({}, closed);
  assert.equal(refused.good, false);
  assert.match(refused.message, new RegExp(`127.0.0.1:${closed.port}`));
  assert.deepEqual(await check({}), { good: false, message: "Port 80 is not published" });
});

test("answers of 200 to 399 are good; others, none and what is not HTTP are bad", async () => {
  const cases = [
    ["HTTP/1.1 200 OK\r\n\r\n", true, "HTTP 200"],
    ["HTTP/1.0 302 Found\r\nLocation: /\r\n\r\n", true, "HTTP 302"],
    ["HTTP/1.1 404 Not Found\r\n\r\n", false, "HTTP 404"],
    ["HTTP/1.1 503 Busy\r\n\r\n", false, "HTTP 503"],
    ["SSH-2.0-OpenSSH\r\n", false, "Answer is not HTTP"],
    ["x".repeat(5000), false, "Answer is not HTTP"],
    ["", false, "Connection was closed without an answer"],
  ] as const;
  for (const [words, good, message] of cases) {
    const server = await answering(words);
    assert.deepEqual(await check({ path: "/healthz" }, server), { good, message });
    await server.stop();
  }
});

test("a target is asked for the path, and an answer that comes in pieces is one", async () => {
  let asked = "";
  const server = await startServer(
    (socket) =>
      socket.once("data", (bytes) => {
        asked = String(bytes);
        socket.write("HTTP/1.1 2");
        setImmediate(() => socket.write("04 No Content\r\n\r\n"));
      }),
    { host: "127.0.0.1", port: 0 },
  );
  assert.equal((await check({ path: "/a?b=c" }, server)).message, "HTTP 204");
  assert.match(asked, new RegExp(`^GET /a\\?b=c HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n`));
  await server.stop();
});

test("a command that ends with 0 is good", async () => {
  assert.deepEqual(await check({ command: "exit 0" }), { good: true, message: "Exit status 0" });
  assert.deepEqual(await check({ command: "exit 3" }), { good: false, message: "Exit status 3" });
  assert.deepEqual(await check({ command: "kill -9 $$" }), { good: false, message: "Command was ended" });
});

test("who does not answer is given up", async () => {
  const gone = new AbortController();
  const finding = check({ path: "/" }, silent, gone.signal);
  gone.abort();
  assert.equal((await finding).good, false);
});
