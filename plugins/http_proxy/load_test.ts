// Large bodies and many clients: what one end does not take, the other must not send; and nothing is left.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { test } from "node:test";
import { pseudoRandom, pseudoRandomSha256 } from "../../conformance/support/pseudo_random.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { dial } from "../../tests/support/clients.ts";
import { collectGarbage } from "../../tests/support/garbage.ts";
import { type HttpOrigin, startHttpOrigin } from "../../tests/support/http_origin.ts";
import {
  type ProxiedNetwork,
  proxiedNetwork,
  type RawAnswer,
  rawClient,
  startRawOrigin,
  throughProxy,
} from "../../tests/support/http_raw.ts";
import type { Address } from "../../tests/support/servers.ts";
import { httpProxyPlugin } from "./mod.ts";

const MIB = 1024 * 1024;
const WHOLE = 32 * MIB;
const LARGE = (process.env.NOROUTER_TEST_QUICK === "1" ? 256 : 512) * MIB;
/** Client, proxy and server are one process here, and each runtime collects garbage when it likes. */
const MOST_GROWTH = 160 * MIB;

async function through(body: (proxied: ProxiedNetwork, origin: HttpOrigin) => Promise<void>) {
  await throughProxy(await startHttpOrigin(), { plugin: httpProxyPlugin }, body);
}

/** How much more memory the process took at most than before. */
async function memoryDuring(act: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() - before > MOST_GROWTH) collectGarbage();
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  await act().finally(() => clearInterval(timer));
  return most - before;
}

/** Reads one answer with a length, to its end, and returns the hash of its body. */
async function download(from: Address, target: string, bytes: number): Promise<string> {
  const socket = await dial(from);
  const hash = createHash("sha256");
  let head = "";
  let left = bytes;
  socket.write(`GET ${target} HTTP/1.1\r\nHost: web\r\n\r\n`);
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject).on("end", () => reject(new Error(`The answer ended ${left} bytes early`)));
    socket.on("data", (chunk: Buffer) => {
      let body = chunk;
      if (!head.includes("\r\n\r\n")) {
        const text = head + chunk.toString("latin1");
        const end = text.indexOf("\r\n\r\n");
        body = end === -1 ? Buffer.alloc(0) : chunk.subarray(end + 4 - head.length);
        head = text.slice(0, end === -1 ? undefined : end + 4);
      }
      hash.update(body);
      left -= body.length;
      if (left === 0) resolve();
    });
  });
  socket.destroy();
  return hash.digest("hex");
}

test("a large answer arrives whole", async () => {
  await through(async (proxied) => {
    assert.equal(await download(proxied.proxy, `http://web/7/${WHOLE}`, WHOLE), pseudoRandomSha256(7, WHOLE));
  });
});

for (const framing of ["length", "chunks"] as const) {
  test(`a large body arrives whole by ${framing}`, async () => {
    await through(async ({ client }) => {
      const raw = await client();
      const how = framing === "length" ? `Content-Length: ${WHOLE}` : "Transfer-Encoding: chunked";
      raw.send(`PUT http://web/ HTTP/1.1\r\nHost: web\r\n${how}\r\n\r\n`);
      for (const piece of pseudoRandom(7, WHOLE)) {
        if (framing === "chunks") raw.send(`${piece.length.toString(16)}\r\n`);
        let more = raw.socket.write(piece);
        if (framing === "chunks") more = raw.socket.write("\r\n");
        if (!more) await new Promise((resolve) => raw.socket.once("drain", resolve));
      }
      if (framing === "chunks") raw.send("0\r\n\r\n");
      await raw.until(`${WHOLE} ${pseudoRandomSha256(7, WHOLE)}`);
      raw.close();
    });
  });
}

/** Writes the same block until so many bytes are written. */
async function pour(socket: Socket, bytes: number): Promise<void> {
  const block = Buffer.alloc(64 * 1024);
  for (let left = bytes; left > 0; left -= block.length)
    if (!socket.write(block)) await new Promise((resolve) => socket.once("drain", resolve));
}

test("memory stays bounded, whatever is transferred", async () => {
  let got = 0;
  const origin = await startRawOrigin({
    "/down": (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE}\r\n\r\n`);
      void pour(socket, LARGE);
    },
    "/up": (socket, _head, rest) => {
      got = rest.length;
      socket.on("data", (chunk: Buffer) => {
        got += chunk.length;
        if (got === LARGE) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      });
    },
  });
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 80: origin } });
  try {
    await download(origin, "/down", LARGE); // Deno keeps 250 MiB of its own before it collects any
    const down = await memoryDuring(async () => void (await download(proxied.proxy, "http://web/down", LARGE)));
    assert.ok(down < MOST_GROWTH, `${Math.round(down / MIB)} MiB down`);
    const raw = await proxied.client();
    const up = await memoryDuring(async () => {
      raw.send(`PUT http://web/up HTTP/1.1\r\nHost: web\r\nContent-Length: ${LARGE}\r\n\r\n`);
      await pour(raw.socket, LARGE);
      await raw.until(/ok$/);
    });
    assert.ok(up < MOST_GROWTH, `${Math.round(up / MIB)} MiB up`);
    raw.close();
  } finally {
    await proxied.stop();
    await origin.stop();
  }
});

test("an end that does not take stops the one that sends", async () => {
  let sent = 0;
  const endless: RawAnswer = (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const block = Buffer.alloc(64 * 1024);
    const more = (error?: Error | null) => {
      if (error || socket.destroyed) return;
      sent += block.length;
      socket.write(block, more);
    };
    more();
  };
  let hear: () => void = () => assert.fail("nobody was asked");
  const deaf: RawAnswer = (socket) => {
    socket.pause();
    hear = () => void socket.resume();
  };
  const origin = await startRawOrigin({ "/endless": endless, "/deaf": deaf });
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 80: origin } });
  const reader = await proxied.client();
  reader.socket.pause();
  reader.send("GET http://web/endless HTTP/1.1\r\nHost: web\r\n\r\n");
  await settled(() => sent);
  assert.ok(sent > 0 && sent < 48 * MIB, `${sent}`);
  const writer = await proxied.client();
  writer.send(`POST http://web/deaf HTTP/1.1\r\nHost: web\r\nContent-Length: ${1024 * MIB}\r\n\r\n`);
  const block = Buffer.alloc(64 * 1024);
  let taken = 0;
  const pump = (error?: Error | null) => {
    if (error || writer.socket.destroyed || taken > 256 * MIB) return;
    taken += block.length;
    writer.socket.write(block, pump);
  };
  pump();
  await settled(() => taken);
  assert.ok(taken > 0 && taken < 48 * MIB, `${taken}`);
  // Both still stand in nobody's way.
  assert.match(await proxied.exchange("GET /proxy.pac HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 200 /);
  reader.close();
  writer.close();
  hear(); // who does not read is not told of an end either
  await waitFor(() => origin.open() === 0, { what: "the origin's connections to end" });
  await proxied.stop();
  await origin.stop();
});

/** Waits until a number has not changed for ten looks. */
async function settled(number: () => number): Promise<void> {
  let last = -1;
  let same = 0;
  const still = () => {
    const now = number();
    same = now === last && now > 0 ? same + 1 : 0;
    last = now;
    return same === 10;
  };
  await waitFor(still, { what: "the sender to be stopped", everyMs: 30, timeoutMs: 30_000 });
}

test("a hundred clients at once get each its own answers", async () => {
  await through(async ({ proxy }, origin) => {
    const turns = 5;
    const one = async (seed: number) => {
      const raw = await rawClient(proxy);
      const bytes = 1000 + seed;
      for (let turn = 1; turn <= turns; turn += 1) {
        raw.send(`GET http://web/${seed}/${bytes} HTTP/1.1\r\nHost: web\r\n\r\n`);
        await waitFor(() => bodiesOf(raw.text()) === turn * bytes, { what: `answer ${turn} of ${seed}`, timeoutMs: 30_000 });
      }
      const body = raw.text().slice(-bytes);
      assert.equal(createHash("sha256").update(Buffer.from(body, "latin1")).digest("hex"), pseudoRandomSha256(seed, bytes));
      raw.close();
    };
    await Promise.all(Array.from({ length: 100 }, (_, seed) => one(seed)));
    assert.ok(origin.open() <= 100);
  });
});

/** Bytes of all bodies in some answers. */
function bodiesOf(text: string): number {
  let rest = text;
  let total = 0;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    if (end === -1) return total;
    const length = Number(/\r\nContent-Length: (\d+)/i.exec(rest.slice(0, end))?.[1]);
    total += Math.min(length, rest.length - end - 4);
    rest = rest.slice(end + 4 + length);
  }
}
