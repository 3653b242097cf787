// A server that answers early and closes with the body unread resets who still sends: its answer arrives all the same, by every
// way into the network.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { httpProxyPlugin } from "../../plugins/http_proxy/mod.ts";
import { socksPlugin } from "../../plugins/socks/mod.ts";
import { addressOf, type EnteredNetwork, enteredNetwork, ownListen, published } from "../support/entered_network.ts";
import { ownVip } from "../support/tcp_network.ts";

const PYTHON = fileURLToPath(new URL("../support/early_answer.py", import.meta.url));
const COUNT = 100;
const vip = ownVip();
const http = ownListen();
const socks = ownListen();
let server: ChildProcess;
let network: EnteredNetwork;

before(async () => {
  server = spawn("python3", [PYTHON, "server"], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = server.stdout ? await once(server.stdout, "data") : [];
  network = await enteredNetwork({
    hosts: {
      entry: {
        keys: {
          loopback: { disable: false },
          http: { listen: http, outside: "direct" },
          socks: { listen: socks, outside: "direct" },
        },
      },
      web: { vip, ports: [published(8081, { host: "127.0.0.1", port: Number(String(line)) })] },
    },
    plugins: [httpProxyPlugin, socksPlugin],
    listening: ["http", "socks", "loopback"],
  });
});

after(async () => {
  await network.stop();
  server.kill();
  await once(server, "exit");
});

async function answered(mode: string, listen: string, bytes: number): Promise<string> {
  const { host, port } = addressOf(listen);
  const asks = [PYTHON, "client", mode, host, `${port}`, vip, "8081", `${COUNT}`, `${bytes}`];
  const client = spawn("python3", asks, { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  client.stdout.on("data", (chunk: Uint8Array) => {
    out += String(chunk);
  });
  await once(client, "close");
  return out.trim();
}

for (const [mode, listen] of [
  ["vip", `${vip}:8081`],
  ["connect", http],
  ["socks", socks],
  ["proxy", http],
] as const) {
  test(`every early answer arrives: ${mode}`, async () => {
    for (const bytes of [100_000, 2_000_000]) assert.equal(await answered(mode, listen, bytes), `${COUNT}`, `${bytes} bytes`);
  });
}
