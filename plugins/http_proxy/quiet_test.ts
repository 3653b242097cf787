// Bodies that are quiet for longer than any limit, clients that end meanwhile, and upgrades that wait for a body.

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { type RawAnswer, startRawOrigin, throughProxy } from "../../tests/support/http_raw.ts";
import { ONCE } from "../../tests/support/lab.ts";
import { httpProxyPlugin } from "./mod.ts";

const get = (path: string) => `GET http://web${path} HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n`;
const limits = { answerMs: 1000 };

test("bodies may be quiet for longer than a server may take to begin its answer", async () => {
  let stream: Socket | undefined;
  const paths: Record<string, RawAnswer> = {
    "/events": (socket) => {
      stream = socket;
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\none");
    },
    "/upload": (socket) => void socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
    "/silent": () => undefined,
  };
  await throughProxy(await startRawOrigin(paths), { plugin: httpProxyPlugin, limits }, async ({ client, exchange }) => {
    const [events, upload] = await Promise.all([client(), client()]);
    events.send(get("/events"));
    upload.send("POST http://web/upload HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
    await events.until("one");
    // This takes as long as the limit is.
    assert.match(await exchange(get("/silent")), /^HTTP\/1\.1 504 /);
    upload.send("body");
    stream?.end("two");
    assert.match(await events.untilEnd(), /one\r\n3\r\ntwo\r\n0\r\n\r\n$/);
    assert.match(await upload.untilEnd(), /^HTTP\/1\.1 200 OK[\s\S]*ok$/);
    for (const raw of [events, upload]) raw.close();
  });
});

test("the key 'answerTimeout' says how long a server may take to begin its answer, not the limit", async () => {
  const origin = await startRawOrigin({ "/silent": () => undefined });
  const options = { plugin: httpProxyPlugin, limits: { answerMs: 50 }, http: { answerTimeout: 1 } };
  await throughProxy(origin, options, async ({ exchange }) => {
    const began = performance.now();
    assert.match(await exchange(get("/silent")), /^HTTP\/1\.1 504 .*\r\nNoRouter-Error: timed-out\r\n/s);
    assert.ok(performance.now() - began > 950);
  });
});

test("the key 'answerTimeout' is about servers, not about clients that take their time", { skip: ONCE }, async () => {
  const bytes = 64 * 1024 * 1024;
  const paths: Record<string, RawAnswer> = {
    "/large": (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`);
      socket.write(Buffer.alloc(bytes));
    },
    "/silent": () => undefined,
  };
  const options = { plugin: httpProxyPlugin, http: { answerTimeout: 1 } };
  await throughProxy(await startRawOrigin(paths), options, async ({ client, exchange }) => {
    const slow = await client();
    slow.socket.pause();
    slow.send(get("/large"));
    for (let turn = 0; turn < 3; turn += 1) assert.match(await exchange(get("/silent")), /^HTTP\/1\.1 504 /);
    slow.socket.resume();
    assert.ok((await slow.untilEnd()).length > bytes);
    slow.close();
  });
});

test("a client that ends while the answer is quiet is known to the server at once", async () => {
  const paths: Record<string, RawAnswer> = {
    "/events": (socket) => void socket.write("HTTP/1.1 200 OK\r\n\r\none"),
    "/silent": () => undefined,
  };
  await throughProxy(await startRawOrigin(paths), { plugin: httpProxyPlugin }, async ({ client }, origin) => {
    for (const path of Object.keys(paths)) {
      const raw = await client();
      raw.send(get(path));
      await waitFor(() => origin.heads.at(-1)?.includes(path), { what: "the request" });
      if (path === "/events") await raw.until("one");
      raw.close();
      await waitFor(() => origin.open() === 0, { what: "the server's connection to end", timeoutMs: 1000 });
    }
  });
});

test("an upgrade may have a body, by length or in chunks, and what follows it is of the other protocol", async () => {
  const attach: RawAnswer = (socket, head, rest) => {
    let got = rest;
    const whole = head.includes("Content-Length") ? "{}" : "2\r\n{}\r\n0\r\n\r\n";
    const look = () => {
      if (!got.startsWith(whole)) return;
      socket.off("data", more);
      socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nready");
      socket.on("data", (chunk: Buffer) => void socket.write(`<${chunk.toString()}>`));
    };
    const more = (chunk: Buffer) => {
      got += chunk.toString();
      look();
    };
    socket.on("data", more);
    look();
  };
  await throughProxy(await startRawOrigin({ "/exec": attach }), { plugin: httpProxyPlugin }, async ({ client }) => {
    for (const [framing, body] of [
      ["Content-Length: 2", "{}"],
      ["Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\n\r\n"],
    ]) {
      const raw = await client();
      raw.send(
        `POST http://web/exec HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: h2c, tcp\r\n${framing}\r\n\r\n${body}`,
      );
      await raw.until(/^HTTP\/1\.1 101 [\s\S]*ready$/);
      raw.send("input");
      await raw.until("<input>");
      raw.end();
      await raw.untilEnd();
      raw.close();
    }
  });
});

test("HTTP/2 over an upgrade is offered to no server, nor are its settings", async () => {
  const origin = await startRawOrigin({ "/": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" });
  await throughProxy(origin, { plugin: httpProxyPlugin }, async ({ exchange }) => {
    const more = "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";
    assert.match(await exchange(`GET http://web/ HTTP/1.1\r\nHost: web\r\n${more}\r\n`), /ok$/);
    assert.doesNotMatch(origin.heads[0] ?? "", /upgrade|h2c|http2/i);
  });
});
