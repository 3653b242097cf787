// Listeners: the port they were given, connections that wait, an address that is free again.

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { ownVip } from "../../tests/conformance/tcp_network.ts";
import { dial, exchange } from "../../tests/support/clients.ts";
import { waitFor } from "../../tests/support/wait.ts";
import { listenTcp } from "./listen.ts";

test("port 0 gives a free port; a connection waits, half-open allowed, until somebody takes it", async () => {
  const host = ownVip();
  const sockets: Socket[] = [];
  const listener = await listenTcp(host, 0, (socket) => void sockets.push(socket));
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
  const first = await listenTcp(host, 0, () => undefined);
  await assert.rejects(
    listenTcp(host, first.port, () => undefined),
    { code: "EADDRINUSE" },
  );
  first.close();
  await assert.rejects(listenTcp("192.0.2.1", 0, () => undefined));
});

test("after close the address is free at once, and no one is let in", async () => {
  const host = ownVip();
  const first = await listenTcp(host, 0, (socket) => socket.destroy());
  const { port } = first;
  first.close();
  await assert.rejects(dial({ host, port }), { code: "ECONNREFUSED" });
  const second = await listenTcp(host, port, (socket) => socket.destroy());
  assert.equal(second.port, port);
  second.close();
});
