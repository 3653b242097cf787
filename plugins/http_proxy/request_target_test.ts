// Targets in their forms, the fields that a proxy passes on, and names with passwords.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { destinationOf } from "../../core/mod.ts";
import { PACE } from "../../tests/support/cli.ts";
import { processorMs } from "../../tests/support/processor_time.ts";
import type { Header } from "./head.ts";
import { endToEnd, hasPassed, listOf, passedTrailers } from "./headers.ts";
import { loginOf } from "./login.ts";
import { Refusal } from "./refusal.ts";
import { parseAuthority, requestTargetOf } from "./request_target.ts";

const of = (method: string, target: string) => requestTargetOf({ method, target, minor: 1, headers: [] });

function refused(method: string, target: string): number {
  try {
    of(method, target);
    return 0;
  } catch (thrown) {
    assert.ok(thrown instanceof Refusal, String(thrown));
    return thrown.status;
  }
}

test("absolute targets have a host, a port and a path", () => {
  const absolute = (host: string, port: number, authority: string, path: string) => ({
    form: "absolute",
    destination: destinationOf(host, port),
    authority,
    path,
  });
  assert.deepEqual(of("GET", "http://Web.Example./a?b"), absolute("web.example", 80, "Web.Example.", "/a?b"));
  assert.deepEqual(of("GET", "http://web:80"), absolute("web", 80, "web", "/"));
  assert.deepEqual(of("GET", "http://web:/x"), absolute("web", 80, "web", "/x"));
  assert.deepEqual(of("GET", "http://[::FFFF:10.0.0.1]:81/"), absolute("10.0.0.1", 81, "[::FFFF:10.0.0.1]:81", "/"));
  assert.deepEqual(of("GET", "http://[2001:DB8::1]?x"), absolute("2001:db8::1", 80, "[2001:DB8::1]", "/?x"));
  assert.deepEqual(of("GET", "http://u:p@web/a#f?x#y"), absolute("web", 80, "web", "/a"));
  assert.deepEqual(of("GET", "http://web#f"), absolute("web", 80, "web", "/"));
  assert.deepEqual(of("GET", "http://web/\xc3\xa4%e4?\xf6"), absolute("web", 80, "web", "/%C3%A4%e4?%F6"));
  assert.deepEqual(of("GET", "http://0177.1/"), absolute("127.0.0.1", 80, "0177.1", "/"));
});

test("CONNECT has a host and a port, and other forms are the proxy's own", () => {
  assert.deepEqual(of("CONNECT", "Web:443"), { form: "authority", destination: destinationOf("web", 443) });
  assert.deepEqual(of("CONNECT", "::1:443"), { form: "authority", destination: destinationOf("::1", 443) });
  assert.deepEqual(of("CONNECT", "[::1]:22"), { form: "authority", destination: destinationOf("::1", 22) });
  assert.deepEqual(of("GET", "/proxy.pac"), { form: "origin", path: "/proxy.pac" });
  assert.deepEqual(of("OPTIONS", "*"), { form: "asterisk" });
});

test("bad targets are refused", () => {
  for (const target of ["web", "web:80", "http:/web/", "http:///", "http://:80/", "http://a b/", "http://u@other@web/"])
    assert.equal(refused("GET", target), 400, target);
  for (const target of ["http://web:0/", "http://web:65536/", "http://web:123456/", "http://web:8o/", "http://we%62/"])
    assert.equal(refused("GET", target), 400, target);
  for (const target of [
    "http://[::1/",
    "http://[::g]/",
    "http://[1.2.3.4]/",
    "http://::1/",
    "http://web..a/",
    "http://.web/",
    "*",
    "//web/x",
  ])
    assert.equal(refused("GET", target), target === "//web/x" ? 0 : 400, target);
  for (const target of [
    "web",
    "web:",
    "web:0",
    "http://web:80/",
    "/",
    "*",
    "u@web:80",
    "web:80/",
    ":80",
    "::1",
    "::1:",
    "1:2:80",
  ])
    assert.equal(refused("CONNECT", target), 400, target);
  assert.equal(refused("GET", "https://web/"), 501);
  assert.equal(refused("GET", "ftp://web/"), 501);
  assert.equal(refused("GET", `http://${"a".repeat(254)}/`), 400);
});

test("random targets are understood or refused", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("GET", "CONNECT", "OPTIONS"),
      fc.webUrl(),
      fc.string({ unit: "binary" }),
      (method, url, noise) => {
        for (const target of [url, noise, `http://${noise}`, url.slice(7)]) refused(method, target);
        parseAuthority(noise);
      },
    ),
    { numRuns: 50 },
  );
});

test("long targets, hosts and fields cost no more than their length", () => {
  const took = processorMs(() => {
    for (const piece of [":", ".", "a", "a.", "1", "[", "::1:", "%25", "@", "/", " ", "\t", ",", ", ", "+", "=", "?", "#"]) {
      for (const end of ["", ":80", "!", "]"]) {
        const text = piece.repeat(65_536 / piece.length) + end;
        const headers: Header[] = [["Host", text]];
        for (const target of [text, `[${text}`, `http://${text}`, `http://[${text}`]) {
          refused("CONNECT", target);
          refused("GET", target);
          parseAuthority(target);
          destinationOf(target, 80);
        }
        loginOf([["Proxy-Authorization", `Basic ${text}`]]);
        hasPassed([["Via", text]], "x");
        endToEnd([["Connection", text], ...headers]);
      }
    }
  });
  assert.ok(took < 5000 * PACE, `${took} ms`);
});

test("fields about one connection stay on it", () => {
  const headers: Header[] = [
    ["Connection", "X-One , close"],
    ["x-one", "1"],
    ["connection", "Keep-Alive"],
    ["Keep-Alive", "1"],
    ["Proxy-Connection", "1"],
    ["Proxy-Authorization", "1"],
    ["TE", "trailers"],
    ["Trailer", "X"],
    ["Transfer-Encoding", "chunked"],
    ["Upgrade", "x"],
    ["X-Two", "2"],
  ];
  assert.deepEqual(endToEnd(headers), [["X-Two", "2"]]);
  assert.deepEqual(listOf(headers, "connection"), ["x-one", "close", "keep-alive"]);
  assert.deepEqual(
    passedTrailers(
      [
        ["Content-Length", "1"],
        ["Host", "x"],
        ["Via", "1.1 x"],
        ["Expect", "100-continue"],
        ["x-named", "1"],
        ["X-Sum", "1"],
      ],
      [["Connection", "X-Named"]],
    ),
    [["X-Sum", "1"]],
  );
});

test("a proxy knows its own name in Via", () => {
  const via = (value: string): Header[] => [["Via", value]];
  assert.equal(hasPassed(via("1.0 fred, 1.1 norouter-ab12cd (x)"), "norouter-ab12cd"), true);
  assert.equal(hasPassed(via("1.1 norouter-ab12ce"), "norouter-ab12cd"), false);
});

test("names and passwords are read, and nothing that only looks like them", () => {
  const login = (value: string) => loginOf([["Proxy-Authorization", value]]);
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
  assert.deepEqual(login(basic("me:pass:word")), { user: "me", password: "pass:word" });
  assert.deepEqual(login(basic("jürgen:größe").replace("Basic", "bASIC")), { user: "jürgen", password: "größe" });
  for (const value of ["", "Basic", "Basic ", "Basic !!", "Bearer abcd", "Basic abcd efgh", basic("no colon")])
    assert.equal(login(value), undefined, value);
  const latin1 = `Basic ${Buffer.from("me:p@ss:w\xf6rd", "latin1").toString("base64")}`;
  assert.deepEqual(login(latin1), { user: "me", password: "p@ss:wörd" });
  assert.equal(login(basic(`a:${"b".repeat(5000)}`)), undefined);
  assert.equal(
    loginOf([
      ["Proxy-Authorization", basic("a:b")],
      ["proxy-authorization", basic("a:b")],
    ]),
    undefined,
  );
});
