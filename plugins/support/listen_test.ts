// Listeners: the port they were given, connections that wait, an address that is free again.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { dial, exchange } from "../../tests/support/clients.ts";
import { needs } from "../../tests/support/engines.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { listen } from "./listen.ts";

test("port 0 gives a free port; a connection waits, half-open allowed, until somebody takes it", async () => {
  const host = ownVip();
  const sockets: Socket[] = [];
  const listener = await listen({ host, port: 0 }, (socket) => void sockets.push(socket));
  assert.ok(listener.port > 0);
  const answer = exchange({ host, port: listener.port }, "question");
  const [socket] = await waitFor(() => sockets.length > 0 && sockets, { what: "the connection", everyMs: 1 });
  let heard = "";
  socket?.on("data", (chunk: Uint8Array) => {
    heard += Buffer.from(chunk).toString();
  });
  socket?.on("end", () => socket.end("answer"));
  socket?.resume();
  assert.equal(await answer, "answer");
  assert.equal(heard, "question");
  listener.close();
});

test("an address in use and one that is not ours are refused with the system's code", async () => {
  const host = ownVip();
  const first = await listen({ host, port: 0 }, () => undefined);
  await assert.rejects(
    listen({ host, port: first.port }, () => undefined),
    { code: "EADDRINUSE" },
  );
  first.close();
  await assert.rejects(listen({ host: "192.0.2.1", port: 0 }, () => undefined));
});

test("after close the address is free at once, and no one is let in", async () => {
  const host = ownVip();
  const first = await listen({ host, port: 0 }, (socket) => socket.destroy());
  const { port } = first;
  first.close();
  await assert.rejects(dial({ host, port }), { code: "ECONNREFUSED" });
  const second = await listen({ host, port }, (socket) => socket.destroy());
  assert.equal(second.port, port);
  second.close();
});

test("a Unix socket is its user's alone; what nobody serves is replaced, what is served is not, and a file never", {
  skip: needs("python3"),
}, async () => {
  const folder = tempDir("listen");
  const path = `${folder.path}/socket`;
  const first = await listen({ path }, (socket) => socket.destroy());
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await assert.rejects(
    listen({ path }, () => undefined),
    { code: "EADDRINUSE" },
  );
  first.close();
  await waitFor(() => !existsSync(path), { what: "the socket to be removed" });
  spawnSync("python3", ["-c", "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", path]);
  assert.ok(existsSync(path), "one was left behind");
  const second = await listen({ path }, (socket) => socket.destroy());
  second.close();
  const file = `${folder.path}/file`;
  writeFileSync(file, "mine");
  await assert.rejects(
    listen({ path: file }, () => undefined),
    { code: "address-in-use" },
  );
  assert.equal(readFileSync(file, "utf8"), "mine");
  folder.remove();
});
