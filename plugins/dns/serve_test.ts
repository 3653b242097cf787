// The sockets of a name server: many questions on a connection, slow clients, and clients that never stop.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import type { Socket } from "node:net";
import { test } from "node:test";
import { decode, type OptAnswer } from "dns-packet";
import { waitFor } from "../../conformance/support/wait.ts";
import { DEFAULT_LIMITS, limitsOf } from "../../core/mod.ts";
import { dial } from "../../tests/support/clients.ts";
import { ask, behindLength, questionOf, sendTcp, sendUdp, show } from "../../tests/support/dns_tools.ts";
import { freePort } from "../../tests/support/free_port.ts";
import type { Address } from "../../tests/support/servers.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";
import { DNS_LIMIT_ROWS, type DnsLimits } from "./limits.ts";
import { answerTo, type Reply } from "./message.ts";
import { listenTcp, listenUdp } from "./serve.ts";
import { type Decide, nameService } from "./service.ts";

interface Served {
  readonly at: Address;
  readonly sockets: Set<Socket>;
}

/** Runs a body in front of a name server that decides so. */
async function serving(decide: Decide, body: (served: Served) => Promise<void>, change: Partial<DnsLimits> = {}) {
  const host = ownVip();
  const at = { host, port: await freePort(host) };
  const limits = { ...limitsOf({ limits: DEFAULT_LIMITS }, DNS_LIMIT_ROWS), ...change };
  const sockets = new Set<Socket>();
  const service = nameService(decide, { limits });
  const listeners = [await listenTcp(at, service, { sockets, limits }), await listenUdp(at, service)];
  try {
    await body({ at, sockets });
  } finally {
    for (const listener of listeners) await listener.close();
    for (const socket of sockets) socket.destroy();
  }
}

const reply = (count: number): Reply => ({
  rcode: 0,
  records: Array.from({ length: count }, (_, at) => ({ type: "A", ttl: 1, data: `10.0.${at >> 8}.${at & 255}` })),
});
const one: Decide = () => reply(1);

function closeOf(socket: Socket): Promise<void> {
  socket.on("error", () => undefined).once("end", () => socket.end());
  socket.resume();
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

test("questions on one connection are answered as their answers come, not as they were asked", async () => {
  let release = () => {};
  const slow = new Promise<Reply>((resolve) => {
    release = () => resolve(reply(1));
  });
  const decide: Decide = ({ question }) => (question.name === "slow" ? () => slow : reply(1));
  await serving(decide, async ({ at }) => {
    const names = ["slow", "a", "b"];
    const answers = sendTcp(
      at,
      names.map((name, id) => questionOf({ name, packet: { id } })),
    );
    await sendTcp(at, [questionOf({ name: "c" })]);
    release();
    assert.deepEqual(
      (await answers).map((answer) => decode(Buffer.from(answer)).id),
      [1, 2, 0],
    );
  });
});

test("a client that ends its questions still gets its answers, then the end", async () => {
  let release = () => {};
  const slow = new Promise<Reply>((resolve) => {
    release = () => resolve(reply(1));
  });
  await serving(
    () => () => slow,
    async ({ at, sockets }) => {
      const socket = await dial(at);
      let bytes = 0;
      socket.on("data", (chunk: Uint8Array) => {
        bytes += chunk.length;
      });
      const ended = new Promise((resolve) => socket.once("end", resolve));
      socket.end(behindLength(questionOf({ name: "a" })));
      await waitFor(() => [...sockets].some((served) => served.readableEnded), {
        what: "the client's end to arrive",
        everyMs: 1,
      });
      release();
      await ended;
      assert.equal(bytes, 2 + 12 + 7 + 16);
    },
  );
});

test("UDP answers keep to 512 bytes, or to what EDNS says; by TCP they come whole", async () => {
  await serving(
    () => reply(60),
    async ({ at }) => {
      const cut = await sendUdp(at, questionOf({ name: "a" }));
      assert.ok(cut && cut.length <= 512);
      assert.equal(show(decode(Buffer.from(cut))), "NOERROR tc");
      const packet = { additionals: [{ type: "OPT", name: ".", udpPayloadSize: 1232 }] } as never;
      assert.equal((await ask(at, { name: "a", packet })).answers?.length, 60);
      assert.equal((await ask(at, { name: "a", protocol: "tcp" })).answers?.length, 60);
    },
  );
});

test("EDNS of another version is answered with BADVERS", async () => {
  await serving(one, async ({ at }) => {
    const packet = { additionals: [{ type: "OPT", name: ".", udpPayloadSize: 1232, ednsVersion: 1 }] } as never;
    const { answers, additionals } = await ask(at, { name: "a", packet });
    const [option] = (additionals ?? []) as OptAnswer[];
    assert.deepEqual([answers?.length, option?.extendedRcode, option?.ednsVersion], [0, 1, 0]);
  });
});

test("a connection ends when nothing is asked, and when a question is not finished in time, even byte by byte", async () => {
  await serving(one, async ({ at }) => closeOf(await dial(at)), { keepAliveMs: 50 });
  const limits = { keepAliveMs: 60_000, handshakeMs: 100 };
  await serving(
    one,
    async ({ at }) => {
      const socket = await dial(at);
      const closed = closeOf(socket);
      const bytes = behindLength(questionOf({ name: "a".repeat(60) }));
      let sent = 0;
      const dripping = setInterval(() => socket.write(bytes.subarray(sent, ++sent)), 10);
      await closed;
      clearInterval(dripping);
      assert.ok(sent < bytes.length, `${sent} of ${bytes.length} bytes`);
    },
    limits,
  );
});

test("a connection whose question waits for its answer stays", async () => {
  let release = () => {};
  const slow = new Promise<Reply>((resolve) => {
    release = () => resolve(reply(1));
  });
  const waits: Decide = () => () => slow;
  await serving(
    waits,
    async ({ at, sockets }) => {
      const answers = sendTcp(at, [questionOf({ name: "a" })]);
      const idle = await dial(at);
      await closeOf(idle); // one that asks nothing goes after the same time
      await waitFor(() => sockets.size === 1, { what: "the idle connection to be gone", everyMs: 1 });
      release();
      assert.equal((await answers).length, 1);
    },
    { keepAliveMs: 50 },
  );
});

test("bytes that are no question end the connection", async () => {
  await serving(one, async ({ at }) => {
    const socket = await dial(at);
    const closed = closeOf(socket);
    socket.write(Uint8Array.of(0xff, 0xff, 0));
    await closed;
  });
});

test("a connection that is one too many is closed, and others go on", async () => {
  await serving(
    one,
    async ({ at, sockets }) => {
      const first = await dial(at);
      await waitFor(() => sockets.size === 1, { what: "the first connection", everyMs: 1 });
      await closeOf(await dial(at));
      first.destroy();
      await waitFor(() => sockets.size === 0, { what: "the first connection to be gone", everyMs: 1 });
      assert.equal((await sendTcp(at, [questionOf({ name: "a" })])).length, 1);
    },
    { proxyConnections: 1 },
  );
});

test("a client that takes no answers is not read from, so little waits for it, and it is dropped in time", async () => {
  let asked = 0;
  let answer: Uint8Array | undefined;
  const decide: Decide = (query) => {
    asked += 1;
    answer ??= answerTo(query, reply(500));
    return answer;
  };
  await serving(
    decide,
    async ({ at, sockets }) => {
      const socket = await dial(at);
      socket.pause();
      const question = behindLength(questionOf({ name: "a" }));
      const many = Buffer.concat(Array.from({ length: 20_000 }, () => question));
      socket.on("error", () => undefined).write(many);
      await waitFor(() => sockets.size === 0, { what: "the client to be dropped", everyMs: 5 });
      assert.ok(asked < 8000, `${asked} of 20,000 questions were answered`);
      socket.destroy();
    },
    { keepAliveMs: 300, handshakeMs: 300 },
  );
});

test("one socket gets a quarter of all questions that may be under way, and others go on", async () => {
  const asked: string[] = [];
  const waits: Decide = ({ question }) => {
    asked.push(question.name);
    return question.name.startsWith("slow") ? () => new Promise<Reply>(() => undefined) : async () => reply(1);
  };
  await serving(
    waits,
    async ({ at }) => {
      const flood = createSocket("udp4");
      const refused: string[] = [];
      flood.on("message", (answer) => refused.push(show(decode(answer))));
      try {
        for (const id of [1, 2, 3, 4, 5, 6]) flood.send(questionOf({ name: `slow${id}`, packet: { id } }), at.port, at.host);
        await waitFor(() => asked.length === 6 && refused.length > 0, { what: "a refusal", everyMs: 1 });
        assert.deepEqual(refused, ["SERVFAIL"]);
        for (const protocol of ["udp", "tcp"] as const)
          assert.match(show(await ask(at, { name: "other", protocol })), /^NOERROR/);
      } finally {
        flood.close();
      }
    },
    { nameQueries: 20 },
  );
});
