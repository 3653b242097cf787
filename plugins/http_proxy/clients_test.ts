// Clients that are slow, many, hostile or without a password, and what each of them is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { waitFor } from "../../conformance/support/wait.ts";
import {
  type ProxiedNetwork,
  type ProxiedOptions,
  type RawAnswer,
  type RawOrigin,
  startRawOrigin,
  throughProxy,
} from "../../tests/support/http_raw.ts";
import { httpProxyPlugin } from "./mod.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GET = "GET http://web/ HTTP/1.1\r\nHost: web\r\n";

async function through(
  body: (proxied: ProxiedNetwork, origin: RawOrigin) => Promise<void>,
  more: Partial<ProxiedOptions> = {},
  answer: string | RawAnswer = OK,
) {
  await throughProxy(await startRawOrigin({ "/": answer }), { plugin: httpProxyPlugin, ...more }, body);
}

test("a refusal has a status, a code and a sentence, and ends the connection", async () => {
  await through(async ({ exchange }, origin) => {
    for (const [request, status] of [
      [`${GET}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, "400 Bad Request"],
      [`${GET}Transfer-Encoding: gzip\r\n\r\n`, "501 Not Implemented"],
      [`${GET}X : y\r\n\r\n`, "400 Bad Request"],
      ["GET http://web/ HTTP/1.1\n\n", "400 Bad Request"],
      ["\x16\x03\x01", "400 Bad Request"],
      ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 HTTP Version Not Supported"],
      [`GET http://web/${"a".repeat(40_000)} HTTP/1.1\r\n\r\n`, "414 URI Too Long"],
      [`${GET}X: ${"a".repeat(70_000)}\r\n\r\n`, "431 Request Header Fields Too Large"],
      ["GET https://web/ HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n", "501 Not Implemented"],
      ["TRACE http://web/ HTTP/1.1\r\nHost: web\r\nContent-Length: 1\r\n\r\nx", "400 Bad Request"],
      ["POST http://web/ HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400 Bad Request"],
      ["CONNECT web HTTP/1.1\r\nHost: web\r\n\r\n", "400 Bad Request"],
    ] as const) {
      const answer = await exchange(request);
      const what = JSON.stringify(request.slice(0, 60));
      assert.ok(answer.startsWith(`HTTP/1.1 ${status}\r\n`), `${what}: ${answer.slice(0, 100)}`);
      assert.match(answer, /\r\nNoRouter-Error: (?:bad-request|command-unsupported)\r\n/, what);
      assert.match(answer, /\r\nConnection: close\r\n\r\nnorouter: .+\. .+\.\n$/, what);
    }
    assert.ok(
      origin.heads.every((head) => head.startsWith("POST / ")),
      "nothing of what was refused at once went on",
    );
  });
});

test("a client that goes on sending can still read why it was refused", async () => {
  await through(async ({ client }) => {
    const raw = await client();
    raw.send(`${GET}X : y\r\n\r\n`);
    const block = Buffer.alloc(16 * 1024);
    for (let turn = 0; turn < 40; turn += 1) raw.send(block);
    assert.match(await raw.untilEnd(), /^HTTP\/1\.1 400 /);
    assert.equal(raw.ended(), "FIN");
    raw.close();
  });
});

test("a refusal of a request without a body leaves the connection open", async () => {
  await through(async ({ client }) => {
    const raw = await client();
    raw.send("GET http://elsewhere/ HTTP/1.1\r\nHost: elsewhere\r\n\r\n");
    await raw.until(/^HTTP\/1\.1 403 .*\.\n$/s);
    raw.send("CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n");
    await raw.until(/HTTP\/1\.1 403 .*HTTP\/1\.1 403 .*\.\n$/s);
    raw.send(`${GET}\r\n`);
    await raw.until(/HTTP\/1\.1 200 .*ok$/s);
    raw.close();
  });
});

test("a slow head is refused, and an idle connection ends without a word", async () => {
  await through(
    async ({ client }) => {
      const slow = await client();
      slow.send("GET http://web/ HT");
      assert.match(await slow.untilEnd(), /^HTTP\/1\.1 408 Request Timeout\r\n(?:.+\r\n)*NoRouter-Error: slow-client\r\n/);
      const silent = await client();
      assert.equal(await silent.untilEnd(), "");
      const idle = await client();
      idle.send(`${GET}\r\n`);
      assert.match(await idle.untilEnd(), /ok$/);
      const half = await client();
      half.send(`${GET}\r\n`);
      await half.until(/ok$/);
      half.send("GET");
      assert.match(await half.untilEnd(), /ok.*HTTP\/1\.1 408 /s);
      for (const raw of [slow, silent, idle, half]) raw.close();
    },
    { limits: { handshakeMs: 200, keepAliveMs: 300 } },
  );
});

test("a slow body is refused, and a client that does not take its answer is left", async () => {
  const large: RawAnswer = (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${64 * 1024 * 1024}\r\n\r\n`);
    const block = Buffer.alloc(64 * 1024);
    const more = (error?: Error | null) => void (error || socket.destroyed || socket.write(block, more));
    more();
  };
  await through(
    async ({ client }, origin) => {
      const deaf = await client();
      deaf.socket.pause();
      deaf.send(`${GET}\r\n`);
      await waitFor(() => origin.heads.length === 1, { what: "the request" });
      await waitFor(() => origin.open() === 0, { what: "the server's connection to be ended" });
      deaf.close();
      const slow = await client();
      slow.send("POST http://web/slow HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\nabc");
      assert.match(await slow.untilEnd(), /^HTTP\/1\.1 (?:408|502) /);
      slow.close();
    },
    { limits: { answerMs: 300 } },
    large,
  );
});

test("a client may end its side and still gets the answer", async () => {
  await through(async ({ client }) => {
    const raw = await client();
    raw.send(`${GET}\r\n`);
    raw.end();
    assert.match(await raw.untilEnd(), /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*\r\nok$/);
    raw.close();
    const cut = await client();
    cut.send("POST http://web/ HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\nabc");
    cut.end();
    assert.match(await cut.untilEnd(), /^HTTP\/1\.1 (?:200 OK|400 Bad Request)\r\n/);
    cut.close();
  });
});

test("a closed proxy wants a name and a password, but gives the script without", async () => {
  await through(
    async ({ client, exchange }) => {
      const login = (text: string) => `Proxy-Authorization: Basic ${Buffer.from(text).toString("base64")}\r\n`;
      const raw = await client();
      raw.send(`${GET}\r\n`);
      await raw.until(
        /^HTTP\/1\.1 407 Proxy Authentication Required\r\n(?:.+\r\n)*Proxy-Authenticate: Basic realm="norouter"[\s\S]*\.\n$/,
      );
      raw.send(`${GET}${login("jürgen:falsch")}\r\n`);
      await raw.until(/407 [\s\S]*407 [\s\S]*\.\n$/);
      raw.send(`${GET}${login("jürgen:größe")}\r\n`);
      await raw.until(/HTTP\/1\.1 200 OK[\s\S]*ok$/);
      raw.close();
      assert.match(await exchange("CONNECT web:80 HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 407 /);
      assert.match(await exchange("GET /proxy.pac HTTP/1.0\r\n\r\n"), /FindProxyForURL/);
      assert.match(
        await exchange("POST http://web/ HTTP/1.1\r\nHost: web\r\nContent-Length: 3\r\n\r\nabc"),
        /407 [\s\S]*Connection: close/,
      );
    },
    { http: { auth: { user: "jürgen", password: "größe" } } },
  );
});

test("one connection too many is told so", async () => {
  await through(
    async ({ client, exchange }) => {
      const first = await client();
      first.send(`${GET}\r\n`);
      await first.until(/ok$/);
      assert.match(
        await exchange(""),
        /^HTTP\/1\.1 503 Service Unavailable\r\n(?:.+\r\n)*NoRouter-Error: too-many-connections\r\n/,
      );
      first.close();
    },
    { limits: { proxyConnections: 1 } },
  );
});

test("a request that has been here before goes no further", async () => {
  await through(async ({ exchange, client }) => {
    const raw = await client();
    raw.send(`${GET}\r\n`);
    const via = /Via: (1\.1 norouter-\w+)/.exec(await raw.until(/ok$/))?.[1];
    raw.close();
    const answer = await exchange(`${GET}Via: 1.1 other, ${via}\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 508 Loop Detected\r\n(?:.+\r\n)*NoRouter-Error: proxy-loop\r\n/);
  });
});

test("a client that asks on and on and reads nothing is stopped, then left", async () => {
  await through(
    async ({ client }) => {
      const raw = await client();
      raw.socket.pause();
      const many = "GET /proxy.pac HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1000);
      let taken = 0;
      const more = (error?: Error | null) => {
        taken += many.length;
        if (!error && !raw.socket.destroyed && taken < 64 * 1024 * 1024) raw.socket.write(many, more);
      };
      more();
      await waitFor(() => raw.ended() !== undefined || raw.socket.destroyed, { what: "the client to be left" });
      assert.ok(taken < 32 * 1024 * 1024, `${taken}`);
      raw.close();
    },
    { limits: { answerMs: 300 } },
  );
});

test("a server that is silent when asked to continue is late, not its client", async () => {
  await through(
    async ({ exchange }) => {
      const answer = await exchange(
        "POST http://web/ HTTP/1.1\r\nHost: web\r\nexpect: 100-continue\r\nContent-Length: 10\r\n\r\n",
      );
      assert.match(answer, /^HTTP\/1\.1 504 Gateway Timeout\r\n/);
    },
    { limits: { answerMs: 200 } },
    () => undefined,
  );
});

const scraps = fc.array(
  fc.constantFrom(
    ...[
      "GET ",
      "POST ",
      "CONNECT ",
      "http://web/",
      "web:80",
      "/",
      " HTTP/1.1\r\n",
      " HTTP/1.0\r\n",
      "HTTP/1.1 200 OK\r\n",
      "HTTP/1.1 100 C\r\n",
    ],
    ...[
      "Host: web\r\n",
      "Content-Length: 3\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Connection: Upgrade\r\n",
      "Upgrade: x\r\n",
      "Expect: 100-continue\r\n",
    ],
    ...["\r\n", "\r\n\r\n", "\n", "\0", "3\r\nabc\r\n", "0\r\n\r\n", "abc", "\xff"],
  ),
  { maxLength: 14 },
);

test("whatever a client sends, and whatever a server answers, the next one is served", async () => {
  const samples = fc.sample(scraps, 150).map((parts) => parts.join(""));
  let next = 0;
  const odd: RawAnswer = (socket) => {
    const sample = samples[next++ % samples.length] ?? "";
    socket.write(Buffer.from(next % 2 === 0 ? `HTTP/1.1 200 OK\r\n${sample}` : sample, "latin1"), () =>
      setTimeout(() => socket.destroy(), 5),
    );
  };
  await through(
    async ({ client, exchange }) => {
      const one = async (text: string, prefix: string) => {
        const raw = await client();
        raw.send(prefix + text);
        raw.end();
        await raw.untilEnd();
        raw.close();
      };
      for (let at = 0; at < samples.length; at += 10) {
        const some = samples.slice(at, at + 10);
        await Promise.all(
          some.flatMap((text) => [one(text, ""), one(text, "POST http://web/ HTTP/1.1\r\nHost: web\r\n"), one("", `${GET}\r\n`)]),
        );
      }
      assert.match(await exchange("GET /proxy.pac HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 200 /);
    },
    { limits: { answerMs: 500, handshakeMs: 500 } },
    odd,
  );
});
