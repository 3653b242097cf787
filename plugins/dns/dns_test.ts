// The name server on real sockets: the network's own names, names behind other hosts, and all others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "dns-packet";
import { type DnsNetworkOptions, onDnsNetwork as on } from "../../tests/support/dns_network.ts";
import { ask, fakeNameServer, questionOf, sendTcp, show } from "../../tests/support/dns_tools.ts";
import type { Address } from "../../tests/support/servers.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";

test("names of hosts and aliases are answered with VIPs by UDP and TCP, as they were written", async () => {
  const vip = ownVip();
  await on({ hosts: { local: {}, web: { vip, aliases: ["www.example.com"] } } }, async ({ server }) => {
    for (const protocol of ["udp", "tcp"] as const) {
      assert.equal(show(await ask(server, { name: "web", protocol })), `NOERROR aa web A "${vip}"`);
      assert.equal(show(await ask(server, { name: "wWw.Example.COM", protocol })), `NOERROR aa wWw.Example.COM A "${vip}"`);
      assert.equal(show(await ask(server, { name: "web", type: "AAAA", protocol })), "NOERROR aa");
      assert.equal(show(await ask(server, { name: "web", type: "ANY", protocol })), `NOERROR aa web A "${vip}"`);
      const reverse = `${vip.split(".").reverse().join(".")}.in-addr.arpa`;
      assert.equal(show(await ask(server, { name: reverse, type: "PTR", protocol })), `NOERROR aa ${reverse} PTR "web"`);
    }
  });
});

test("answers of a host's own may be kept as long as the limit says, in whole seconds", async () => {
  const options: DnsNetworkOptions = {
    hosts: { local: {}, bastion: {} },
    routes: [{ to: ["*.corp"], via: "bastion" }],
    knows: { bastion: { names: { "db.corp": ["10.1.2.3"] } } },
    limits: { nameTtlMs: 3999 },
  };
  await on(options, async ({ server }) => {
    for (const name of ["bastion", "db.corp"]) {
      const [answer] = (await ask(server, { name })).answers ?? [];
      assert.equal(answer?.type === "A" && answer.ttl, 3, name);
    }
  });
});

test("names that a route leads to are asked where it leads", async () => {
  const options: DnsNetworkOptions = {
    hosts: { local: {}, bastion: {} },
    routes: [{ to: ["*.corp"], via: "bastion" }],
    knows: { bastion: { names: { "db.corp": ["10.1.2.3", "fd00::1"] } } },
  };
  await on(options, async ({ server, lookups }) => {
    assert.equal(show(await ask(server, { name: "DB.corp" })), 'NOERROR DB.corp A "10.1.2.3"');
    assert.equal(show(await ask(server, { name: "db.corp", type: "AAAA" })), 'NOERROR db.corp AAAA "fd00::1"');
    assert.equal(show(await ask(server, { name: "no.corp" })), "NXDOMAIN");
    assert.ok(lookups.every((line) => line.startsWith("bastion ")));
  });
});

test("all other names are asked of the system's servers, and answers pass as they are", async () => {
  const upstream = await fakeNameServer(({ name }) => ({
    answers: [{ type: "A", name, ttl: 77, data: "192.0.2.1" }],
  }));
  try {
    await on({ hosts: { local: {} }, knows: { local: { servers: () => [upstream] } } }, async ({ server }) => {
      const answer = await ask(server, { name: "Outside.example" });
      assert.equal(answer.id, 4711);
      assert.equal(show(answer), 'NOERROR Outside.example A "192.0.2.1"');
      assert.deepEqual(upstream.asked, ["udp Outside.example A"]);
    });
  } finally {
    await upstream.stop();
  }
});

test("equal questions are asked once, and all get the answer under their own number and name", async () => {
  const upstream = await fakeNameServer(() => undefined);
  try {
    const knows = { local: { servers: () => [upstream] } };
    await on({ hosts: { local: {} }, knows, limits: { nameMs: 200 } }, async ({ server }) => {
      const names = ["a.example", "A.example", "a.EXAMPLE"];
      const answers = await sendTcp(
        server,
        names.map((name, id) => questionOf({ name, packet: { id } })),
      );
      const packets = answers.map((answer) => decode(Buffer.from(answer)));
      assert.deepEqual(
        packets.map(({ id, questions }) => [id, questions?.[0]?.name]).sort(),
        Object.entries(names).map(([id, name]) => [Number(id), name]),
      );
      assert.deepEqual(packets.map(show), ["SERVFAIL", "SERVFAIL", "SERVFAIL"]);
      assert.equal(upstream.asked.length, 1);
    });
  } finally {
    await upstream.stop();
  }
});

test("an answer that is too large for UDP says so, and comes whole by TCP", async () => {
  const answers = Array.from(
    { length: 60 },
    (_, at) => ({ type: "A", name: "big.example", ttl: 1, data: `10.0.0.${at}` }) as const,
  );
  const upstream = await fakeNameServer((_question, protocol) => (protocol === "udp" ? { flags: 0x0200 } : { answers }));
  try {
    await on({ hosts: { local: {} }, knows: { local: { servers: () => [upstream] } } }, async ({ server }) => {
      assert.equal(show(await ask(server, { name: "big.example" })), "NOERROR tc");
      assert.equal((await ask(server, { name: "big.example", protocol: "tcp" })).answers?.length, 60);
    });
  } finally {
    await upstream.stop();
  }
});

test("without name servers, or with none that answers, the answer is SERVFAIL", async () => {
  await on({ hosts: { local: {} } }, async ({ server }) => {
    assert.equal(show(await ask(server, { name: "a.example" })), "SERVFAIL");
  });
  const silent = await fakeNameServer(() => undefined);
  const knows = { local: { servers: () => [silent] } };
  await on({ hosts: { local: {} }, knows, limits: { nameMs: 50 } }, async ({ server }) => {
    assert.equal(show(await ask(server, { name: "a.example" })), "SERVFAIL");
  });
  await silent.stop();
});

test("a system that asks this name server makes no circle: it is never asked, neither for names of a route", async () => {
  const upstream = await fakeNameServer(({ name }) => ({ answers: [{ type: "A", name, ttl: 77, data: "192.0.2.1" }] }));
  const circle: Address[] = [];
  try {
    const options = { hosts: { local: {} }, routes: [{ to: ["*.here"], via: "local" }] };
    await on({ ...options, knows: { local: { servers: () => circle } } }, async ({ server, lookups }) => {
      circle.push(server);
      assert.equal(show(await ask(server, { name: "a.example" })), "SERVFAIL");
      assert.equal(show(await ask(server, { name: "a.here" })), "SERVFAIL");
      circle.push(upstream);
      assert.match(show(await ask(server, { name: "a.example" })), /192\.0\.2\.1/);
      assert.match(show(await ask(server, { name: "a.here" })), /192\.0\.2\.1/);
      assert.deepEqual(lookups, []);
    });
  } finally {
    await upstream.stop();
  }
});

test("a circle through another program ends after a time with few questions", async () => {
  const at: Address[] = [];
  const round = async () => {
    const [server] = at;
    if (!server) throw new assert.AssertionError({ message: "the network is there" });
    const { answers = [] } = await ask(server, { name: "a.here" });
    return answers.flatMap((record) => (record.type === "A" ? record.data : []));
  };
  const options = { hosts: { local: {} }, routes: [{ to: ["*.here"], via: "local" }], limits: { dialMs: 200 } };
  await on({ ...options, knows: { local: { names: { "a.here": round } } } }, async ({ server, lookups }) => {
    at.push(server);
    assert.equal(show(await ask(server, { name: "A.here", packet: { flags: 0 } })), "SERVFAIL");
    assert.ok(lookups.length <= 2, `${lookups.length} look-ups`);
  });
});
