// Raw bytes through the proxy: CONNECT, and whatever a server changes the protocol to; in order, with both ends by themselves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { proxiedNetwork, type RawAnswer, startRawOrigin } from "../../tests/support/http_raw.ts";
import { startEcho, startHalfClose, startServer, startWitness } from "../../tests/support/servers.ts";
import { httpProxyPlugin } from "./mod.ts";

const UPGRADE =
  "GET http://web/ws HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n";
const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: y\r\n\r\n";

test("what a client sends before it hears of its tunnel goes through it, in order", async () => {
  const echo = await startEcho();
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 443: echo } });
  const raw = await proxied.client();
  raw.send("CONNECT web:443 HTTP/1.1\r\nHost: web:443\r\n\r\none");
  raw.send("two");
  await raw.until(/^HTTP\/1\.1 200 Connection established\r\n\r\nonetwo$/);
  raw.send("three");
  await raw.until(/onetwothree$/);
  raw.end();
  assert.match(await raw.untilEnd(), /onetwothree$/);
  assert.equal(raw.ended(), "FIN");
  raw.close();
  await proxied.stop();
  await echo.stop();
});

test("each end of a tunnel may end its side first", async () => {
  const half = await startHalfClose();
  let got = "";
  const first = await startServer((socket) => {
    socket.end("hello");
    socket.on("data", (chunk: Buffer) => {
      got += chunk.toString();
    });
    socket.on("end", () => {
      got += " end";
    });
  });
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 1: half, 2: first } });
  const ending = await proxied.client();
  ending.send(`CONNECT web:1 HTTP/1.1\r\nHost: web:1\r\n\r\n${"x".repeat(100_000)}`);
  ending.end();
  assert.match(await ending.untilEnd(), /\r\n\r\nGOT 100000$/);
  const ended = await proxied.client();
  ended.send("CONNECT web:2 HTTP/1.1\r\nHost: web:2\r\n\r\n");
  assert.match(await ended.untilEnd(), /\r\n\r\nhello$/);
  ended.send("goodbye");
  ended.end();
  await waitFor(() => got === "goodbye end", { what: "the server to see the client's end" });
  ending.close();
  ended.close();
  await proxied.stop();
  await Promise.all([half.stop(), first.stop()]);
});

test("a reset of either end of a tunnel reaches the other", async () => {
  const witness = await startWitness();
  const resetting = await startServer((socket) => void socket.once("data", () => socket.resetAndDestroy()));
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 1: witness, 2: resetting } });
  const raw = await proxied.client();
  raw.send("CONNECT web:1 HTTP/1.1\r\nHost: web:1\r\n\r\nx");
  await raw.until(/x$/);
  raw.socket.resetAndDestroy();
  await waitFor(() => witness.notes().includes("ECONNRESET"), { what: "the server to be reset" });
  const other = await proxied.client();
  other.send("CONNECT web:2 HTTP/1.1\r\nHost: web:2\r\n\r\nx");
  await other.untilEnd();
  assert.equal(other.ended(), "ECONNRESET");
  other.close();
  await proxied.stop();
  await Promise.all([witness.stop(), resetting.stop()]);
});

test("a tunnel that cannot be had is answered with status, code and sentence", async () => {
  const nobody = { host: "127.0.0.1", port: await freePort("127.0.0.1") };
  const proxied = await proxiedNetwork({
    plugin: httpProxyPlugin,
    ports: { 1: nobody },
    routes: [{ to: ["*.refused"], via: undefined }],
  });
  for (const [target, status, code] of [
    ["web:1", 502, "refused"],
    ["web:2", 403, "not-published"],
    ["x.refused:443", 403, "route-refused"],
    ["elsewhere:443", 403, "outside-refused"],
  ]) {
    const answer = await proxied.exchange(
      `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nConnection: close\r\n\r\n\x16\x03\x01 hello`,
    );
    assert.match(
      answer,
      new RegExp(`^HTTP/1\\.1 ${status} .*\\r\\nNoRouter-Error: ${code}\\r\\n.*norouter: .+\\.\\n$`, "s"),
      `${target}`,
    );
  }
  await proxied.stop();
});

test("after 101 the bytes are the client's and the server's own, and each may end first", async () => {
  const answer: RawAnswer = (socket, head, rest) => {
    socket.write(`${SWITCH}early ${head.includes("Upgrade: websocket")} ${rest}`);
    socket.on("data", (chunk: Buffer) => void socket.write(`<${chunk.toString()}>`));
    socket.removeAllListeners("end");
    socket.on("end", () => {
      socket.write("late");
      setTimeout(() => socket.end(" bye"), 20);
    });
  };
  const origin = await startRawOrigin({ "/ws": answer });
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 80: origin } });
  const raw = await proxied.client();
  raw.send(`${UPGRADE}FIRST`);
  const head = await raw.until("<FIRST>");
  assert.match(
    head,
    /^HTTP\/1\.1 101 Switching Protocols\r\nSec-WebSocket-Accept: y\r\nVia: 1\.1 norouter-\w+\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly true /,
  );
  raw.send("more");
  await raw.until("<more>");
  raw.end();
  assert.match(await raw.untilEnd(), /<more>late bye$/);
  raw.close();
  await proxied.stop();
  await origin.stop();
});

test("a server that does not change the protocol answers as ever, and what follows is the next request", async () => {
  const origin = await startRawOrigin({ "/ws": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" });
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 80: origin } });
  const raw = await proxied.client();
  raw.send(`${UPGRADE}GET http://web/ws HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n`);
  assert.equal((await raw.untilEnd()).match(/HTTP\/1\.1 200 OK/g)?.length, 2);
  assert.doesNotMatch(origin.heads[1] ?? "", /upgrade/i);
  raw.close();
  await proxied.stop();
  await origin.stop();
});

test("nothing is left of tunnels and upgrades once the proxy has stopped", async () => {
  const echo = await startEcho();
  const origin = await startRawOrigin({ "/ws": SWITCH, "/kept": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" });
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 80: origin, 443: echo } });
  const [tunnel, upgraded, kept] = await Promise.all([proxied.client(), proxied.client(), proxied.client()]);
  tunnel.send("CONNECT web:443 HTTP/1.1\r\nHost: web:443\r\n\r\nx");
  upgraded.send(UPGRADE);
  kept.send("GET http://web/kept HTTP/1.1\r\nHost: web\r\n\r\n");
  await Promise.all([tunnel.until(/x$/), upgraded.until(/101 /), kept.until(/ok$/)]);
  await proxied.stop();
  await Promise.all([tunnel, upgraded, kept].map((raw) => raw.untilEnd()));
  await waitFor(() => origin.open() + echo.open() === 0, { what: "the servers' connections to end" });
  await assert.rejects(proxied.client(), { code: "ECONNREFUSED" });
  await Promise.all([origin.stop(), echo.stop()]);
});
