// The small servers and clients: each does its one thing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pseudoRandom, pseudoRandomBytes, pseudoRandomSha256 } from "../../conformance/support/pseudo_random.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { dial, download, exchange, httpGet, upload } from "./clients.ts";
import { startEcho, startHalfClose, startHttp, startSink, startSource, type TestServer } from "./servers.ts";

const SIZE = 3_000_001; // bytes: no multiple of any buffer

async function withServer<S extends TestServer>(server: Promise<S>, use: (server: S) => Promise<void>): Promise<void> {
  const started = await server;
  try {
    await use(started);
  } finally {
    await started.stop();
  }
}

test("the pseudo-random stream repeats, has its length, and differs by seed", () => {
  assert.deepEqual(pseudoRandomBytes(7, 100_000), pseudoRandomBytes(7, 100_000));
  assert.notEqual(pseudoRandomSha256(7, 1000), pseudoRandomSha256(8, 1000));
  assert.equal(
    [...pseudoRandom(1, SIZE)].reduce((sum, chunk) => sum + chunk.length, 0),
    SIZE,
  );
  assert.equal([...pseudoRandom(1, 0)].length, 0);
});

test("echo sends back what it got", () =>
  withServer(startEcho(), async (echo) => {
    assert.equal(await exchange(echo, "hello"), "hello");
    assert.equal(echo.accepted(), 1);
    await waitFor(() => echo.open() === 0, { what: "the connection to close" });
  }));

test("a sink counts and hashes", () =>
  withServer(startSink(), async (sink) => {
    const want = { bytes: SIZE, sha256: pseudoRandomSha256(5, SIZE) };
    assert.deepEqual(await upload(sink, 5, SIZE), want);
    assert.deepEqual(sink.received, [want]);
  }));

test("a source sends the known bytes, to several at once", () =>
  withServer(startSource(9, SIZE), async (source) => {
    const want = { bytes: SIZE, sha256: pseudoRandomSha256(9, SIZE) };
    assert.deepEqual(await Promise.all([download(source), download(source)]), [want, want]);
  }));

test("the half-close server answers after FIN only", () =>
  withServer(startHalfClose(), async (server) => {
    const socket = await dial(server);
    let answer = "";
    socket.on("data", (chunk: Uint8Array) => {
      answer += chunk;
    });
    await new Promise<void>((resolve) => socket.write("abc", () => resolve()));
    await waitFor(() => server.open() === 1, { what: "the connection to arrive" });
    assert.equal(answer, "");
    socket.end();
    await waitFor(() => answer === "GOT 3", { what: "the answer after FIN" });
    socket.destroy();
  }));

test("an HTTP page is served", () =>
  withServer(startHttp("hello from here\n"), async (server) => {
    assert.deepEqual(await httpGet(server), { status: 200, body: "hello from here\n" });
  }));

test("stop closes open connections, and a closed port is refused", async () => {
  const echo = await startEcho();
  const socket = await dial(echo);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {}).resume();
  await echo.stop();
  socket.end();
  await closed;
  await assert.rejects(exchange(echo, "x"), /ECONNREFUSED/);
});
