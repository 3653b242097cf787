import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { freePort } from "./free_port.ts";
import { startServer } from "./servers.ts";
import { ownVip } from "./tcp_network.ts";

test("a port is free for TCP and UDP, is no one that systems give out, and comes once", async () => {
  const host = ownVip();
  const ports = [await freePort(host), await freePort(host), await freePort(host)];
  assert.equal(new Set(ports).size, ports.length);
  assert.ok(ports.every((port) => port >= 10_240 && port < 32_768));
});

test("what another socket has is passed over: of the address by TCP, of every address by UDP", async () => {
  const host = ownVip();
  const port = await freePort(host);
  const tcp = await startServer((socket) => void socket.destroy(), { host, port: port + 1 });
  const udp = createSocket("udp4");
  await once(udp.bind({ address: "0.0.0.0", port: port + 2 }), "listening");
  try {
    assert.equal(await freePort(host), port + 3);
  } finally {
    udp.close();
    await tcp.stop();
  }
});

test("an address of others is an error", async () => {
  await assert.rejects(freePort("192.0.2.1"), /EADDRNOTAVAIL|EINVAL/); // the second is Deno's word for it
});
