// Questions to the name servers of the system, on real sockets: the right answers, and no others.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { test } from "node:test";
import { decode, encode, type Packet } from "dns-packet";
import { DEFAULT_LIMITS, type Protocol } from "../../core/mod.ts";
import { type Answers, type FakeNameServer, fakeNameServer, questionOf, show } from "../../tests/support/dns_tools.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { forwarder } from "./forward.ts";
import type { DnsLimits } from "./limits.ts";
import { type Query, readQuery } from "./query.ts";
import type { NameServer } from "./system_servers.ts";

function queryOf(name: string, packet: Packet = {}): Query {
  const query = readQuery(questionOf({ name, packet }));
  if (query === undefined || query instanceof Uint8Array) throw new assert.AssertionError({ message: "it was read" });
  return query;
}

const A: Answers = ({ name }) => ({ answers: [{ name, type: "A", ttl: 1, data: "192.0.2.1" }] });
const code =
  (rcode: number): Answers =>
  () => ({ flags: rcode });

/** What is heard of servers that answer so, in one line. */
async function heard(answers: readonly Answers[], protocol: Protocol = "udp", limits: Partial<DnsLimits> = {}) {
  const servers = await Promise.all(answers.map((answer) => fakeNameServer(answer)));
  const system = forwarder({ limits: { ...DEFAULT_LIMITS, ...limits } });
  try {
    const asked = system.ask(servers.map(place), queryOf("a.example"), protocol);
    const answer = await asked.then(
      (bytes) => show(decode(Buffer.from(bytes))),
      (error: Error) => error.message,
    );
    return { answer, servers };
  } finally {
    system.stop();
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function place({ host, port }: FakeNameServer): NameServer {
  return { address: host, port };
}

test("the first server that answers is taken, a missing name included", async () => {
  const { answer, servers } = await heard([A, A]);
  assert.equal(answer, 'NOERROR a.example A "192.0.2.1"');
  assert.deepEqual(servers[1]?.asked, []);
  assert.equal((await heard([code(3), A])).answer, "NXDOMAIN");
});

test("the next server is asked when one is silent, cannot, or does not want to", async () => {
  for (const first of [code(2), code(4), code(5), code(1)]) assert.match((await heard([first, A])).answer, /192\.0\.2\.1/);
  assert.match((await heard([() => undefined, A], "udp", { nameMs: 50 })).answer, /192\.0\.2\.1/);
});

test("when no server can, its own words are passed on; when none answers, that is said", async () => {
  assert.equal((await heard([() => undefined, code(5)], "udp", { nameMs: 50 })).answer, "REFUSED");
  assert.equal((await heard([() => undefined], "udp", { nameMs: 50 })).answer, "No name server answers");
  assert.equal((await heard([])).answer, "There is no name server");
});

test("an answer that UDP cuts is fetched whole for who asks by TCP, and passed on cut for who asks by UDP", async () => {
  const cut: Answers = (question, protocol, packet, raw) =>
    protocol === "udp" ? { flags: 0x0200 } : A(question, protocol, packet, raw);
  const tcp = await heard([cut], "tcp");
  assert.deepEqual(
    [tcp.answer, tcp.servers[0]?.asked],
    ['NOERROR a.example A "192.0.2.1"', ["udp a.example A", "tcp a.example A"]],
  );
  assert.equal((await heard([cut])).answer, "NOERROR tc");
});

test("what is asked passes as it is, under another number each time, from another port each time", async () => {
  const server = await fakeNameServer(A);
  const system = forwarder({ limits: DEFAULT_LIMITS });
  try {
    const additionals = [
      { type: "OPT", name: ".", udpPayloadSize: 1400, flags: 0x8000, options: [{ code: 10, data: Buffer.alloc(8, 7) }] },
    ];
    const query = queryOf("a.example", { flags: 0x0130, additionals } as never);
    for (let turn = 0; turn < 10; turn += 1) await system.ask([place(server)], query, "udp");
    for (const raw of server.raw) assert.deepEqual([...raw.subarray(2)], [...query.message.subarray(2)]);
    const numbers = server.raw.map((raw) => ((raw[0] ?? 0) << 8) | (raw[1] ?? 0));
    assert.ok(new Set(numbers).size >= 9, `numbers ${numbers}`);
    assert.ok(new Set(server.ports).size >= 9, `ports ${server.ports}`);
  } finally {
    system.stop();
    await server.stop();
  }
});

test("forged answers are not taken: of another number, about another name, from another address or port", async () => {
  const host = ownVip();
  const other = createSocket("udp4");
  const elsewhere = createSocket("udp4");
  await new Promise<void>((resolve) => void other.bind({ address: ownVip(), port: 0 }, () => resolve()));
  await new Promise<void>((resolve) => void elsewhere.bind({ address: host, port: 0 }, () => resolve()));
  const asked = createSocket("udp4");
  asked.on("message", (message, from) => {
    const { id = 0, questions = [] } = decode(message);
    const made = (number: number, name: string, data: string) =>
      encode({ type: "response", id: number, questions: [{ name, type: "A" }], answers: [{ name, type: "A", ttl: 1, data }] });
    const name = questions[0]?.name ?? "";
    const send = (socket: typeof asked, bytes: Uint8Array) =>
      new Promise<void>((resolve) => socket.send(bytes, from.port, from.address, () => resolve()));
    const forged = [
      ...[other, elsewhere].map((socket) => send(socket, made(id, name, "6.6.6.6"))),
      ...[made(id ^ 1, name, "6.6.6.6"), made(id, "b.example", "6.6.6.6"), message, Buffer.from("x")].map((bytes) =>
        send(asked, bytes),
      ),
    ];
    void Promise.all(forged).then(() => send(asked, made(id, name, "192.0.2.1")));
  });
  await new Promise<void>((resolve) => void asked.bind({ address: host, port: 0 }, () => resolve()));
  const system = forwarder({ limits: DEFAULT_LIMITS });
  try {
    const server = { address: host, port: asked.address().port };
    const answer = await system.ask([server], queryOf("a.example"), "udp");
    assert.equal(show(decode(Buffer.from(answer))), 'NOERROR a.example A "192.0.2.1"');
  } finally {
    system.stop();
    for (const socket of [other, elsewhere, asked]) socket.close();
  }
});

test("servers are asked by IPv6 as well", { skip: (await hasIpv6()) ? false : "no IPv6 here" }, async () => {
  const server = await fakeNameServer(A, "::1");
  const system = forwarder({ limits: DEFAULT_LIMITS });
  try {
    const answer = await system.ask([{ address: "0:0::1", port: server.port }], queryOf("a.example"), "udp");
    assert.match(show(decode(Buffer.from(answer))), /192\.0\.2\.1/);
  } finally {
    system.stop();
    await server.stop();
  }
});

test("nothing is asked, and nothing waits, after a stop", async () => {
  const host = ownVip();
  const server = { address: host, port: await freePort(host) };
  const system = forwarder({ limits: { ...DEFAULT_LIMITS, nameMs: 60_000 } });
  const silent = await fakeNameServer(() => undefined);
  const asked = system.ask([place(silent), server], queryOf("a.example"), "udp");
  system.stop();
  await assert.rejects(asked, { code: "name-not-found" });
  await assert.rejects(system.ask([place(silent)], queryOf("a.example"), "udp"), { code: "name-not-found" });
  await silent.stop();
});

async function hasIpv6(): Promise<boolean> {
  return freePort("::1").then(
    () => true,
    () => false,
  );
}
