// The end of a client's connection: all that was written arrives, however late the client reads, or the end is no clean one.

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { waitFor } from "../../conformance/support/wait.ts";
import { type RawClient, rawClient } from "../../tests/support/http_raw.ts";
import { startServer } from "../../tests/support/servers.ts";
import { type ClientPatience, drained, endGently } from "./client_output.ts";

const STOP_MS = 50;
/** More than the buffers of two systems take. */
const ANSWER = Buffer.alloc(32 * 1024 * 1024, "x");

/** Deno 2.9 breaks a write that is stalled off (`EPIPE`) when the other end has ended its side, whatever is done here. */
const HALVES = "Deno" in globalThis ? [false] : [false, true];

/** Writes the answer to a client that does not read yet, and does the rest to the server's side of it. */
async function unread(
  act: (socket: Socket) => void,
  body: (client: RawClient, socket: Socket, wasReset: () => boolean) => Promise<void>,
  half = false,
) {
  let served: Socket | undefined;
  let resets = 0;
  const server = await startServer((socket) => {
    socket.on("error", () => undefined);
    // Node 22 does not always tell a client that was paused how its connection ended.
    const reset = socket.resetAndDestroy.bind(socket);
    socket.resetAndDestroy = () => {
      resets += 1;
      return reset();
    };
    const answer = () => {
      served = socket;
      socket.write(ANSWER);
      act(socket);
    };
    if (half) socket.once("end", answer).resume();
    else answer();
  });
  const client = await rawClient(server);
  client.socket.pause();
  if (half) client.end();
  const socket = await waitFor(() => served, { what: "the connection" });
  try {
    await body(client, socket, () => resets > 0);
    await waitFor(() => socket.destroyed, { what: "the connection to be over" });
  } finally {
    client.close();
    await server.stop();
  }
}

const ending = (limits: ClientPatience) => (socket: Socket) => endGently(socket, limits);

for (const half of HALVES) {
  test(`a client that reads late gets every byte${half ? ", also when it has ended its side" : ""}`, async () => {
    const body = async (client: RawClient, socket: Socket) => {
      await pause(6 * STOP_MS); // the client's own
      assert.ok(socket.writableLength > 0, "not all is on its way");
      client.socket.resume();
      const text = await client.untilEnd();
      assert.deepEqual([text.length, client.ended()], [ANSWER.length, "FIN"]);
    };
    await unread(ending({ answerMs: 60_000, stopMs: STOP_MS }), body, half);
  });
}

test("a client that takes nothing is reset: what it got must not look whole", async () => {
  await unread(ending({ answerMs: 100, stopMs: STOP_MS }), async (client, socket, wasReset) => {
    await waitFor(() => socket.destroyed, { what: "the client to be left" });
    client.socket.resume();
    assert.ok((await client.untilEnd()).length < ANSWER.length);
    assert.ok(wasReset());
  });
});

test("who waits for a client to take what was written hears when it did, or that it is gone", async () => {
  let done = false;
  const waiting = (answerMs: number) => (socket: Socket) => {
    done = false;
    void drained(socket, { answerMs }).then(() => {
      done = true;
    });
  };
  await unread(waiting(60_000), async (client, socket) => {
    client.socket.resume();
    await waitFor(() => done, { what: "the client to have taken it" });
    assert.equal(socket.writableLength, 0);
    socket.destroy();
  });
  await unread(waiting(100), async (_client, _socket, wasReset) => {
    await waitFor(() => done, { what: "the client to be left" });
    assert.ok(wasReset());
  });
});
