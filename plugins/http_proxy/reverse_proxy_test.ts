// A reverse proxy as others run it, http-proxy-3, as the server behind this proxy: what development servers are made of.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { test } from "node:test";
import { createProxyServer } from "http-proxy-3";
import { pseudoRandomBytes, pseudoRandomSha256 } from "../../conformance/support/pseudo_random.ts";
import { startHttpOrigin } from "../../tests/support/http_origin.ts";
import { proxiedNetwork, startRawOrigin } from "../../tests/support/http_raw.ts";
import { ONCE } from "../../tests/support/lab.ts";
import type { Address } from "../../tests/support/servers.ts";
import { httpProxyPlugin } from "./mod.ts";

const BYTES = 300_000;

async function startReverseProxy(target: Address): Promise<Address & { stop(): Promise<void> }> {
  const proxy = createProxyServer({ target: `http://${target.host}:${target.port}` });
  const server = createServer((request, response) => proxy.web(request, response, {}, () => response.destroy()));
  server.on("upgrade", (request, socket, head) => proxy.ws(request, socket, head, {}, () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const stop = async () => {
    const closed = new Promise((resolve) => server.once("close", resolve));
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { host: "127.0.0.1", port: typeof address === "object" && address ? address.port : 0, stop };
}

test("downloads, uploads and a WebSocket go through this proxy and a reverse proxy behind it", { skip: ONCE }, async () => {
  const pages = await startHttpOrigin();
  const sockets = await startRawOrigin({
    "/chat": (socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello");
      socket.on("data", (chunk: Buffer) => void socket.write(`<${chunk.toString()}>`));
    },
  });
  const [web, chat] = [await startReverseProxy(pages), await startReverseProxy(sockets)];
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 80: web, 81: chat } });
  try {
    const head = "Host: web\r\nConnection: close\r\n";
    const answer = await proxied.exchange(`GET http://web/7/${BYTES} HTTP/1.1\r\n${head}\r\n`);
    const body = Buffer.from(answer.slice(answer.indexOf("\r\n\r\n") + 4), "latin1");
    assert.equal(createHash("sha256").update(body).digest("hex"), pseudoRandomSha256(7, BYTES));

    const sent = Buffer.from(pseudoRandomBytes(7, BYTES)).toString("latin1");
    const upload = `PUT http://web/ HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n${BYTES.toString(16)}\r\n${sent}\r\n0\r\n\r\n`;
    assert.match(await proxied.exchange(upload), new RegExp(`^HTTP/1.1 200 [\\s\\S]*${BYTES} ${pseudoRandomSha256(7, BYTES)}`));

    const raw = await proxied.client();
    raw.send("GET http://web:81/chat HTTP/1.1\r\nHost: web:81\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    await raw.until(/^HTTP\/1\.1 101 [\s\S]*hello$/);
    raw.send("you");
    await raw.until("<you>");
    raw.end();
    await raw.untilEnd();
    raw.close();
  } finally {
    await proxied.stop();
    for (const server of [web, chat, pages, sockets]) await server.stop();
  }
});
