// The same answers of a server to curl: straight, through tinyproxy, and through this proxy. Where this one differs from the
// others, it says here why; whatever curl reads straight and nobody can read in another way, it reads through the proxy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runToEnd } from "../../tests/support/child.ts";
import { needs } from "../../tests/support/engines.ts";
import { proxiedNetwork, type RawAnswer, startRawOrigin } from "../../tests/support/http_raw.ts";
import { ONCE } from "../../tests/support/lab.ts";
import type { Address } from "../../tests/support/servers.ts";
import { startTinyproxy } from "../../tests/support/tinyproxy.ts";
import { httpProxyPlugin } from "./mod.ts";

/** An answer, and what curl makes of it: here, straight and with tinyproxy where those differ, and why. */
type Row = readonly [answer: string, ours: string, straight?: string, tinyproxy?: string, why?: string];

const OK = "HTTP/1.1 200 OK\r\n";
const LENGTH = "Content-Length: 2\r\n";
const BODY = `${LENGTH}\r\nok`;
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const CHUNKS = "2\r\nok\r\n0\r\n\r\n";

const TWO_WAYS = "two programs could see two answers in it (RFC 9112 section 11.1)";
const NOT_HTTP = "the client is told why there is no answer";
const BOUND = "a head is bounded, as its memory is (docs/limits.md)";

const TABLE: Readonly<Record<string, Row>> = {
  "a length": [`${OK}${BODY}`, "200 ok"],
  "the end of the connection": [`${OK}\r\nok`, "200 ok"],
  "chunks, in capitals": [`${OK}Transfer-Encoding: CHUNKED\r\n\r\n${CHUNKS}`, "200 ok"],
  "lines that end in LF": [`HTTP/1.1 200 OK\n${LENGTH}\nok`, "200 ok"],
  "chunks whose lines end in LF": ["HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nok\n0\n\n", "200 ok"],
  "no reason": [`HTTP/1.1 200\r\n${BODY}`, "200 ok"],
  "two blanks before the status": [`HTTP/1.1  200 OK\r\n${BODY}`, "200 ok"],
  "status 999": [`HTTP/1.1 999 Odd\r\n${BODY}`, "999"],
  "204 with a length": [`HTTP/1.1 204 No Content\r\n${BODY}`, "204"],
  "100 before": [`HTTP/1.1 100 Continue\r\n\r\n${OK}${BODY}`, "200 ok"],
  "an empty line before": [`\r\n${OK}${BODY}`, "200 ok", "curl 1", "200 ok", "some servers end an answer with one too many"],
  "one length twice": [`${OK}${LENGTH}${BODY}`, "200 ok"],
  "one length twice in a field": [`${OK}Content-Length: 2, 2\r\n\r\nok`, "200 ok"],
  "two lengths": [`${OK}Content-Length: 1\r\n${BODY}`, "502", "200 ok", "200 o", TWO_WAYS],
  "a length with a sign": [`${OK}Content-Length: +2\r\n\r\nok`, "502", "200 ok", "200 ok", TWO_WAYS],
  "a length that is no number": [`${OK}Content-Length: two\r\n\r\nok`, "502", "curl 8", "curl 8", NOT_HTTP],
  "a length and chunks": [`${OK}${LENGTH}Transfer-Encoding: chunked\r\n\r\n${CHUNKS}`, "502", "200 ok", "200 ok", TWO_WAYS],
  identity: [`${OK}Transfer-Encoding: identity\r\n\r\nok`, "200 ok"],
  "identity and a length": [`${OK}Transfer-Encoding: identity\r\n${BODY}`, "200 ok"],
  "no coding in the field": [`${OK}Transfer-Encoding:\r\n${BODY}`, "502", "200 ok", "200 ok", TWO_WAYS],
  "chunked twice": [
    `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    "502",
    "200 ok",
    "200 ok",
    TWO_WAYS,
  ],
  "HTTP/1.0 in chunks": [`HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`, "200 ok"],
  "blanks behind the size of a chunk": [`${CHUNKED}2 \r\nok\r\n0 \r\n\r\n`, "200 ok"],
  "blanks before the size of a chunk": [
    `${CHUNKED} 2\r\nok\r\n0\r\n\r\n`,
    "200 ok",
    "curl 56",
    "curl 56",
    "chunks are written anew",
  ],
  "blanks in the extension of a chunk": [`${CHUNKED}2 ; a = b\r\nok\r\n0\r\n\r\n`, "200 ok"],
  "a control character": [`${OK}X: a\x01b\r\n${BODY}`, "200 ok"],
  NUL: [`${OK}X: a\0b\r\n${BODY}`, "200 ok", "curl 8", "200 ok", "NUL becomes a space (RFC 9110 section 5.5)"],
  "CR inside a value": [`${OK}X: a\rb\r\n${BODY}`, "502", "200 ok", "200 ok", TWO_WAYS],
  "a field in two lines": [`${OK}X: a\r\n b\r\n${BODY}`, "502", "200 ok", "200 ok", TWO_WAYS],
  "a blank before the colon": [`${OK}Content-Length : 2\r\n\r\nok`, "200 ok"],
  "a blank in a name": [`${OK}X Y: a\r\n${BODY}`, "200 ok"],
  "a line that is no field": [`${OK}hello\r\n${BODY}`, "502", "curl 8", "200 ok", TWO_WAYS],
  "5,000 fields": [`${OK}${"X: a\r\n".repeat(5000)}${BODY}`, "200 ok"],
  "a head of 70 kB": [`${OK}X: ${"a".repeat(70_000)}\r\n${BODY}`, "502", "200 ok", "200 ok", BOUND],
  "HTTP/1.2": [`HTTP/1.2 200 OK\r\n${BODY}`, "200 ok", "curl 1", "curl 1", "it is read as HTTP/1.1 (RFC 9110 section 2.5)"],
  "HTTP/2.0": [`HTTP/2.0 200 OK\r\n${BODY}`, "502", "200 ok", "200 ok", "HTTP/2 has no such answers"],
  "no head": ["ok", "502", "curl 1", "curl 52", NOT_HTTP],
  ICY: [`ICY 200 OK\r\n${BODY}`, "502", "curl 1", "curl 1", NOT_HTTP],
  RTSP: [`RTSP/1.1 200 OK\r\n${BODY}`, "502", "curl 1", "curl 1", NOT_HTTP],
  ICE: [`ICE/1.1 200 OK\r\n${BODY}`, "502", "curl 1", "curl 1", NOT_HTTP],
  "an upgrade that nobody asked for": ["HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\n", "502", "curl 52", "curl 52", NOT_HTTP],
  "a head that breaks off": [`${OK}${LENGTH}`, "502", "curl 18", "503", NOT_HTTP],
  "a body that breaks off": [`${OK}Content-Length: 9\r\n\r\nok`, "curl 18"],
  "chunks that break off": [`${CHUNKED}2\r\nok\r\n`, "curl 18"],
  "chunks without their last line": [`${CHUNKED}2\r\nok\r\n0\r\n`, "curl 18"],
};

/** What curl makes of an answer: the status, the body of a good one, or its own exit code. */
async function outcome(origin: Address, at: number, proxy?: Address): Promise<string> {
  const way = proxy ? ["--proxy", `http://${proxy.host}:${proxy.port}`] : [];
  const url = `http://${origin.host}:${origin.port}/${at}`;
  const { code, stdout } = await runToEnd([
    "curl",
    "-s",
    "--noproxy",
    "",
    "--write-out",
    " %{http_code}",
    "--max-time",
    "20",
    ...way,
    url,
  ]);
  const [, body = "", status = ""] = /^([\s\S]*) (\d+)$/.exec(stdout) ?? [];
  if (code !== 0) return `curl ${code}`;
  return status === "200" ? `200 ${body}` : status;
}

test("what differs has a reason", () => {
  for (const [name, [, ours, straight = ours, tinyproxy = ours, why]] of Object.entries(TABLE))
    assert.equal(straight !== ours || tinyproxy !== ours, why !== undefined, name);
});

test("each answer has the outcome of the table, straight, through tinyproxy and here", {
  skip: ONCE || needs("tinyproxy", "curl"),
}, async () => {
  const rows = Object.entries(TABLE);
  const answers = rows.map(([, [answer]], at): [string, RawAnswer] => [
    `/${at}`,
    (socket) => void socket.end(Buffer.from(answer, "latin1")),
  ]);
  const origin = await startRawOrigin(Object.fromEntries(answers));
  const proxied = await proxiedNetwork({ plugin: httpProxyPlugin, http: { outside: "direct" } });
  const other = await startTinyproxy();
  try {
    for (const [at, [name, [, ours, straight = ours, tinyproxy = ours]]] of rows.entries()) {
      const found = await Promise.all([
        outcome(origin, at, proxied.proxy),
        outcome(origin, at),
        outcome(origin, at, other.address),
      ]);
      assert.deepEqual(found, [ours, straight, tinyproxy], name);
    }
  } finally {
    await other.stop();
    await proxied.stop();
    await origin.stop();
  }
});
