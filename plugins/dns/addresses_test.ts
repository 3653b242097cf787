// The addresses of a name server: opened, reported, tried again and closed, each as one of UDP and TCP together.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import { loneFrontEnd } from "../../conformance/lone_front_end.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import type { ListenerFact } from "../../core/mod.ts";
import { dnsNetwork } from "../../tests/support/dns_network.ts";
import { ask, sendUdp, show } from "../../tests/support/dns_tools.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { startServer } from "../../tests/support/servers.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { addresses } from "./addresses.ts";
import { namesFrontEnd } from "./front_end.ts";

const shown = (facts: readonly ListenerFact[]) => facts.map((fact) => `${fact.type.slice("frontend.".length)} ${fact.address}`);

/** Addresses of which some halves cannot be had. */
function fake() {
  const facts: ListenerFact[] = [];
  const taken = new Set<string>();
  const open = new Set<string>();
  const made = addresses(
    "dns",
    { report: (fact) => void (fact.type === "host.crowded" || facts.push(fact)) },
    async ({ host, port }, way) => {
      const half = `${host}:${port}/${way}`;
      if (taken.has(half)) throw Object.assign(new Error("taken"), { code: "EADDRINUSE" });
      open.add(half);
      return { close: () => void open.delete(half) };
    },
    5,
  );
  const serve = (...hosts: string[]) => made.serve(new Map(hosts.map((host) => [`${host}:53`, { host, port: 53 }])));
  return { facts, taken, open, serve, stop: made.stop };
}

test("an address is one entry of the log, opened and closed once", async () => {
  const { facts, open, serve, stop } = fake();
  await serve("127.0.0.1", "127.0.42.1");
  await serve("127.0.0.1", "127.0.42.1");
  assert.deepEqual(shown(facts), ["listening 127.0.0.1:53", "listening 127.0.42.1:53"]);
  await serve("127.0.0.1");
  assert.deepEqual(shown(facts).slice(2), ["closed 127.0.42.1:53"]);
  assert.deepEqual([...open], ["127.0.0.1:53/tcp", "127.0.0.1:53/udp"]);
  stop();
  assert.equal(open.size, 0);
  assert.equal(facts.length, 3);
});

test("where one half cannot be had the log has two entries, until both can", async () => {
  const { facts, taken, serve, stop } = fake();
  taken.add("127.0.0.1:53/udp");
  await serve("127.0.0.1");
  assert.deepEqual(shown(facts), ["listening 127.0.0.1:53/tcp", "failed 127.0.0.1:53/udp"]);
  assert.match(JSON.stringify(facts[1]), /address-in-use.*Cannot listen on 127\.0\.0\.1:53\/udp: Address is already in use/);
  taken.clear();
  await waitFor(() => facts.length === 5, { what: "the other half", everyMs: 1 });
  assert.deepEqual(shown(facts).slice(2), ["closed 127.0.0.1:53/tcp", "closed 127.0.0.1:53/udp", "listening 127.0.0.1:53"]);
  stop();
});

test("an address that cannot be had is told once, and again when it can", async () => {
  const { facts, taken, open, serve, stop } = fake();
  for (const way of ["tcp", "udp"]) taken.add(`127.0.0.1:53/${way}`);
  await serve("127.0.0.1", "127.0.0.2");
  await serve("127.0.0.1", "127.0.0.2");
  assert.deepEqual(shown(facts), ["failed 127.0.0.1:53", "listening 127.0.0.2:53"]);
  taken.clear();
  await waitFor(() => facts.length === 3, { what: "the address", everyMs: 1 });
  assert.deepEqual(shown(facts).slice(2), ["listening 127.0.0.1:53"]);
  stop();
  assert.equal(open.size, 0);
});

test("every VIP is served on the same port where the host's loopback is on", async () => {
  const vip = ownVip();
  const network = await dnsNetwork({ hosts: { local: { loopback: { disable: false } }, web: { vip } } });
  try {
    const at = { host: vip, port: network.server.port };
    for (const way of ["udp", "tcp"] as const) assert.match(show(await ask(at, { name: "web", way })), new RegExp(vip));
    assert.ok(network.state("local").listeners.has(`${vip}:${at.port}`));
  } finally {
    await network.stop();
  }
});

/** The front-end alone, on host 1. */
function alone(listen: string | undefined) {
  const sources = { servers: () => [], lookup: async () => [] };
  return loneFrontEnd((context) => namesFrontEnd(context, sources, "dns"), listen === undefined ? {} : { dns: { listen } });
}

test("without a name server in its settings a host listens nowhere, and without loopback on no VIP", async () => {
  const none = alone(undefined);
  await none.show({});
  assert.deepEqual(none.facts, []);
  const listen = `${ownVip()}:${await freePort("127.0.0.1")}`;
  const one = alone(listen);
  await one.show({ loopback: false });
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
  const local = { loopback: true, vip: own };
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

/** Rejects when an address is still taken. */
async function canBeHad(host: string, port: number): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve, reject) => void socket.once("error", reject).bind({ address: host, port }, () => resolve()));
  socket.close();
  await (await startServer((client) => void client.destroy(), { host, port })).stop();
  await assert.rejects(ask({ host, port }, { name: "x", way: "tcp" }));
  assert.equal(await sendUdp({ host, port }, new Uint8Array(12), 1).catch(() => undefined), undefined);
}
