// Connections through the network on real sockets: bytes, half-close and reset both ways, and no leak.

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { pseudoRandomSha256 } from "../../conformance/support/pseudo_random.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { dial, exchange, upload } from "../../tests/support/clients.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { startEcho, startHalfClose, startServer, startSink, type TestServer } from "../../tests/support/servers.ts";
import { type TcpNetwork, type TcpNetworkOptions, tcpNetwork } from "../../tests/support/tcp_network.ts";

/** Runs a body on a network in front of one server; afterwards nothing of either is left. */
async function through(
  server: TestServer,
  body: (network: TcpNetwork) => Promise<void>,
  options: Partial<TcpNetworkOptions> = {},
) {
  const network = await tcpNetwork({ targets: [server], ...options });
  try {
    await body(network);
  } finally {
    await network.stop();
    await waitFor(() => server.open() === 0, { what: "the server's connections to end" });
    await server.stop();
  }
}

/** Resolves with the error of a connection that ends without an orderly end. */
function resetOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once("error", (error: Error & { code?: string }) => resolve(error.code ?? error.message));
    socket.once("end", () => reject(new Error("The connection ended in order")));
    socket.once("close", () => reject(new Error("The connection closed without an error")));
    socket.resume();
  });
}

test("bytes pass both ways, and the client's end reaches the target while the answer still comes", async () => {
  await through(await startHalfClose(), async (network) => {
    assert.equal(await exchange(network.at(), "x".repeat(100_000)), "GOT 100000");
    assert.equal(await exchange(network.at(), ""), "GOT 0");
  });
});

test("the target's end reaches the client, which may go on sending", async () => {
  let got = "";
  let ended = false;
  const server = await startServer((socket) => {
    socket.end("hello");
    socket.on("data", (chunk: Uint8Array) => {
      got += Buffer.from(chunk).toString();
    });
    socket.on("end", () => {
      ended = true;
    });
  });
  await through(server, async (network) => {
    const client = await dial(network.at());
    let heard = "";
    client.on("data", (chunk: Uint8Array) => {
      heard += Buffer.from(chunk).toString();
    });
    await new Promise((resolve) => client.once("end", resolve));
    assert.equal(heard, "hello");
    assert.equal(ended, false);
    client.end("goodbye");
    await waitFor(() => ended, { what: "the target to see the client's end" });
    assert.equal(got, "goodbye");
  });
});

test("a client that has ended its side and then goes away is noticed by a target that sends without end", async () => {
  let ended = false;
  const server = await startServer((socket) => {
    socket.on("end", () => {
      ended = true;
    });
    const pump = (error?: Error | null) => void (error || socket.destroyed || socket.write(new Uint8Array(16_384), pump));
    socket.resume();
    pump();
  });
  await through(server, async (network) => {
    const client = await dial(network.at());
    client.resume();
    client.end();
    // Deno tells of no end, also without a network between, while its own side writes without a pause.
    if (!("Deno" in globalThis)) await waitFor(() => ended, { what: "the end to reach the target" });
    client.destroy();
    await waitFor(() => server.open() === 0, { what: "the target's connection to be reset" });
  });
});

test("a target that has ended its side and then goes away is noticed by a client that sends without end", async () => {
  const server = await startServer((socket) => {
    socket.resume();
    socket.end();
    setTimeout(() => socket.destroy(), 50);
  });
  await through(server, async (network) => {
    const client = await dial(network.at());
    let over = false;
    client
      .on("error", () => undefined)
      .on("close", () => {
        over = true;
      });
    const pump = (error?: Error | null) => void (error || over || client.write(new Uint8Array(16_384), pump));
    client.resume();
    pump();
    await waitFor(() => over, { what: "the client's connection to be reset" });
  });
});

test("16 MiB arrive whole, on several connections at once", async () => {
  const sink = await startSink();
  await through(sink, async (network) => {
    const bytes = 4 * 1024 * 1024;
    const answers = await Promise.all([1, 2, 3, 4].map((seed) => upload(network.at(), seed, bytes)));
    assert.deepEqual(
      answers,
      [1, 2, 3, 4].map((seed) => ({ bytes, sha256: pseudoRandomSha256(seed, bytes) })),
    );
  });
});

test("a target's reset arrives as a reset, and is in the log", async () => {
  const server = await startServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
  await through(server, async (network) => {
    const client = await dial(network.at());
    const reset = resetOf(client);
    client.write("x");
    assert.match(await reset, /ECONNRESET|EPIPE/);
    assert.equal((await network.event("stream.closed")).code, "reset");
  });
});

test("a client's reset arrives at the target as a reset", async () => {
  const ends: string[] = [];
  const server = await startServer((socket) => {
    socket.on("error", (error: Error & { code?: string }) => void ends.push(error.code ?? ""));
    socket.on("end", () => void ends.push("end"));
    socket.resume();
    socket.write("up");
  });
  await through(server, async (network) => {
    const client = await dial(network.at());
    client.on("error", () => undefined);
    await new Promise((resolve) => client.once("data", resolve));
    client.resetAndDestroy();
    await waitFor(() => ends.length > 0, { what: "the target's connection to end" });
    assert.deepEqual(ends, ["ECONNRESET"]);
  });
});

test("a refused target resets the client within 100 ms", async () => {
  const port = await freePort("127.0.0.1");
  const network = await tcpNetwork({ targets: [{ host: "127.0.0.1", port }] });
  try {
    const took: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const client = await dial(network.at());
      const began = performance.now();
      assert.match(await resetOf(client), /ECONNRESET|EPIPE/);
      took.push(performance.now() - began);
    }
    assert.ok(Math.min(...took) < 100, `took ${took.join(", ")} ms`);
    const closed = await network.event("stream.closed");
    assert.equal(closed.code, "refused");
  } finally {
    await network.stop();
  }
});

test("a target that does not read stops its client and nobody else", async () => {
  const deaf = await startServer((socket) => void socket.pause());
  const echo = await startEcho();
  const network = await tcpNetwork({ targets: [deaf, echo], limits: { maxWindowBytes: 64 * 1024 } });
  try {
    const stuck = await dial(network.at(0));
    stuck.on("error", () => undefined);
    let written = 0;
    const piece = new Uint8Array(64 * 1024);
    const full = () => !stuck.write(piece) && stuck.writableLength > 32 * piece.length;
    await waitFor(
      () => {
        written += piece.length;
        assert.ok(written < 512 * 1024 * 1024);
        return full();
      },
      { what: "the client to be stopped", everyMs: 0, timeoutMs: 30_000 },
    );
    assert.equal(await exchange(network.at(1), "still here"), "still here");
    stuck.destroy();
  } finally {
    await network.stop();
    await Promise.all([deaf.stop(), echo.stop()]);
  }
});

test("after stop nothing listens, and open connections are reset on both sides", async () => {
  const echo = await startEcho();
  const network = await tcpNetwork({ targets: [echo] });
  const client = await dial(network.at());
  client.write("x");
  await new Promise((resolve) => client.once("data", resolve));
  const reset = resetOf(client);
  await network.stop();
  assert.match(await reset, /ECONNRESET/);
  await waitFor(() => echo.open() === 0, { what: "the target's side to end" });
  await assert.rejects(dial(network.at()), { code: "ECONNREFUSED" });
  await echo.stop();
});
