// Names with several addresses: each has its time, a dead one holds up the others for 250 ms, and the first answer counts.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { waitFor } from "../../conformance/support/wait.ts";
import { withLimits } from "../../core/limits.ts";
import { startEcho, startServer } from "../../tests/support/servers.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { connectTo, inTurns } from "./connect.ts";
import { DIAL_LIMIT_ROWS } from "./limits.ts";
import type { LookedUp } from "./look_up.ts";

const PYTHON = fileURLToPath(new URL("../../tests/support/full_backlog.py", import.meta.url));
const addresses = (...all: string[]): LookedUp[] => all.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

function connected(port: number, dialMs: number, found: LookedUp[], signal = new AbortController().signal) {
  return connectTo({ host: "127.0.0.1", port, limits: withLimits({ dialMs }, DIAL_LIMIT_ROWS), signal, choose: () => found });
}

/** An address on which every SYN is dropped until its input says so. */
async function silent(host: string, port: number): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  const process = spawn("python3", [PYTHON, host, `${port}`], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = process.stdout ? await once(process.stdout, "data") : [];
  return { process, port: Number(String(line)) };
}

/** Connections to a port of which the system has sent a SYN only: /proc/net/tcp, state 02. */
function asking(port: number): number {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1);
  return rows.map((row) => row.trim().split(/\s+/)).filter(([, , remote, state]) => remote?.endsWith(wanted) && state === "02")
    .length;
}

async function ended({ process }: { readonly process: ChildProcess }): Promise<void> {
  process.kill();
  await once(process, "exit");
}

test("families take turns", () => {
  const found = addresses("::1", "::2", "127.0.0.1", "::3", "127.0.0.2");
  assert.deepEqual(inTurns(found), addresses("::1", "127.0.0.1", "::2", "127.0.0.2", "::3"));
});

test("a dead first address holds up the second for a quarter of a second", async () => {
  const server = await startEcho();
  const dead = await silent(ownVip(), server.port);
  const began = performance.now();
  const address = (dead.process.spawnargs[2] ?? "") as string;
  const socket = await connected(server.port, 10_000, addresses(address, server.host));
  assert.equal(socket.remoteAddress, server.host);
  assert.ok(performance.now() - began >= 200);
  socket.destroy();
  await ended(dead);
  await server.stop();
});

test("an address that answers late is waited for, as long as dialMs", async () => {
  const late = await silent(ownVip(), 0);
  const address = (late.process.spawnargs[2] ?? "") as string;
  const found = addresses(address, address);
  await assert.rejects(connected(late.port, 400, found), { code: "timed-out" });
  const before = asking(late.port);
  const dialled = connected(late.port, 10_000, found);
  // Both attempts wait for an answer.
  await waitFor(() => asking(late.port) >= before + 2, { what: "both addresses to be asked" });
  late.process.stdin?.write("\n");
  (await dialled).destroy();
  await ended(late);
});

test("four attempts are under way at most, and the next is made when one fails", async (t: TestContext) => {
  const server = await startEcho();
  const dead = await silent(ownVip(), server.port);
  const address = (dead.process.spawnargs[2] ?? "") as string;
  const before = asking(server.port);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const dialled = connected(server.port, 10_000, addresses(...Array<string>(6).fill(address), server.host));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  for (let at = 0; at < 8; at++) {
    await turn();
    t.mock.timers.tick(250);
  }
  await turn();
  t.mock.timers.reset();
  assert.deepEqual([asking(server.port) - before, server.accepted()], [4, 0]);
  await ended(dead);
  const socket = await dialled;
  assert.equal(socket.remoteAddress, server.host);
  socket.destroy();
  await server.stop();
});

test("a connection that is reset after it was made is not dialled again", async () => {
  const host = ownVip();
  const first = await startServer((socket) => void socket.once("data", () => socket.resetAndDestroy()));
  const second = await startEcho({ host, port: first.port });
  const socket = await connected(first.port, 10_000, addresses(first.host, host));
  const reset = once(socket, "error");
  socket.resume().write("x");
  await reset;
  // Accepted behind what was dialled before.
  (await connected(second.port, 10_000, addresses(host))).destroy();
  await waitFor(() => second.accepted() > 0, { what: "a connection" });
  assert.equal(second.accepted(), 1);
  await Promise.all([first.stop(), second.stop()]);
});

test("when all fail the first error counts, and nobody waits after an abort", async () => {
  const server = await startEcho();
  await server.stop();
  await assert.rejects(connected(server.port, 10_000, addresses("127.0.0.1", "127.0.0.2")), { code: "ECONNREFUSED" });
  const gone = new AbortController();
  const dialled = connected(server.port, 10_000, addresses("127.0.0.1"), gone.signal);
  gone.abort();
  await assert.rejects(dialled, { code: "reset" });
});
