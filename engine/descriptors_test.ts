// Servers on the engine: one whose process has no descriptors left turns a connection away, and goes on when there are some again; one on
// an inherited descriptor never waits in the system; a socket that finds no memory loses nothing.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { test } from "node:test";
import { runToEnd } from "../tests/support/child.ts";
import { IS_NODE24 } from "../tests/support/cli.ts";
import { engineProgram, withoutEngine } from "../tests/support/engine/agent.ts";
import { tempDir } from "../tests/support/lifetime.ts";

const skip = IS_NODE24 ? await withoutEngine() : "the same on every runtime";

/** While nothing is accepted after a failure, nothing but the server can hold the process: the second timer does not. */
const SCRIPT = `import { closeSync, openSync } from "node:fs";
import { connect, createServer } from "node:net";
const fill = [];
const server = createServer((socket) => {
  console.log("accepted");
  socket.end();
  server.close();
});
server.on("error", ({ code }) => {
  console.log(code);
  for (const fd of fill) closeSync(fd);
  setTimeout(() => {
    console.log("goes on");
    connect(server.address().port, "127.0.0.1").resume();
  }, 30).unref();
});
server.listen(0, "127.0.0.1", () => {
  const first = connect(server.address().port, "127.0.0.1", () => undefined);
  first.on("error", () => undefined).resume();
  // It gets its descriptor in the tick before, and is accepted in a later turn of the loop.
  process.nextTick(() => {
    try {
      for (;;) fill.push(openSync(".", "r"));
    } catch {}
  });
});
`;

test("a server that has no descriptors left accepts again when there are some", { skip, timeout: 60_000 }, async () => {
  const dir = tempDir("descriptors");
  writeFileSync(`${dir.path}/script.mjs`, SCRIPT);
  const words = ["sh", "-c", 'ulimit -n 40; exec "$@"', "sh", await engineProgram(), `${dir.path}/script.mjs`];
  const { code, stdout, stderr } = await runToEnd(words, { timeoutMs: 30_000 });
  assert.deepEqual([code, stdout, stderr], [0, "EMFILE\ngoes on\naccepted\n", ""]);
  dir.remove();
});

const INHERITED = `import { createServer } from "node:net";
createServer((socket) => {
  socket.end();
  setImmediate(() => {
    console.log("goes on");
    process.exit();
  });
}).listen({ fd: 0 });
`;

test("an inherited listener that blocks does not stop the loop", { skip, timeout: 60_000 }, async () => {
  const dir = tempDir("inherited");
  writeFileSync(`${dir.path}/script.mjs`, INHERITED);
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
  // Node makes the descriptors 0 to 2 of a child blocking.
  const child = spawn(await engineProgram(), [`${dir.path}/script.mjs`], { stdio: [fd, "pipe", "inherit"] });
  server.close();
  const limit = setTimeout(() => child.kill("SIGKILL"), 10_000);
  connect(port, "127.0.0.1")
    .resume()
    .on("error", () => undefined);
  const output = (await child.stdout?.toArray()) ?? [];
  clearTimeout(limit);
  assert.equal(output.join(""), "goes on\n");
  dir.remove();
});

/** Keeps what comes until the heap is full, and lets go of it then. */
const FULL = `import { connect, createServer } from "node:net";
import { setFlagsFromString } from "node:v8";
setFlagsFromString("--max-heap-bytes=6000000");
const TOTAL = 10_000_000;
let kept = [];
let failures = 0;
process.on("uncaughtException", () => {
  failures += 1;
  kept = [];
});
const piece = Buffer.alloc(50_000);
const server = createServer((far) => {
  let left = TOTAL;
  const more = () => {
    while (left > 0) {
      left -= piece.length;
      if (!far.write(piece)) return far.once("drain", more);
    }
    far.end();
  };
  more();
});
server.listen(0, "127.0.0.1", () => {
  let received = 0;
  const socket = connect(server.address().port, "127.0.0.1");
  socket.on("data", (chunk) => {
    received += chunk.length;
    kept.push(chunk);
  });
  socket.on("end", () => {
    console.log(failures > 0, received, socket.bytesRead);
    server.close();
  });
});
`;

test("a socket that finds no memory to read loses nothing", { skip, timeout: 60_000 }, async () => {
  const dir = tempDir("full");
  writeFileSync(`${dir.path}/script.mjs`, FULL);
  const { code, stdout, stderr } = await runToEnd([await engineProgram(), `${dir.path}/script.mjs`], { timeoutMs: 20_000 });
  assert.deepEqual([code, stdout, stderr], [0, "true 10000000 10000000\n", ""]);
  dir.remove();
});
