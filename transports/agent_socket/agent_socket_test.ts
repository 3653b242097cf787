// The transport over a Unix socket: the cases of all carriers, and how long it waits for somebody to listen.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { conformTransport } from "../../conformance/transport.ts";
import type { FarEnd } from "../../conformance/transport_cases.ts";
import { type Carrier, type CarrierEnd, type HostSettings, type Limits, registerPlugins, withLimits } from "../../core/mod.ts";
import { transportOf } from "../../tests/support/fake_tool.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { agentSocketTransport } from "./mod.ts";

const folder = tempDir("agent-socket");
const servers = new Set<Server>();
after(() => {
  for (const server of servers) server.close();
  folder.remove();
});

const transport = transportOf(agentSocketTransport);
const freshPath = () => join(folder.path, `${randomUUID().slice(0, 8)}.sock`);

/** Opens the host of an agent that listens, or will listen, at a path. */
async function open(path: string, limits: Partial<Limits> = {}, signal = new AbortController().signal): Promise<Carrier> {
  return transport.open({
    ...{ name: "curl", vip: "127.0.42.150", settings: { agentSocket: path }, agents: undefined, signal },
    limits: withLimits({ stopMs: 300, ...limits }),
    ...{ serveHere: () => undefined, chosen: () => undefined, progress: () => undefined, debug: () => undefined },
  });
}

/** What a far end in the place of an agent does with its connection. */
function serve(socket: Socket, far: FarEnd): void {
  socket.on("error", () => undefined);
  if (far === "deaf") return void socket.pause();
  if (far === "echo") return void socket.pipe(socket);
  socket.once("data", () => socket.end("bye"));
  socket.resume();
}

/** Listens at a path for one connection. */
async function listen(path: string, far: FarEnd): Promise<void> {
  const server = createServer((socket) => {
    serve(socket, far);
    server.close();
  });
  servers.add(server);
  await new Promise<void>((resolve, reject) => void server.once("error", reject).listen(path, resolve));
}

conformTransport("agent-socket", () => ({
  async open(far) {
    const path = freshPath();
    await listen(path, far);
    return open(path);
  },
  hasProcess: false,
  hasPressure: true,
  leftOver: () => 0,
  closeMs: 10_000,
}));

/** What a carrier brings back of a word that it sends. */
async function exchanged(carrier: Carrier): Promise<string> {
  const chunks: Uint8Array[] = [];
  const ends: CarrierEnd[] = [];
  carrier.start({
    data: (chunk) => void chunks.push(chunk.slice()),
    drain: () => undefined,
    closed: (end) => void ends.push(end),
  });
  carrier.write([new TextEncoder().encode("hello")]);
  await waitFor(() => Buffer.concat(chunks).length === 5, { what: "the word to come back", everyMs: 1 });
  await carrier.close();
  assert.equal(ends.length, 1);
  return Buffer.concat(chunks).toString();
}

test("the socket may appear a moment later", async () => {
  const path = freshPath();
  const opened = open(path);
  await new Promise((resolve) => setTimeout(resolve, 60));
  await listen(path, "echo");
  assert.equal(await exchanged(await opened), "hello");
});

test("where a socket of an earlier run is left, who listens there in its place is waited for", async () => {
  const path = freshPath();
  const kept = `${path}.kept`;
  await listen(kept, "echo");
  // Nobody listens on what is no socket, nor on what a process has left.
  writeFileSync(path, "");
  const opened = open(path);
  await new Promise((resolve) => setTimeout(resolve, 60));
  renameSync(kept, path);
  assert.equal(await exchanged(await opened), "hello");
});

test("nobody listens in time: the host cannot be reached, and the message names the socket", async () => {
  const path = freshPath();
  const began = performance.now();
  await assert.rejects(open(path, { helloMs: 150 }), {
    code: "host-unreachable",
    message: `Agent at the socket "${path}" cannot be reached: ENOENT`,
  });
  const took = performance.now() - began;
  assert.ok(took >= 140 && took < 5000, `it took ${took} ms`);
  assert.ok(!existsSync(path));
});

test("what can never be a socket is not waited for", async () => {
  const began = performance.now();
  await assert.rejects(open(`${folder.path}/${"x".repeat(300)}/agent.sock`), { code: "host-unreachable" });
  assert.ok(performance.now() - began < 5000);
});

test("a stop ends the wait", async () => {
  const stop = new AbortController();
  const opened = open(freshPath(), {}, stop.signal);
  const began = performance.now();
  setTimeout(() => stop.abort("Manager stops"), 50);
  await assert.rejects(opened, { code: "host-unreachable" });
  assert.ok(performance.now() - began < 5000);
});

test("it claims hosts with a socket, describes them by it, and takes a whole path", async () => {
  const claims = (settings: HostSettings) => transport.claims(settings);
  assert.deepEqual([claims({ agentSocket: "/run/a.sock" }), claims({}), claims({ cmd: ["x"] })], [true, false, false]);
  assert.equal(transport.describe({ agentSocket: "/run/a.sock" }), "socket /run/a.sock");
  const [key] = registerPlugins([agentSocketTransport]).keys.host;
  assert.equal(key?.way, true);
  const isTaken = async (value: unknown) => !(await key?.schema["~standard"].validate(value))?.issues;
  assert.deepEqual(await Promise.all(["/run/a.sock", "a.sock", "~/a.sock", "/", "", "/a\0b", 7].map(isTaken)), [
    true,
    ...Array(6).fill(false),
  ]);
});
