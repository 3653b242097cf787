// The same raw requests for this proxy and for tinyproxy. Where the two differ, it says here why.

import assert from "node:assert/strict";
import { test } from "node:test";
import { needs } from "../../tests/support/engines.ts";
import { HTTP_CASES, outcomeOf, startCaseOrigin } from "../../tests/support/http_cases.ts";
import { proxiedNetwork } from "../../tests/support/http_raw.ts";
import { startTinyproxy } from "../../tests/support/tinyproxy.ts";
import { httpProxyPlugin } from "./mod.ts";

/** What becomes of a case: here, and there with the reason when it is something else. */
type Row = readonly [ours: string, theirs?: string, why?: string];

const OK = "[GET /ok; Host: HOST]";
const TWO_WAYS = "two programs could read it in two ways, so it goes no further (RFC 9112 section 11.2)";
const STRICT = "RFC 9112 has no such request";
const WAITS = "it waits for the server to close, or for more bytes";

const TABLE: Readonly<Record<string, Row>> = {
  GET: [`200 end ${OK}`],
  "GET, HTTP/1.0": [`200 end ${OK}`, "200 end [GET /ok 1.0; Host: HOST]", "a proxy sends its own version (RFC 9110 section 2.5)"],
  "GET, twice on one connection": [`200 200 end ${OK} ${OK}`, `200 end ${OK}`, "it keeps no connection"],
  "GET with another Host": [`200 end ${OK}`],
  "GET without Host": ["400 end", `200 end ${OK}`, "HTTP/1.1 must have Host (RFC 9112 section 3.2)"],
  "GET with two Hosts": ["400 end", `200 end ${OK}`, TWO_WAYS],
  HEAD: ["200 end [HEAD /head; Host: HOST]", "200 open [HEAD /head; Host: HOST]", WAITS],
  "POST with a length": ["200 end [POST /ok; Content-Length: 3, Host: HOST]"],
  "POST in chunks": ["200 end [POST /ok; Host: HOST, Transfer-Encoding: chunked]"],
  "POST in chunks with blanks": ["200 end [POST /ok; Host: HOST, Transfer-Encoding: chunked]"],
  "POST with a length and chunks": [
    "400 end",
    "200 end [POST /ok; Content-Length: 3, Host: HOST, Transfer-Encoding: chunked]",
    TWO_WAYS,
  ],
  "POST with two lengths": ["400 end", "200 end [POST /ok; Content-Length: 3, Host: HOST]", TWO_WAYS],
  "POST with an odd length": ["400 end", "200 end [POST /ok; Content-Length: +3, Host: HOST]", TWO_WAYS],
  "POST with another coding": ["501 end", "200 end [POST /ok; Host: HOST, Transfer-Encoding: xchunked]", TWO_WAYS],
  "a field in two lines": ["400 end", "200 end [GET /ok;  c, Host: HOST, X-A: b]", TWO_WAYS],
  "a space before the colon": ["400 end", "200 end [GET /ok; Host: HOST, X-A : b]", TWO_WAYS],
  "bare LF": ["400 end", `200 end ${OK}`, TWO_WAYS],
  "two spaces": ["400 end", `200 end ${OK}`, STRICT],
  "lower-case version": ["400 end", `200 end ${OK}`, STRICT],
  "HTTP/0.9": ["400 end", "open [GET /ok 1.0; Host: HOST]", "nobody speaks it any more"],
  "HTTP/2 preface": ["505 end", "400 end", "the status says what is wrong"],
  "a fragment": [`200 end ${OK}`, "200 end [GET /ok#x; Host: HOST]", "a fragment is the client's own (RFC 9112 section 3.2.2)"],
  "a user in the target": [`200 end ${OK}`],
  "a user in Host": [`200 end ${OK}`],
  "bytes beyond ASCII in the target": [
    "200 end [GET /ok?%F6; Host: HOST]",
    "200 end [GET /ok?\xf6; Host: HOST]",
    "no URL has such bytes (RFC 3986 section 2.1)",
  ],
  "300 fields": ["200 end [GET /ok; A: 1, Host: HOST]"],
  https: ["501 end", "400 end", "the request is good, the proxy does not do it"],
  "origin-form": ["400 end"],
  "fields about the connection": [`200 end ${OK}`],
  "an answer in chunks": ["200 end [GET /chunks; Host: HOST]", "200 open [GET /chunks; Host: HOST]", WAITS],
  "an answer in chunks, HTTP/1.0": ["200 end [GET /chunks; Host: HOST]", "200 open [GET /chunks 1.0; Host: HOST]", WAITS],
  "an answer up to the end": ["200 end [GET /end; Host: HOST]"],
  "an answer that breaks off": ["200 end [GET /broken; Host: HOST]"],
  "no answer": [
    "502 end [POST /none; Content-Length: 0, Host: HOST]",
    "end [POST /none; Content-Length: 0, Host: HOST]",
    "the client is told",
  ],
  "an upgrade": [
    "101 open [GET /upgrade; Host: HOST, Upgrade: websocket]",
    "101 open [GET /upgrade; Host: HOST]",
    "it takes Upgrade out, so WebSockets need CONNECT there",
  ],
  "an offer of HTTP/2": [`200 end ${OK}`],
  CONNECT: ["200 200 open [GET /ok; Host: inside]"],
  "CONNECT without a port": ["400 end", "500 end", "it is the client's fault"],
  "CONNECT to nobody": ["502 end", "500 end", "it is the server's fault, not the proxy's"],
  "OPTIONS *": ["200 end", "400 end", "it is about the proxy itself (RFC 9110 section 9.3.7)"],
  "TRACE that goes no further": [
    "200 end",
    "200 end [TRACE /ok; Host: HOST, Max-Forwards: 0]",
    "Max-Forwards: 0 ends here (RFC 9110 section 7.6.2)",
  ],
};

test("the table has every case, and a reason for each difference", () => {
  assert.deepEqual(Object.keys(TABLE), Object.keys(HTTP_CASES));
  for (const [name, [ours, theirs, why]] of Object.entries(TABLE)) {
    assert.notEqual(ours, theirs, name);
    assert.equal(theirs === undefined, why === undefined, name);
  }
});

test("each raw request has the outcome of the table here", async () => {
  const origin = await startCaseOrigin();
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, http: { outside: "direct" } });
  try {
    for (const [name, request] of Object.entries(HTTP_CASES))
      assert.equal(await outcomeOf(proxied.proxy, origin, request), TABLE[name]?.[0], name);
  } finally {
    await proxied.stop();
    await origin.stop();
  }
});

test("each raw request has the outcome of the table with tinyproxy", { skip: needs("tinyproxy") }, async () => {
  const origin = await startCaseOrigin();
  const tinyproxy = await startTinyproxy();
  try {
    for (const [name, request] of Object.entries(HTTP_CASES)) {
      const [ours, theirs = ours] = TABLE[name] ?? [];
      assert.equal(await outcomeOf(tinyproxy.address, origin, request), theirs, name);
    }
  } finally {
    await tinyproxy.stop();
    await origin.stop();
  }
});
