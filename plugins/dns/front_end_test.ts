// The addresses of a name server: opened, reported, changed and closed, each as one of UDP and TCP together.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import { loneFrontEnd } from "../../conformance/lone_front_end.ts";
import type { ListenerFact } from "../../core/mod.ts";
import { dnsNetwork } from "../../tests/support/dns_network.ts";
import { ask, sendUdp, show } from "../../tests/support/dns_tools.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { rawClient } from "../../tests/support/http_raw.ts";
import { startServer } from "../../tests/support/servers.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { namesFrontEnd } from "./front_end.ts";

const shown = (facts: readonly ListenerFact[]) => facts.map((fact) => `${fact.type.slice("frontend.".length)} ${fact.address}`);

test("every VIP is served on the same port where the host's loopback is on", async () => {
  const vip = ownVip();
  const network = await dnsNetwork({ hosts: { local: { keys: { loopback: { disable: false } } }, web: { vip } } });
  try {
    const at = { host: vip, port: network.server.port };
    for (const protocol of ["udp", "tcp"] as const) assert.match(show(await ask(at, { name: "web", protocol })), new RegExp(vip));
    assert.ok(network.state("local").listeners.has(`dns ${vip}:${at.port}`));
  } finally {
    await network.stop();
  }
});

/** The front-end alone, on host 1, whose loopback is on. */
function alone(listen: string | undefined) {
  const sources = { servers: () => [], lookup: async () => [] };
  const own = { loopback: {}, ...(listen === undefined ? {} : { dns: { listen } }) };
  return loneFrontEnd((context) => namesFrontEnd(context, sources, "dns"), own);
}

test("without a name server in its settings a host listens nowhere, and without loopback on no VIP", async () => {
  const none = alone(undefined);
  await none.show({});
  assert.deepEqual(none.facts, []);
  const listen = `${ownVip()}:${await freePort("127.0.0.1")}`;
  const one = alone(listen);
  await one.show({ own: { dns: { listen } } });
  assert.deepEqual(one.facts, [{ type: "frontend.listening", frontend: "dns", address: listen, serves: "the name server" }]);
  await one.frontEnd.stop();
  await none.frontEnd.stop();
});

test("a VIP whose host publishes the same port is left to that", async () => {
  const [own, vip] = [ownVip(), ownVip()];
  const port = await freePort(own);
  const { frontEnd, facts, show: shows } = alone(`${own}:${port}`);
  await shows({ vip: own }, { vip, ports: [{ listen: port, protocol: "tcp" }] });
  assert.deepEqual(shown(facts), [`listening ${own}:${port}`]);
  await frontEnd.stop();
});

test("a server for every address serves VIPs by that, and says who can reach it", async () => {
  const port = await freePort("0.0.0.0");
  const { frontEnd, facts, show: shows } = alone(`0.0.0.0:${port}`);
  const vip = ownVip();
  await shows({}, { vip });
  const serves = "the name server, open to everybody who can reach it";
  assert.deepEqual(facts, [{ type: "frontend.listening", frontend: "dns", address: `0.0.0.0:${port}`, serves }]);
  assert.match(show(await ask({ host: vip, port }, { name: "host2" })), new RegExp(vip));
  await frontEnd.stop();
});

test("another program's port fails that half alone; a VIP that is gone is left; nothing is left after a stop", async () => {
  const [own, vip, taken] = [ownVip(), ownVip(), ownVip()];
  const port = await freePort(own);
  const other = await startServer((socket) => void socket.destroy(), { host: taken, port });
  const listen = `${own}:${port}`;
  const { frontEnd, facts, show: shows } = alone(listen);
  const local = { vip: own };
  await shows(local, { vip }, { vip: taken });
  assert.deepEqual(
    shown(facts).sort(),
    [`failed ${taken}:${port}/tcp`, `listening ${listen}`, `listening ${taken}:${port}/udp`, `listening ${vip}:${port}`].sort(),
  );
  assert.match(show(await ask({ host: taken, port }, { name: "host2" })), new RegExp(vip));
  await shows(local, { vip });
  assert.deepEqual(shown(facts.slice(4)).sort(), [`closed ${taken}:${port}/tcp`, `closed ${taken}:${port}/udp`]);
  await frontEnd.stop();
  await other.stop();
  for (const host of [own, vip, taken]) await canBeHad(host, port);
});

test("a name server that moves, goes off and comes back leaves nothing behind", async () => {
  const [own, vip] = [ownVip(), ownVip()];
  const [first, second] = [await freePort(own), await freePort(own)];
  const { frontEnd, facts, show: shows } = alone(`${own}:${first}`);
  const dns = (port: number) => ({ dns: { listen: `${own}:${port}` } });
  const at = (port: number) => ({ vip: own, own: { loopback: {}, ...dns(port) } });
  const asks = async (port: number) => show(await ask({ host: vip, port }, { name: "host2", protocol: "tcp" }));
  await shows(at(first), { vip });
  const client = await rawClient({ host: own, port: first });
  await shows(at(second), { vip });
  assert.match(await asks(second), new RegExp(vip));
  await client.untilEnd();
  client.close();
  for (const host of [own, vip]) await canBeHad(host, first);
  await shows({ vip: own, own: { loopback: {} } }, { vip });
  for (const host of [own, vip]) await canBeHad(host, second);
  await shows(at(second), { vip });
  assert.match(await asks(second), new RegExp(vip));
  await shows({ vip: own, own: dns(second) }, { vip });
  await canBeHad(vip, second);
  const all = (what: string, port: number) => [`${what} ${own}:${port}`, `${what} ${vip}:${port}`];
  const moves = [...all("listening", first), ...all("closed", first), ...all("listening", second), ...all("closed", second)];
  assert.deepEqual(shown(facts).sort(), [...moves, ...all("listening", second), `closed ${vip}:${second}`].sort());
  await frontEnd.stop();
});

/** Rejects when an address is still taken. */
async function canBeHad(host: string, port: number): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve, reject) => void socket.once("error", reject).bind({ address: host, port }, () => resolve()));
  socket.close();
  await (await startServer((client) => void client.destroy(), { host, port })).stop();
  await assert.rejects(ask({ host, port }, { name: "x", protocol: "tcp" }));
  assert.equal(await sendUdp({ host, port }, new Uint8Array(12), 1).catch(() => undefined), undefined);
}
