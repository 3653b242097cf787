// Resets: seen as such over TCP, an end on a Unix socket, and never an exception.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import type { Place } from "../../core/mod.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { codeOfEnd } from "../../tests/support/probing.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { listen } from "./listen.ts";
import { resetSocket } from "./reset.ts";

/** How a client's connection ends when the other side resets it. */
async function endAt(place: Place): Promise<string> {
  const listener = await listen(place, resetSocket);
  const client = connect("path" in place ? place : { ...place, port: listener.port });
  client.resume();
  try {
    return await codeOfEnd(client);
  } finally {
    client.destroy();
    listener.close();
  }
}

test("a TCP client sees a reset", async () => {
  assert.equal(await endAt({ host: ownVip(), port: 0 }), "ECONNRESET");
});

test("a connection that has just been ended is closed, too", async () => {
  for (const unsent of [0, 64 * 1024 * 1024]) {
    const closed = Promise.withResolvers<void>();
    const place = { host: ownVip(), port: 0 };
    const listener = await listen(place, (socket) => {
      socket.on("error", closed.reject).once("close", () => closed.resolve());
      if (unsent > 0) socket.write(new Uint8Array(unsent));
      socket.end();
      resetSocket(socket);
    });
    const client = connect({ ...place, port: listener.port }).on("error", () => undefined);
    await closed.promise;
    client.destroy();
    listener.close();
  }
});

test("a client on a Unix socket sees an end", async () => {
  const folder = tempDir("reset");
  assert.equal(await endAt({ path: `${folder.path}/socket` }), "FIN");
  folder.remove();
});

test("a connection that is not made yet is given up", () => {
  const socket = connect({ host: "192.0.2.1", port: 9 });
  resetSocket(socket);
  assert.equal(socket.destroyed, true);
});
