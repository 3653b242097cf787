// Unix sockets that are dialled: a full queue, abstract ones, and those that cannot be.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { withLimits } from "../../core/limits.ts";
import { needs } from "../../tests/support/engines.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { connectToSocket } from "./connect.ts";
import { DIAL_LIMIT_ROWS } from "./limits.ts";
import { listen } from "./listen.ts";

/** Accepts nobody until its input says so, with room for nobody. */
const FULL = `
import socket, sys
server = socket.socket(socket.AF_UNIX); server.bind(sys.argv[1]); server.listen(0)
first = socket.socket(socket.AF_UNIX); first.connect(sys.argv[1])
print("full", flush=True)
while sys.stdin.readline(): print("accepted", server.accept()[0].send(b"x"), flush=True)
`;

const open = (path: string, dialMs = 10_000, signal = new AbortController().signal) =>
  connectToSocket(path, { limits: withLimits({ dialMs }, DIAL_LIMIT_ROWS), signal });

const skip = needs("python3");

test("a dial waits for room in the server's queue, no longer than it may, and leaves with its client", { skip }, async () => {
  const dir = tempDir("dial");
  const path = `${dir.path}/full`;
  const server = spawn("python3", ["-c", FULL, path], { stdio: ["pipe", "pipe", "inherit"] });
  await once(server.stdout, "data");
  await assert.rejects(open(path, 200), { code: process.versions.bun ? "ECONNREFUSED" : "EAGAIN" });
  const gone = new AbortController();
  const given = open(path, 10_000, gone.signal);
  gone.abort();
  await assert.rejects(given, { code: "reset" });
  const waiting = open(path);
  server.stdin.write("accept\n");
  const socket = await waiting;
  socket.destroy();
  server.stdin.end();
  await once(server, "close");
  dir.remove();
});

test("an abstract socket is dialled and listened on", {
  skip: process.platform !== "linux" && "only Linux has them",
}, async () => {
  const path = `@norouter-test-${process.pid}`;
  const listener = await listen({ path }, (socket) => socket.end("abstract"));
  const client = (await open(path)).resume();
  const [said] = await once(client, "data");
  client.destroy();
  assert.equal(Buffer.from(said as Uint8Array).toString(), "abstract");
  await assert.rejects(
    listen({ path }, () => assert.fail("nobody connects")),
    { code: "EADDRINUSE" },
  );
  listener.close();
  await assert.rejects(open(path), { code: "ECONNREFUSED" });
  const other = createServer().listen(`\0${path.slice(1)}`);
  await once(other, "listening");
  other.close();
});

test("a name that is too long, or none, is no socket", { skip: process.platform !== "linux" }, async () => {
  const long = `@${"x".repeat(107)}`;
  const fits = await listen({ path: long.slice(0, -1) }, () => undefined);
  fits.close();
  await assert.rejects(open(long), { code: "unreachable", message: /^The path of unix:@x+ is 1 bytes too long$/ });
  await assert.rejects(
    listen({ path: long }, () => undefined),
    { code: "address-unavailable", message: "The socket's name is 1 bytes too long" },
  );
  await assert.rejects(open("@"), { code: "unreachable", message: "The abstract socket '@' has no name" });
});
