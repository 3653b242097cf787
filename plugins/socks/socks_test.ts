// The SOCKS proxy of a host on real sockets: every kind of destination, and every reply.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hostPlugin } from "../../conformance/host_plugin.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import type { Target } from "../../core/mod.ts";
import {
  addressOf,
  type EnteredNetwork,
  type EnteredNetworkOptions,
  enteredNetwork,
  ownListen,
  published,
} from "../../tests/support/entered_network.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { startHalfClose, type TestServer } from "../../tests/support/servers.ts";
import { openRaw, request5, type SocksAnswer, socks4, socks5 } from "../../tests/support/socks_raw.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { socksPlugin } from "./mod.ts";

const open = ownListen();
const refusing = ownListen();
const webVip = ownVip();
/** What arrived at the host "far" under names that only it knows. */
const farTargets: Target[] = [];

/** Stands for a network behind "far" with names of its own. */
const farNames = hostPlugin("far-names", (context) =>
  context.egress(() => ({
    name: "far-names",
    claims: (target) => target.kind === "address" && target.host.endsWith("far.test"),
    open(stream) {
      farTargets.push(stream.identity.target);
      stream.accept();
      stream.attach({ data: () => true, end: () => stream.end(), reset: () => undefined, drain: () => undefined });
      stream.write(new TextEncoder().encode("far"));
    },
    stop: async () => undefined,
  })),
);

let server: TestServer;
let network: EnteredNetwork;
let closedPort: number;

before(async () => {
  server = await startHalfClose();
  closedPort = await freePort("127.0.0.1");
  const ports = [published(80, server), published(81, { host: "127.0.0.1", port: closedPort })];
  const hosts: EnteredNetworkOptions["hosts"] = {
    local: { keys: { socks: { listen: refusing, outside: "refuse" } } },
    entry: { keys: { socks: { listen: open, outside: "direct" } } },
    web: { vip: webVip, ports, aliases: ["www.example.test"] },
    far: {},
  };
  const routes = [
    { to: ["*.far.test"], via: "far" },
    { to: ["*.bad.test", "203.0.113.0/24"], via: undefined },
  ];
  network = await enteredNetwork({ hosts, routes, plugins: [farNames, socksPlugin], listening: ["socks"] });
});

after(async () => {
  await network.stop();
  await server.stop();
});

/** The answer of a target that counts what it gets. */
async function exchanged(answer: SocksAnswer): Promise<string> {
  answer.socket.end("12345");
  const text = (await answer.rest()).toString();
  answer.close();
  return text;
}

test("every kind of destination leads to the published port, with SOCKS5 and SOCKS4", async () => {
  for (const proxy of [open, refusing].map(addressOf)) {
    for (const host of ["web", "WEB", "web.", "www.example.test", "Www.Example.TEST.", webVip]) {
      const five = await socks5(proxy, { host, port: 80 });
      assert.deepEqual([five.code, await exchanged(five)], [0, "GOT 5"], `SOCKS5 to ${host}`);
      const four = await socks4(proxy, { host, port: 80 }, "me");
      assert.deepEqual([four.code, await exchanged(four)], [90, "GOT 5"], `SOCKS4 to ${host}`);
    }
    const named = await socks5(proxy, { host: webVip, port: 80 }, { asName: true });
    assert.deepEqual([named.code, await exchanged(named)], [0, "GOT 5"]);
  }
});

test("an IPv4 address within an IPv6 one is that address", async () => {
  const answer = await socks5(addressOf(open), { host: `::ffff:${webVip}`, port: 80 });
  assert.deepEqual([answer.code, await exchanged(answer)], [0, "GOT 5"]);
});

test("a routed name arrives as a name where the route leads", async () => {
  const answer = await socks5(addressOf(refusing), { host: "Db.FAR.test.", port: 5432 });
  assert.equal(answer.code, 0);
  assert.equal((await answer.read(3)).toString(), "far");
  assert.deepEqual(farTargets.pop(), { kind: "address", host: "db.far.test", port: 5432 });
  answer.close();
  const four = await socks4(addressOf(open), { host: "db2.far.test", port: 1 });
  assert.equal(four.code, 90);
  assert.deepEqual(farTargets.pop(), { kind: "address", host: "db2.far.test", port: 1 });
  four.close();
});

test("what is outside is dialled by the host itself, or refused, as the entrance says", async () => {
  for (const host of ["127.0.0.1", "localhost"]) {
    const direct = await socks5(addressOf(open), { host, port: server.port });
    assert.deepEqual([direct.code, await exchanged(direct)], [0, "GOT 5"], host);
    assert.equal((await socks5(addressOf(refusing), { host, port: server.port })).code, 2, host);
    assert.equal((await socks4(addressOf(refusing), { host, port: server.port })).code, 91, host);
  }
});

test("a client may have ended before its name is looked up", async () => {
  const client = await openRaw(addressOf(open));
  client.write([5, 1, 0], request5({ host: "localhost", port: server.port }), "12345");
  client.socket.end();
  assert.equal((await client.rest()).subarray(12).toString(), "GOT 5");
  client.close();
});

test("each failure has its reply, then the connection ends in order", async () => {
  const failures: readonly (readonly [string, { host: string; port: number }, number])[] = [
    ["a refused route", { host: "x.bad.test", port: 80 }, 2],
    ["a refused network", { host: "203.0.113.9", port: 80 }, 2],
    ["a port that is not published", { host: "web", port: 82 }, 2],
    ["a target that refuses", { host: "web", port: 81 }, 5],
    ["an outside target that refuses", { host: "127.0.0.1", port: closedPort }, 5],
    ["a name that nobody knows", { host: "nobody.invalid", port: 80 }, 4],
  ];
  for (const [what, to, code] of failures) {
    const five = await socks5(addressOf(open), to);
    assert.equal(five.code, code, what);
    five.socket.end();
    assert.equal(await five.ended, "FIN", what);
    const four = await socks4(addressOf(open), to);
    assert.equal(four.code, 91, what);
    four.close();
  }
});

test("BIND, UDP and unknown kinds of address have their replies", async () => {
  const to = { host: "web", port: 80 };
  const answers = [request5(to, 2), request5(to, 3), [5, 1, 0, 9, 1, 1, 1, 1, 0, 80], request5({ ...to, port: 0 })].map(
    async (request) => {
      const raw = await openRaw(addressOf(open));
      raw.write([5, 1, 0], request);
      const bytes = (await raw.rest()).toString("hex");
      raw.close();
      return bytes;
    },
  );
  assert.deepEqual(
    await Promise.all(answers),
    ["07", "07", "08", "01"].map((code) => `050005${code}0001000000000000`),
  );
});

test("a client of HTTP reads that this is a SOCKS proxy; others read nothing", async () => {
  const http = await openRaw(addressOf(open));
  http.write("GET http://web/ HTTP/1.1\r\nhost: web\r\n\r\n");
  assert.match((await http.rest()).toString(), /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*SOCKS proxy/);
  http.close();
  const tls = await openRaw(addressOf(open));
  tls.write([0x16, 3, 1, 0, 200]);
  assert.equal((await tls.rest()).length, 0);
  tls.close();
});

test("nothing is left open at the target", async () => {
  await waitFor(() => server.open() === 0, { what: "the target's connections to end" });
  assert.ok(server.accepted() > 0);
});
