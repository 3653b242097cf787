// One request and its answer with a server that the test plays byte by byte.

import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { DEFAULT_LIMITS, limitsOf } from "../../core/mod.ts";
import { rawClient } from "../../tests/support/http_raw.ts";
import { startServer } from "../../tests/support/servers.ts";
import { clientInput } from "./client_input.ts";
import { type After, exchange } from "./exchange.ts";
import { forwardedRequest } from "./forwarding.ts";
import type { Header } from "./head.ts";
import { HTTP_LIMIT_ROWS } from "./limits.ts";
import { requestTargetOf } from "./request_target.ts";

const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n";
const BODY = "x".repeat(1000);

/** A server that takes nothing until it is told to. */
function deafServer() {
  let taken: (() => void) | undefined;
  const duplex = new Duplex({
    highWaterMark: 1,
    read: () => undefined,
    write(_chunk, _encoding, done) {
      taken = done;
    },
  });
  duplex.on("error", () => undefined);
  const nothing = () => undefined;
  const upstream = { duplex, received: () => 0, keep: nothing, leave: nothing, destroy: () => void duplex.destroy() };
  return { duplex, upstream, held: () => taken !== undefined };
}

test("a client that goes after 101, while its request's body still waits, leaves no connection to the server", async () => {
  const server = deafServer();
  let after: After | undefined;
  const proxy = await startServer((socket) => {
    const headers: Header[] = [
      ["Connection", "upgrade"],
      ["Upgrade", "other"],
    ];
    const head = { method: "POST", target: "http://web/", minor: 1, headers } as const;
    const target = requestTargetOf(head);
    assert.equal(target.form, "absolute");
    const request = forwardedRequest(head, target as typeof target & { form: "absolute" }, {
      kind: "length",
      bytes: BODY.length,
    });
    const settings = {
      limits: limitsOf({ limits: DEFAULT_LIMITS }, HTTP_LIMIT_ROWS),
      answerMs: 10_000,
      pseudonym: "norouter-test",
    };
    void exchange(
      { socket, foreign: false, near: undefined, waits: () => undefined, input: clientInput(socket) },
      request,
      server.upstream,
      settings,
    ).then((value) => {
      after = value;
    });
  });
  try {
    const client = await rawClient(proxy);
    client.send(BODY);
    await waitFor(() => server.held() && server.duplex.writableLength > BODY.length, { what: "the body to wait" });
    server.duplex.push(SWITCH);
    await client.until("101 Switching Protocols");
    await waitFor(() => after === "taken", { what: "the exchange to be over" });
    client.socket.resetAndDestroy();
    await waitFor(() => server.duplex.destroyed, { what: "the connection to the server to end" });
  } finally {
    server.duplex.destroy();
    await proxy.stop();
  }
});
