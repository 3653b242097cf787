// The proxy as programs use it: requests to servers of the network and beyond, answers in order, and what it says by itself.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runToEnd } from "../../tests/support/child.ts";
import { PROJECT, runtimeArgv } from "../../tests/support/cli.ts";
import { mirrored, startHttpOrigin } from "../../tests/support/http_origin.ts";
import { type ProxiedNetwork, type ProxiedOptions, proxiedNetwork, startRawOrigin } from "../../tests/support/http_raw.ts";
import type { Address } from "../../tests/support/servers.ts";
import { httpProxyPlugin } from "./mod.ts";

/** Runs a body on a proxy in front of an origin at `web:80`. */
async function through(
  origin: Address & { stop(): Promise<void> },
  body: (proxied: ProxiedNetwork) => Promise<void>,
  more: Partial<ProxiedOptions> = {},
) {
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, ports: { 80: origin, 8080: origin }, ...more });
  try {
    await body(proxied);
  } finally {
    await proxied.stop();
    await origin.stop();
  }
}

test("a request arrives by the book: Host of the target, Via, nothing about the client's connection", async () => {
  await through(await startHttpOrigin("mirror"), async ({ exchange }) => {
    const answer = await exchange(
      "GET http://WEB:8080/a?b HTTP/1.1\r\nHost: other\r\nX-One: 1\r\nx-one: 2\r\nVia: 1.0 fred\r\nX-Named: 1\r\nKeep-Alive: 5\r\n" +
        "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eDp5\r\nConnection: close, X-Named\r\nTE: gzip\r\n\r\n",
    );
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(answer, /\r\nVia: 1\.1 norouter-[0-9a-f]{6}\r\n/);
    assert.match(answer, /\r\nConnection: close\r\n/);
    const { method, url, rawHeaders } = mirrored(answer);
    assert.deepEqual([method, url], ["GET", "/a?b"]);
    assert.match(rawHeaders.join("|"), /^Host\|WEB:8080\|X-One\|1\|x-one\|2\|Via\|1\.0 fred\|Via\|1\.1 norouter-[0-9a-f]{6}$/);
  });
});

test("requests on one connection are answered in order, and the last one ends it", async () => {
  await through(await startHttpOrigin("mirror"), async ({ exchange }) => {
    const one = (path: string, more = "") => `GET http://web/${path} HTTP/1.1\r\nHost: web\r\n${more}\r\n`;
    const answer = await exchange(
      `${one("1")}\r\n${one("2")}POST http://web/3 HTTP/1.1\r\nHost: web\r\nContent-Length: 3\r\n\r\nabc${one("4", "Connection: close\r\n")}`,
    );
    assert.deepEqual(
      [...answer.matchAll(/"url":"([^"]*)"/g)].map(([, url]) => url),
      ["/1", "/2", "/3", "/4"],
    );
    assert.match(answer, /"body":"abc"/);
    assert.equal(answer.match(/Connection: close/g)?.length, 1);
  });
});

test("targets reach the server as they were written", async () => {
  await through(await startHttpOrigin("mirror"), async ({ exchange }) => {
    for (const [target, url] of [
      ["http://web", "/"],
      ["http://web/a?", "/a?"],
      ["http://web//a//../b?c?d", "//a//../b?c?d"],
      ["http://web?q", "/?q"],
      ['http://web/%41|"{}', '/%41|"{}'],
      ["HTTP://web/", "/"],
    ]) {
      const answer = await exchange(`GET ${target} HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n`);
      assert.equal(mirrored(answer).url, url, target);
    }
  });
});

test("OPTIONS without a path asks the server as a whole", async () => {
  const origin = await startRawOrigin({ "*": "HTTP/1.1 204 No Content\r\n\r\n" });
  await through(origin, async ({ exchange }) => {
    await exchange("OPTIONS http://web HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
    assert.match(origin.heads[0] ?? "", /^OPTIONS \* HTTP\/1\.1\r\nHost: web\r\n/);
  });
});

test("bodies pass with their length or chunked, with every method, and trailers go along", async () => {
  await through(await startHttpOrigin("mirror"), async ({ exchange }) => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "GET", "PROPFIND"]) {
      const sized = mirrored(
        await exchange(`${method} http://web/ HTTP/1.1\r\nHost: web\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello`),
      );
      assert.deepEqual([sized.method, sized.body, sized.rawHeaders.includes("Content-Length")], [method, "hello", true]);
      const chunked = mirrored(
        await exchange(
          `${method} http://web/ HTTP/1.1\r\nHost: web\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: 1\r\nContent-Length: 9\r\n\r\n`,
        ),
      );
      assert.deepEqual([chunked.method, chunked.body, chunked.rawTrailers], [method, "hello", ["X-T", "1"]]);
      assert.deepEqual([chunked.rawHeaders.includes("Trailer"), chunked.rawHeaders.includes("Content-Length")], [true, false]);
    }
    const empty = mirrored(await exchange("POST http://web/ HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n"));
    assert.deepEqual([empty.body, empty.rawHeaders.includes("Transfer-Encoding")], ["", false]);
  });
});

test("an HTTP/1.0 client gets no chunks, no interim answer and the end of the connection", async () => {
  const origin = await startHttpOrigin("parts");
  await through(origin, async ({ exchange }) => {
    const answer = await exchange("GET http://web/hints HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assert.doesNotMatch(answer, /Transfer-Encoding/i);
    assert.match(answer, /\r\nConnection: close\r\n\r\nonetwo$/);
  });
});

test("HEAD, 204 and 304 have no body, and the length of HEAD stays", async () => {
  const origin = await startRawOrigin({
    "/head": "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
    "/204": "HTTP/1.1 204 No Content\r\n\r\n",
    "/304": 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 7\r\n\r\n',
    "/last": "HTTP/1.1 200 Fine\r\nContent-Length: 4\r\n\r\nlast",
  });
  await through(origin, async ({ exchange }) => {
    const one = (method: string, path: string, more = "") => `${method} http://web${path} HTTP/1.1\r\nHost: web\r\n${more}\r\n`;
    const answer = await exchange(
      one("HEAD", "/head") + one("GET", "/204") + one("GET", "/304") + one("GET", "/last", "Connection: close\r\n"),
    );
    const heads = answer.split("\r\n\r\n");
    assert.equal(heads.length, 5);
    assert.match(heads[0] ?? "", /^HTTP\/1\.1 200 OK\r\nContent-Length: 1000\r\n/);
    assert.match(heads[1] ?? "", /^HTTP\/1\.1 204 No Content\r\n/);
    assert.match(heads[2] ?? "", /^HTTP\/1\.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 7\r\n/);
    assert.match(heads[3] ?? "", /^HTTP\/1\.1 200 Fine\r\n/);
    assert.equal(heads[4], "last");
  });
});

test("an answer's fields arrive as they were sent, but for those about the server's connection", async () => {
  const origin = await startRawOrigin({
    "/":
      "HTTP/1.1 299 Odd \xe9\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nX-Bytes: \xff\xe9\r\nConnection: X-Gone, keep-alive\r\nX-Gone: 1\r\n" +
      "Proxy-Authenticate: Basic\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\nContent-Length: 2\r\nDate: now\r\n\r\nok",
  });
  await through(origin, async ({ exchange }) => {
    const answer = await exchange("GET http://web/ HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
    assert.equal(
      answer.replace(/norouter-\w+/, "P"),
      "HTTP/1.1 299 Odd \xe9\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nX-Bytes: \xff\xe9\r\nContent-Length: 2\r\nDate: now\r\n" +
        "Via: 1.1 P\r\nConnection: close\r\n\r\nok",
    );
  });
});

test("trailers come to a client that takes them", async () => {
  const origin = await startRawOrigin({
    "/": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\nSet-Cookie: a=1\r\n\r\n",
  });
  await through(origin, async ({ exchange }) => {
    const taking = await exchange("GET http://web/ HTTP/1.1\r\nHost: web\r\nTE: trailers\r\nConnection: close, TE\r\n\r\n");
    assert.match(taking, /\r\nTrailer: X-T\r\n.*\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n$/s);
    assert.match(origin.heads[0] ?? "", /\r\nConnection: TE\r\nTE: trailers\r\n/);
    const not = await exchange("GET http://web/ HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
    assert.match(not, /\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/);
    assert.doesNotMatch(not, /Trailer/);
  });
});

test("100 Continue and early hints are passed on end to end", async () => {
  const origin = await startHttpOrigin("hints");
  await through(origin, async ({ client }) => {
    const raw = await client();
    raw.send("POST http://web/ HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n");
    const interim = await raw.until("HTTP/1.1 100 Continue\r\n");
    assert.doesNotMatch(interim, /HTTP\/1\.1 200/);
    raw.send("abc");
    const answer = await raw.untilEnd();
    assert.match(answer, /HTTP\/1\.1 103 Early Hints\r\nlink: <\/style\.css>; rel=preload\r\nVia: 1\.1 norouter-\w+\r\n\r\n/i);
    assert.equal(mirrored(answer).body, "abc");
    assert.ok(mirrored(answer).rawHeaders.includes("Expect"));
    raw.close();
  });
});

test("a final answer instead of 100 Continue ends the connection, since the body may never come", async () => {
  const origin = await startRawOrigin({ "/": "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno" });
  await through(origin, async ({ exchange }) => {
    const answer = await exchange("POST http://web/ HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    assert.match(answer, /^HTTP\/1\.1 413 Too Large\r\n(.*\r\n)*Connection: close\r\n\r\nno$/);
  });
});

test("the proxy says what it is, gives the script, and serves nothing else", async () => {
  await through(await startHttpOrigin("mirror"), async ({ exchange, proxy }) => {
    const get = (path: string, host: string) => exchange(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    assert.match(await get("/", "LOCALHOST.:1"), /^HTTP\/1\.1 200 OK\r\n.*HTTP proxy of a NoRouter network/s);
    const script = await get("/proxy.pac?x", "Web:81");
    assert.match(script, /\r\nContent-Type: application\/x-ns-proxy-autoconfig\r\n/);
    assert.match(script, /"PROXY Web:81"/);
    assert.match(script, /\r\nX-Content-Type-Options: nosniff\r\n/);
    assert.match(await exchange("GET /proxy.pac HTTP/1.0\r\n\r\n"), new RegExp(`"PROXY ${proxy.host}:${proxy.port}"`));
    assert.match(await exchange("HEAD /proxy.pac HTTP/1.0\r\n\r\n"), /Content-Length: \d{3,}\r\nConnection: close\r\n\r\n$/);
    assert.match(await get("/proxy.pac", "[::1]:81"), /"PROXY \[::1\]:81"/);
    for (const path of ["/", "/proxy.pac"])
      assert.match(await get(path, "rebound.example"), /^HTTP\/1\.1 403 Forbidden\r\n.*norouter: The proxy was asked by a name/s);
    const other = await get("/favicon.ico", "me");
    assert.match(other, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(other, /\r\nNoRouter-Error: bad-request\r\n.*This is a proxy/s);
  });
});

test("TRACE and OPTIONS with Max-Forwards count hops, and the last one answers", async () => {
  await through(await startHttpOrigin("mirror"), async ({ exchange }) => {
    const trace = await exchange(
      "TRACE http://web/ HTTP/1.1\r\nHost: web\r\nMax-Forwards: 0\r\nCookie: a=1\r\nX-A: 1\r\nConnection: close\r\n\r\n",
    );
    assert.match(
      trace,
      /\r\nContent-Type: message\/http\r\n.*\r\n\r\nTRACE http:\/\/web\/ HTTP\/1\.1\r\nHost: web\r\nMax-Forwards: 0\r\nX-A: 1\r\n/s,
    );
    const counted = mirrored(
      await exchange("OPTIONS http://web/ HTTP/1.1\r\nHost: web\r\nMax-Forwards: 2\r\nConnection: close\r\n\r\n"),
    );
    assert.equal(counted.rawHeaders[counted.rawHeaders.indexOf("Max-Forwards") + 1], "1");
    assert.match(
      await exchange("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
      /^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Allow: GET/,
    );
    assert.match(await exchange("TRACE http://web/ HTTP/1.1\r\nHost: web\r\nMax-Forwards: x\r\n\r\n"), /^HTTP\/1\.1 400 /);
  });
});

test("nothing in the environment leads requests past the network, or changes them", async () => {
  const nowhere = "http://user:secret@127.0.0.1:9";
  const env = { FORCE_FETCH_PATH: "true", NODE_USE_ENV_PROXY: "1", HTTP_PROXY: nowhere, http_proxy: nowhere, NO_PROXY: "" };
  const { stdout, stderr } = await runToEnd([...runtimeArgv(), join(PROJECT, "tests/support/http_env_main.ts")], { env });
  const heads = JSON.parse(stdout || JSON.stringify([stderr])) as string[];
  assert.equal(heads.length, 2, heads.join());
  for (const head of heads) {
    assert.match(head, /^PUT \/x HTTP\/1\.1\r\nHost: web\r\n/);
    assert.doesNotMatch(head, /proxy/i);
  }
});

test("a name that no route claims is dialled from here where the proxy is direct", async () => {
  const origin = await startHttpOrigin("mirror");
  const direct = await proxiedNetwork({ plugin: httpProxyPlugin, http: { outside: "direct" } });
  const answer = await direct.exchange(`GET http://127.0.0.1:${origin.port}/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assert.equal(mirrored(answer).url, "/x");
  await direct.stop();
  await origin.stop();
});
