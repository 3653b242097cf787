// What the proxy makes of what servers answer, by the book or not; and of servers that are slow, silent or gone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { freePort } from "../../tests/support/free_port.ts";
import {
  type ProxiedNetwork,
  type ProxiedOptions,
  proxiedNetwork,
  type RawAnswer,
  type RawOrigin,
  startRawOrigin,
  throughProxy,
} from "../../tests/support/http_raw.ts";
import { httpProxyPlugin } from "./mod.ts";

async function through(
  paths: Readonly<Record<string, string | RawAnswer>>,
  body: (proxied: ProxiedNetwork, origin: RawOrigin) => Promise<void>,
  more: Partial<ProxiedOptions> = {},
) {
  await throughProxy(await startRawOrigin(paths), { plugin: httpProxyPlugin, ...more }, body);
}

const get = (path: string, more = "Connection: close\r\n") => `GET http://web${path} HTTP/1.1\r\nHost: web\r\n${more}\r\n`;
const post = (path: string) =>
  `POST http://web${path} HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody`;
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

test("an answer that could be read in two ways is not passed on", async () => {
  const answers: Readonly<Record<string, string>> = {
    "/cl-te": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "/two-lengths": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "/bad-length": "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\nab",
    "/fold": "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nab",
    "/xchunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "/gzip-chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "/chunked-identity": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "/chunked-twice": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "/three-lengths": "HTTP/1.1 200 OK\r\nContent-Length: 2, 2, 3\r\n\r\nab",
    "/bare-cr": "HTTP/1.1 200 OK\r\nX: a\rContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "/no-field": "HTTP/1.1 200 OK\r\nhello\r\nContent-Length: 2\r\n\r\nab",
    "/rtsp": "RTSP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
    "/ice": "ICE/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
    "/icy": "ICY 200 OK\r\nContent-Length: 2\r\n\r\nab",
    "/http2": "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nab",
    "/banner": "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "/large": `HTTP/1.1 200 OK\r\nX: ${"a".repeat(70_000)}\r\n\r\n`,
    "/101": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    "/interim": `${"HTTP/1.1 102 Processing\r\n\r\n".repeat(200)}${OK}`,
  };
  await through(answers, async ({ exchange }) => {
    for (const path of Object.keys(answers)) {
      const answer = (await exchange(get(path))).replace(/^(?:HTTP\/1\.1 102 Processing\r\n(?:.+\r\n)*\r\n)+/, "");
      assert.match(
        answer,
        /^HTTP\/1\.1 502 Bad Gateway\r\n(?:.+\r\n)*NoRouter-Error: bad-answer\r\n/,
        `${path}: ${answer.slice(0, 200)}`,
      );
    }
  });
});

test("what is unusual but can be read in one way only goes on as the standard has it", async () => {
  const answers: Readonly<Record<string, string>> = {
    "/lf": "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "/lf-chunks": "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nok\n0\n\n",
    "/same-length": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2, 2\r\n\r\nok",
    "/identity": "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok",
    "/blanks": 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n 1 \t\r\no\r\n01 ; a = "b" \r\nk\r\n0 \r\n\r\n',
    "/colon": "HTTP/1.1 200 OK\r\nContent-Length \t: 2\r\n\r\nok",
    "/control": "HTTP/1.1 200 OK\r\nX: a\x01b\x7f\0c\r\nContent-Length: 2\r\n\r\nok",
    "/1.0-chunks": "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "/blank-line": "\r\nHTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
    "/999": "HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nok",
  };
  await through(answers, async ({ exchange }) => {
    for (const path of Object.keys(answers)) {
      const answer = await exchange(get(path));
      assert.match(
        answer,
        /^HTTP\/1\.1 (?:200|999) [^\r\n]*\r\n(?:[\w-]+: .*\r\n)*\r\n(?:2\r\nok\r\n|1\r\no\r\n1\r\nk\r\n|ok)/,
        path,
      );
      const framings = answer.match(/^(?:content-length: 2|transfer-encoding: chunked)\r$/gim) ?? [];
      assert.equal(framings.length, 1, `${path}: ${answer}`);
      assert.match(answer, framings[0]?.endsWith("chunked\r") ? /\r\n0\r\n\r\n$/ : /ok$/, path);
    }
    assert.ok((await exchange(get("/control"))).includes("\r\nX: a\x01b\x7f c\r\n"));
  });
});

test("more header fields than node counts arrive, each of them", async () => {
  const fields = Array.from({ length: 2500 }, (_, at) => `X-${at}: ${at}\r\n`).join("");
  await through({ "/": `HTTP/1.1 200 OK\r\n${fields}Content-Length: 2\r\n\r\nok` }, async ({ exchange }) => {
    assert.ok((await exchange(get("/"))).includes(fields));
  });
});

test("an answer that breaks off is never a clean end", async () => {
  const broken =
    (head: string, how: "end" | "reset"): RawAnswer =>
    (socket) => {
      socket.write(`${head}\r\n\r\n`);
      socket.write("3\r\nabc\r\n", () => setTimeout(() => (how === "end" ? socket.end() : socket.resetAndDestroy()), 30));
    };
  const paths = {
    "/length": broken("HTTP/1.1 200 OK\r\nContent-Length: 100", "end"),
    "/length-reset": broken("HTTP/1.1 200 OK\r\nContent-Length: 100", "reset"),
    "/chunked": broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "end"),
    "/chunked-reset": broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "reset"),
    "/close-reset": broken("HTTP/1.1 200 OK", "reset"),
    "/close": broken("HTTP/1.1 200 OK", "end"),
  };
  await through(paths, async ({ client }) => {
    for (const path of Object.keys(paths)) {
      for (const version of ["1.1", "1.0"]) {
        const raw = await client();
        raw.send(`GET http://web${path} HTTP/${version}\r\nHost: web\r\n\r\n`);
        if (path === "/close") {
          // The only end such a body has.
          const ending = version === "1.1" ? /abc\r\n\r\n0\r\n\r\n$/ : /abc\r\n$/;
          assert.match(version === "1.1" ? await raw.until(ending) : await raw.untilEnd(), ending);
          assert.equal(raw.ended(), version === "1.1" ? undefined : "FIN");
        } else {
          const answer = await raw.untilEnd();
          assert.doesNotMatch(answer, /\r\n0\r\n\r\n$/, path);
          if (version === "1.0" && !path.startsWith("/length")) assert.equal(raw.ended(), "ECONNRESET", path);
        }
        raw.close();
      }
    }
  });
});

test("a server that is not there, or goes without a word, is said", async () => {
  const nobody = { host: "127.0.0.1", port: await freePort("127.0.0.1") };
  const paths: Record<string, RawAnswer> = { "/fin": (socket) => socket.end(), "/rst": (socket) => socket.resetAndDestroy() };
  const origin = await startRawOrigin(paths);
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 80: origin, 81: nobody } });
  const { exchange } = proxied;
  assert.match(await exchange(get(":81/")), /^HTTP\/1\.1 502 .*\r\nNoRouter-Error: refused\r\n.*127\.0\.0\.1.*refused/s);
  assert.match(await exchange(get(":82/")), /^HTTP\/1\.1 403 .*\r\nNoRouter-Error: not-published\r\n/s);
  assert.match(
    await exchange("GET http://elsewhere/ HTTP/1.0\r\n\r\n"),
    /^HTTP\/1\.1 403 .*\r\nNoRouter-Error: outside-refused\r\n/s,
  );
  for (const path of Object.keys(paths))
    for (const request of [get(path), post(path)])
      assert.match(await exchange(request), /^HTTP\/1\.1 502 .*\r\nNoRouter-Error: reset\r\n/s, path);
  await proxied.stop();
  await origin.stop();
});

test("a route that refuses, and a name that is nowhere, have their codes", async () => {
  const proxied = await proxiedNetwork({
    plugin: httpProxyPlugin,
    routes: [
      { to: ["*.example"], via: undefined },
      { to: ["*.invalid"], via: "web" },
    ],
  });
  assert.match(
    await proxied.exchange("GET http://www.example/ HTTP/1.0\r\n\r\n"),
    /^HTTP\/1\.1 403 .*\r\nNoRouter-Error: route-refused\r\n/s,
  );
  assert.match(
    await proxied.exchange("GET http://no.invalid/ HTTP/1.0\r\n\r\n"),
    /^HTTP\/1\.1 502 .*\r\nNoRouter-Error: name-not-found\r\n/s,
  );
  await proxied.stop();
});

test("connections to a server are kept and used again, and closed when they have been idle", async () => {
  await through(
    { "/": OK },
    async ({ client }, origin) => {
      const raw = await client();
      for (let turn = 1; turn <= 3; turn += 1) {
        raw.send(get("/", ""));
        await raw.until(new RegExp(`(?:ok.*){${turn}}$`, "s"));
      }
      assert.equal(origin.accepted(), 1);
      await waitFor(() => origin.open() === 0, { what: "the idle connection to be closed" });
      raw.close();
    },
    { limits: { keepAliveMs: 400 } },
  );
});

test("few idle connections are kept, and none that somebody logged in on", async () => {
  const waiting: Parameters<RawAnswer>[0][] = [];
  const paths: Readonly<Record<string, string | RawAnswer>> = {
    "/wait": (socket) => void waiting.push(socket),
    "/login": OK,
    "/asks": "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic, NTLM\r\nContent-Length: 2\r\n\r\nok",
  };
  await through(paths, async ({ client }, origin) => {
    const clients = await Promise.all(Array.from({ length: 20 }, client));
    for (const raw of clients) raw.send(get("/wait", ""));
    await waitFor(() => waiting.length === 20, { what: "twenty requests at once" });
    for (const socket of waiting) socket.write(OK);
    await Promise.all(clients.map((raw) => raw.until(/ok$/)));
    await waitFor(() => origin.open() === 8, { what: "eight idle connections" });
    for (const request of [get("/login", "Authorization: NTLM abcd\r\n"), get("/asks", "")]) {
      const open = origin.open();
      for (const socket of waiting) socket.destroy();
      await waitFor(() => origin.open() === 0, { what: `no connection of ${open}` });
      const [raw] = clients.splice(0, 1);
      raw?.send(request);
      await raw?.until(/ok.*ok$/s);
      await waitFor(() => origin.open() === 0, { what: "the connection to be given up" });
    }
    for (const raw of clients) raw.close();
  });
});

test("a kept connection that turns out to be dead is replaced for what may be sent twice", async () => {
  let requests = 0;
  const dies: RawAnswer = (socket) => {
    requests += 1;
    if (requests === 1) {
      socket.write(OK);
      socket.once("data", () => socket.resetAndDestroy()); // the second request on this connection
    } else socket.write(OK);
  };
  await through({ "/": dies }, async ({ client }, origin) => {
    const raw = await client();
    raw.send(get("/", ""));
    await raw.until(/ok$/);
    raw.send(get("/", ""));
    const answers = await raw.until(/ok.*ok$/s);
    assert.doesNotMatch(answers, /HTTP\/1\.1 502/);
    assert.equal(origin.accepted(), 2);
    // A request with a body gets a connection of its own.
    raw.send(post("/"));
    await raw.until(/ok.*ok.*ok$/s);
    assert.equal(origin.accepted(), 3);
    raw.close();
  });
});

test("what comes on an idle connection, its end included, is never taken for an answer", async () => {
  const late =
    (act: (socket: Parameters<RawAnswer>[0]) => void): RawAnswer =>
    (socket) => {
      socket.write(OK);
      setTimeout(() => act(socket), 50);
    };
  const paths = {
    "/more": late((socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")),
    "/end": late((socket) => socket.end()),
  };
  await through(paths, async ({ client }, origin) => {
    for (const path of Object.keys(paths)) {
      const raw = await client();
      raw.send(get(path, ""));
      await raw.until(/ok$/);
      await waitFor(() => origin.open() === 0, { what: "the connection to be given up" });
      raw.send(get(path, ""));
      assert.doesNotMatch(await raw.until(/ok.*ok$/s), /evil/);
      await waitFor(() => origin.open() === 0, { what: "the second connection to be given up" });
      raw.close();
    }
  });
});

test("a server that is silent is given up before its answer", async () => {
  const silent: RawAnswer = () => undefined;
  await through(
    { "/silent": silent },
    async ({ exchange }) => {
      for (const request of [get("/silent"), post("/silent")])
        assert.match(await exchange(request), /^HTTP\/1\.1 504 Gateway Timeout\r\n(?:.+\r\n)*NoRouter-Error: timed-out\r\n/);
    },
    { limits: { answerMs: 200 } },
  );
});

test("a client that goes away ends what was asked for it", async () => {
  const endless: RawAnswer = (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const block = Buffer.alloc(64 * 1024);
    const more = (error?: Error | null) => void (error || socket.destroyed || socket.write(block, more));
    more();
  };
  await through({ "/endless": endless, "/silent": () => undefined }, async ({ client }, origin) => {
    const reading = await client();
    reading.send(get("/endless"));
    await reading.until(/\0{1000}/);
    reading.close();
    const waiting = await client();
    waiting.send(get("/silent"));
    await waitFor(() => origin.heads.length === 2, { what: "the second request" });
    waiting.socket.resetAndDestroy();
    const sending = await client();
    sending.send("POST http://web/silent HTTP/1.1\r\nHost: web\r\nContent-Length: 100\r\n\r\nabc");
    await waitFor(() => origin.heads.length === 3, { what: "the third request" });
    sending.close();
    await waitFor(() => origin.open() === 0, { what: "the origin's connections to end" });
  });
});
