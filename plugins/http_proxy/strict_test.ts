// Messages that somebody might read in another way than the proxy: what is passed on can be read in one way only.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProxiedNetwork, type RawOrigin, startRawOrigin, throughProxy } from "../../tests/support/http_raw.ts";
import { bodyReader } from "./body.ts";
import { forwardedRequest, interimHeaders, requestFields } from "./forwarding.ts";
import type { Header, RequestHead } from "./head.ts";
import { httpProxyPlugin } from "./mod.ts";
import { requestTargetOf } from "./request_target.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

async function through(
  paths: Parameters<typeof startRawOrigin>[0],
  body: (proxied: ProxiedNetwork, origin: RawOrigin) => Promise<void>,
) {
  await throughProxy(await startRawOrigin(paths), { plugin: httpProxyPlugin }, body);
}

test("an answer keeps its length, whatever its Connection names", async () => {
  const named = "HTTP/1.1 200 OK\r\nConnection: Content-Length, X\r\nX: 1\r\ncontent-length: 2\r\n\r\nok";
  await through({ "/": named }, async ({ client }) => {
    const raw = await client();
    for (let turn = 1; turn <= 2; turn += 1) {
      raw.send("GET http://web/ HTTP/1.1\r\nHost: web\r\n\r\n");
      const answers = await raw.until(new RegExp(`^(?:HTTP/1\\.1 200 OK\\r\\n(?:.+\\r\\n)+\\r\\nok){${turn}}$`));
      assert.equal(answers.match(/^content-length: 2\r$/gm)?.length, turn);
      assert.doesNotMatch(answers, /^X: 1/m);
    }
    raw.close();
  });
});

test("a method goes on as it was written", async () => {
  await through({ "/": OK }, async ({ exchange }, origin) => {
    for (const method of ["get", "Post", "patch", "delete", "M!#"]) {
      const answer = await exchange(`${method} http://web/ HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)+\r\nok$/, method);
      assert.equal(origin.heads.at(-1)?.split(" ")[0], method);
    }
  });
});

test("a method that only looks like one with a meaning of its own is refused", async () => {
  await through({ "/": OK, "*": OK }, async ({ exchange }, origin) => {
    for (const request of [
      "head http://web/",
      "Connect web:80",
      "connect http://web/",
      "trace http://web/",
      "Options http://web",
    ]) {
      const answer = await exchange(`${request} HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 501 .*\r\nNoRouter-Error: command-unsupported\r\n.*upper case/s, request);
    }
    assert.deepEqual(origin.heads, []);
  });
});

test("an answer before the answer has no length", () => {
  const headers: Header[] = [
    ["Content-Length", "5"],
    ["Transfer-Encoding", "chunked"],
    ["Link", "a"],
  ];
  for (const status of [103, 101]) {
    const names = interimHeaders({ status, reason: "", minor: 1, headers }, "me").map(([name]) => name);
    assert.deepEqual(names, status === 101 ? ["Link", "Via", "Connection"] : ["Link", "Via"]);
  }
});

test("what Connection names stays on the connection, Expect and Trailer included", () => {
  const request = (connection: string) => {
    const headers: Header[] = [
      ["Connection", connection],
      ["Expect", "100-continue"],
      ["Trailer", "X"],
    ];
    const head: RequestHead = { method: "POST", target: "http://web/", minor: 1, headers };
    const target = requestTargetOf(head);
    assert.equal(target.form, "absolute");
    return forwardedRequest(head, target as Parameters<typeof forwardedRequest>[1], { kind: "chunked" });
  };
  const late = (connection: string) =>
    requestFields(request(connection), "me").filter(([name]) => name === "Expect" || name === "Trailer");
  assert.deepEqual(late("x"), [
    ["Expect", "100-continue"],
    ["Trailer", "X"],
  ]);
  assert.deepEqual(late("expect, trailer"), []);
  assert.deepEqual([request("x").expects, request("Expect").expects], [true, false]);
});

test("only space and tab are white space around a value", () => {
  const reader = bodyReader({ kind: "chunked" });
  reader.push(Buffer.from("0\r\nX: \t\xa0a \xa0\t \r\n\r\n", "latin1"), () => undefined);
  assert.deepEqual(reader.trailers, [["X", "\xa0a \xa0"]]);
});
