// Questions that travel through the network: to the host that a route leads to, and from hosts that have no business here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "dns-packet";
import { waitFor } from "../../conformance/support/wait.ts";
import type { Stream } from "../../core/mod.ts";
import { type DnsNetwork, type DnsNetworkOptions, onDnsNetwork as on } from "../../tests/support/dns_network.ts";
import { ask, behindLength, fakeNameServer, questionOf, sendTcp, sendUdp, show } from "../../tests/support/dns_tools.ts";
import { DNS_SERVICE } from "./codes.ts";

const CORP: DnsNetworkOptions = {
  hosts: { local: {}, bastion: {}, other: {} },
  routes: [
    { to: ["*.corp", "10.0.0.0/8"], via: "bastion" },
    { to: ["*.here"], via: "local" },
    { to: ["ads.corp", "10.6.0.0/16"], via: undefined },
  ],
};

/** Asks a host's name service as another host may, past the name server. */
async function askDirectly(network: DnsNetwork, from: string, of: string, bytes: Uint8Array, answers: number): Promise<string[]> {
  const stream: Stream = network.context(from).dial(network.state(of), DNS_SERVICE);
  let held = Buffer.alloc(0);
  const got: string[] = [];
  let over = "";
  stream.attach({
    data(chunk) {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        got.push(show(decode(held.subarray(2, 2 + held.readUInt16BE(0)))));
        held = held.subarray(2 + held.readUInt16BE(0));
      }
      return true;
    },
    end: () => {
      over = "end";
    },
    reset: ({ code }) => {
      over = code;
    },
    drain: () => undefined,
  });
  stream.write(bytes);
  await waitFor(() => over !== "" || got.length >= answers, { what: "answers", everyMs: 1 });
  if (over === "") stream.end();
  return over === "" ? got : [...got, over];
}

test("what a host's programs would find is answered: several addresses, no address of a kind, no name, no answer", async () => {
  const names = { "db.corp": ["10.1.2.3", "10.1.2.4", "fd00::1"], "four.corp": ["10.1.2.3"], "bad.corp": "fail" } as const;
  await on({ ...CORP, knows: { bastion: { names } } }, async (network) => {
    const { server, lookups } = network;
    assert.equal(show(await ask(server, { name: "Db.corp" })), 'NOERROR Db.corp A "10.1.2.3" Db.corp A "10.1.2.4"');
    assert.equal(show(await ask(server, { name: "four.corp", type: "AAAA" })), "NOERROR");
    assert.equal(show(await ask(server, { name: "no.corp" })), "NXDOMAIN");
    assert.equal(show(await ask(server, { name: "bad.corp" })), "SERVFAIL");
    assert.equal(show(await ask(server, { name: "a\tb.corp" })), "NXDOMAIN");
    assert.deepEqual(
      lookups,
      ["db.corp", "four.corp", "no.corp", "bad.corp"].map((name) => `bastion ${name}`),
    );
    assert.equal(network.streams.length, 1);
  });
});

test("addresses that a route refuses are left out, and refused names are asked of nobody", async () => {
  await on({ ...CORP, knows: { bastion: { names: { "db.corp": ["10.6.0.1", "10.1.0.1"] } } } }, async (network) => {
    assert.equal(show(await ask(network.server, { name: "db.corp" })), 'NOERROR db.corp A "10.1.0.1"');
    assert.equal(show(await ask(network.server, { name: "ads.corp" })), "REFUSED");
    assert.deepEqual(network.lookups, ["bastion db.corp"]);
  });
});

test("all other types, and reverse names, are asked of that host's name servers; data pass as they are, and nothing beside them", async () => {
  const upstream = await fakeNameServer(({ name, type }) => {
    if (type === "PTR") return { answers: [{ name, type: "PTR", ttl: 1, data: "db.corp" }] };
    const asked = { name, type: type as "NULL", ttl: 9, data: Buffer.from("anything") };
    const evil = { name: "www.bank.com", type: "A", ttl: 9, data: "6.6.6.6" } as const;
    return { flags: 0x20, answers: [evil, asked], authorities: [evil], additionals: [evil] };
  });
  try {
    await on({ ...CORP, knows: { bastion: { servers: () => [upstream] } } }, async ({ server }) => {
      const answer = await ask(server, { name: "x.CORP", type: "UNKNOWN_65280" });
      assert.deepEqual(answer.answers, [
        { name: "x.CORP", type: "UNKNOWN_65280", ttl: 9, class: "IN", flush: false, data: Buffer.from("anything") },
      ]);
      assert.deepEqual([answer.authorities, answer.additionals, answer.flag_ad], [[], [], false]);
      assert.match(show(await ask(server, { name: "4.3.2.10.in-addr.arpa", type: "PTR" })), /PTR "db\.corp"/);
      assert.deepEqual(upstream.asked, ["udp x.CORP UNKNOWN_65280", "udp 4.3.2.10.in-addr.arpa PTR"]);
    });
  } finally {
    await upstream.stop();
  }
});

test("a host that has the route itself answers its own programs the same way", async () => {
  await on({ ...CORP, knows: { local: { names: { "a.here": ["192.0.2.9"] } } } }, async ({ server }) => {
    assert.equal(show(await ask(server, { name: "a.here" })), 'NOERROR a.here A "192.0.2.9"');
  });
});

test("what the system says and is no address is left out", async () => {
  const names = { "odd.corp": ["10.1", "x", "10.1.2.3"], "six.corp": ["fd00::1%eth0"] };
  await on({ ...CORP, knows: { bastion: { names } } }, async ({ server }) => {
    assert.equal(show(await ask(server, { name: "odd.corp" })), 'NOERROR odd.corp A "10.1.2.3"');
    assert.equal(show(await ask(server, { name: "six.corp", type: "AAAA" })), 'NOERROR six.corp AAAA "fd00::1"');
  });
});

test("addresses of a machine's own and its links are no answer of another host, as they would not be dialled", async () => {
  const names = { "own.corp": ["127.0.0.1", "169.254.169.254", "10.1.2.3"], "six.corp": ["::1", "fe80::1"] };
  await on({ ...CORP, knows: { bastion: { names } } }, async ({ server }) => {
    assert.equal(show(await ask(server, { name: "own.corp" })), 'NOERROR own.corp A "10.1.2.3"');
    assert.equal(show(await ask(server, { name: "six.corp", type: "AAAA" })), "NOERROR");
  });
});

test("a hundred questions at once share one stream and get their own answers", async () => {
  const names = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`h${at}.corp`, [`10.0.0.${at}`]]));
  await on({ ...CORP, knows: { bastion: { names } } }, async (network) => {
    const questions = Object.keys(names).map((name, id) => questionOf({ name, packet: { id } }));
    const answers = await sendTcp(network.server, questions);
    const shown = answers.map((answer) => decode(Buffer.from(answer))).map((answer) => [answer.id, show(answer)]);
    const wanted = Object.entries(names).map(([name, [address]], id) => [id, `NOERROR ${name} A "${address}"`]);
    assert.deepEqual(
      shown.sort(([one], [two]) => Number(one) - Number(two)),
      wanted,
    );
    assert.equal(network.streams.length, 1);
  });
});

test("a stream that is lost fails its questions at once, and the next question has a new one", async () => {
  await on({ ...CORP, knows: { bastion: { names: { "a.corp": "never", "b.corp": ["10.0.0.1"] } } } }, async (network) => {
    const began = performance.now();
    const lost = ask(network.server, { name: "a.corp" });
    await waitFor(() => network.lookups.length === 1, { what: "the question to arrive", everyMs: 1 });
    network.streams[0]?.reset("link-lost");
    assert.equal(show(await lost), "SERVFAIL");
    assert.ok(performance.now() - began < 4000);
    assert.equal(show(await ask(network.server, { name: "b.corp" })), 'NOERROR b.corp A "10.0.0.1"');
    assert.equal(network.streams.length, 2);
  });
});

test("a stream that nobody uses ends", async () => {
  await on({ ...CORP, limits: { keepAliveMs: 50 } }, async (network) => {
    assert.equal(show(await ask(network.server, { name: "no.corp" })), "NXDOMAIN");
    const closed = await network.event("stream.closed");
    assert.equal(closed.code, undefined);
    assert.equal(show(await ask(network.server, { name: "no.corp" })), "NXDOMAIN");
    assert.equal(network.streams.length, 2);
  });
});

test("a host is no open resolver: other names are refused, by whoever asks", async () => {
  const upstream = await fakeNameServer(() => assert.fail("nothing is asked"));
  try {
    await on({ ...CORP, knows: { other: { servers: () => [upstream] } } }, async (network) => {
      const names = ["example.com", "db.corp", "bastion", "a.here"];
      const bytes = Buffer.concat(names.map((name) => behindLength(questionOf({ name, type: "MX" }))));
      assert.deepEqual(
        await askDirectly(network, "bastion", "other", bytes, 4),
        names.map(() => "REFUSED"),
      );
      assert.deepEqual(upstream.asked, []);
    });
  } finally {
    await upstream.stop();
  }
});

test("a host that sends what is no DNS message has its stream ended, and others go on", async () => {
  await on({ ...CORP, knows: { bastion: { names: { "db.corp": ["10.0.0.1"] } } } }, async (network) => {
    const bytes = Buffer.concat([behindLength(questionOf({ name: "db.corp" })), Buffer.from([255, 255, 0])]);
    assert.deepEqual((await askDirectly(network, "other", "bastion", bytes, 99)).at(-1), "reset");
    assert.match(show(await ask(network.server, { name: "db.corp" })), /10\.0\.0\.1/);
  });
});

test("a question beyond the number that may be under way is told so at once", async () => {
  await on({ ...CORP, knows: { bastion: { names: { "a.corp": "never" } } }, limits: { nameQueries: 10 } }, async ({ server }) => {
    const questions = Array.from({ length: 11 }, (_, id) => questionOf({ name: "a.corp", packet: { id } }));
    const waiting = Promise.all(questions.slice(0, 10).map((question) => sendUdp(server, question, 300)));
    const [answer] = (await Promise.all([waiting, sendUdp(server, questions[10] as Uint8Array)])).slice(1);
    assert.equal(show(decode(Buffer.from(answer as Uint8Array))), "SERVFAIL");
  });
});
