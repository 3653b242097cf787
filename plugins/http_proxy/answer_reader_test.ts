// Answers of servers as bytes: what comes out, what is refused, and that it does not matter how the bytes are cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AnswerReader } from "./answer_reader.ts";
import type { Header } from "./head.ts";
import { Refusal } from "./refusal.ts";

const MOST_BYTES = 400;

/** Everything that is read of some bytes, cut at some places, and of an end behind them. */
function outcome(text: string, { method = "GET", cuts = [] }: { method?: string; cuts?: readonly number[] } = {}) {
  const bytes = new Uint8Array(Buffer.from(text, "latin1"));
  const places = [0, ...cuts.filter((cut) => cut <= bytes.length).sort((a, b) => a - b), bytes.length];
  const interim: number[] = [];
  let head: { status: number; reason: string; headers: readonly Header[] } | undefined;
  let body = "";
  let rest = "";
  const reader = new AnswerReader(
    { method, where: "web:80", mostBytes: MOST_BYTES },
    {
      interim: ({ status }) => void interim.push(status),
      head: (given) => {
        head = given;
      },
      data: (data) => {
        body += Buffer.from(data).toString("latin1");
      },
    },
  );
  try {
    for (let at = 1; at < places.length; at += 1)
      rest += Buffer.from(reader.push(bytes.slice(places[at - 1], places[at]))).toString("latin1");
    const done = reader.done;
    reader.end();
    return { interim, head, body, rest, done, whole: reader.done, persists: reader.persists, trailers: reader.trailers };
  } catch (thrown) {
    assert.ok(thrown instanceof Refusal && thrown.code === "bad-answer", String(thrown));
    return { interim, head, body, refused: thrown.message };
  }
}

const OK = "HTTP/1.1 200 OK\r\n";

test("answers end by length, by chunks, by the end of the connection, or have no body", () => {
  for (const [text, body, rest, done, method] of [
    [`${OK}Content-Length: 3\r\n\r\nabcHTTP`, "abc", "HTTP", true],
    [`${OK}Content-Length: 3\r\n\r\nab`, "ab", "", false],
    [`${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: 1\r\n\r\nHTTP`, "abc", "HTTP", true],
    [`${OK}\r\nabc`, "abc", "", false],
    [`${OK}Transfer-Encoding: identity\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`, "abc", "", true],
    [`${OK}Content-Length: 3\r\n\r\nHTTP`, "", "HTTP", true, "HEAD"],
    ["HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\nHTTP", "", "HTTP", true],
    ["HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\nHTTP", "", "HTTP", true],
    ["HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\nother", "", "other", true],
    [`HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\nLink: x\n\n${OK}Content-Length: 0\r\n\r\n`, "", "", true],
  ] as const) {
    const found = outcome(text, { method: method ?? "GET" });
    assert.ok(!("refused" in found), text);
    assert.deepEqual([found.body, found.rest, found.done], [body, rest, done], text);
    assert.equal(found.whole, done || text === `${OK}\r\nabc`, text);
  }
});

test("a connection is used again only when both ends agree on where the answer ended", () => {
  for (const [text, persists] of [
    [`${OK}Content-Length: 0\r\n\r\n`, true],
    [`${OK}Content-Length: 0\r\nConnection: x, Close\r\n\r\n`, false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n", true],
    [`${OK}Transfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n`, false],
    ["HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n", false],
    [`${OK}\r\n`, false],
    [`${OK}X Y: 1\r\nContent-Length: 0\r\n\r\n`, false],
  ] as const) {
    const found = outcome(text);
    assert.equal("persists" in found && found.persists, persists, text);
  }
});

test("what another program could read in another way is refused", () => {
  for (const text of [
    "HTTP/1.1 200 OK\rX: 1\r\n\r\n",
    "HTTP/1.1\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 200OK\r\n\r\n",
    "HTTP/1.1 099 OK\r\n\r\n",
    "HTTP/2 200\r\n\r\n",
    "http/1.1 200 OK\r\n\r\n",
    "ICE/1.1 200 OK\r\n\r\n",
    "<html>",
    `${OK} X: 1\r\n\r\n`,
    `${OK}X: 1\r\n 2\r\n\r\n`,
    `${OK}X\r\n\r\n`,
    `${OK}: 1\r\n\r\n`,
    `${OK}X: 1\r2\r\n\r\n`,
    `${OK}X: ${"a".repeat(MOST_BYTES)}\r\n\r\n`,
    `${OK}${"X: 1\r\n".repeat(MOST_BYTES / 5)}\r\n`,
    `${OK}Content-Length: \r\n\r\n`,
    `${OK}Content-Length: 1, 2\r\n\r\n`,
    `${OK}Content-Length: 1\r\nContent-Length: 01\r\n\r\n`,
    `${OK}Content-Length: +1\r\n\r\n`,
    `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    `${OK}Transfer-Encoding: chunked, identity\r\n\r\n`,
    `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    `${OK}Transfer-Encoding: chunked, chunked\r\n\r\n`,
    `${OK}Transfer-Encoding: \r\n\r\n`,
    `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n`,
    `${OK}Transfer-Encoding: chunked\r\n\r\n1 a\r\nb\r\n`,
    `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\r\n`,
    `${OK}Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n`,
  ])
    assert.ok("refused" in outcome(text), JSON.stringify(text.slice(0, 80)));
});

test("a field keeps its bytes, without the blanks around its name and value; NUL is a space, odd names are left out", () => {
  const found = outcome(
    `${OK}A B: 1\r\nC(D): 1\r\nX \t:\t a\xe4\x01\x00b \r\nContent-Length: 0\r\nCONTENT-LENGTH: 0\r\nY:\r\n\r\n`,
  );
  assert.deepEqual(found.head?.headers, [
    ["X", "a\xe4\x01 b"],
    ["Content-Length", "0"],
    ["Y", ""],
  ]);
});

const scraps = fc.array(
  fc.oneof(
    fc.constantFrom(
      ...[
        "HTTP/1.1 200 OK",
        "HTTP/1.0 200",
        "HTTP/1.1 103 E",
        "HTTP/1.1 204 N",
        "\r\n",
        "\n",
        "\r",
        "\r\n\r\n",
        "\n\n",
        " ",
        "\0",
      ],
      ...["Content-Length: 3", "Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Connection: close", "X: 1", ":"],
      ...["3", "3 ", "3 ; a", "abc", "0", "f", ";"],
    ),
    fc.string({ maxLength: 8, unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) }),
  ),
  { maxLength: 24 },
);

test("any bytes are read or refused, the same however they are cut", () => {
  fc.assert(
    fc.property(scraps, fc.boolean(), fc.array(fc.nat(200), { maxLength: 20 }), (parts, whole, cuts) => {
      const text = `${whole ? OK : ""}${parts.join("")}`;
      assert.deepEqual(outcome(text, { cuts }), outcome(text));
      assert.deepEqual(outcome(text, { cuts: Array.from({ length: text.length }, (_, at) => at) }), outcome(text));
    }),
    { numRuns: 1000 },
  );
});

test("any body comes out as it went in, whatever its framing, its line ends and its blanks", () => {
  const latin1 = fc.string({
    minLength: 1,
    maxLength: 30,
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  });
  const blanks = fc.constantFrom("", " ", "\t ");
  fc.assert(
    fc.property(
      fc.array(latin1, { maxLength: 8 }),
      fc.constantFrom("length", "chunked", "close"),
      fc.constantFrom("\r\n", "\n"),
      blanks,
      fc.array(fc.nat(500), { maxLength: 12 }),
      (pieces, framing, eol, blank, cuts) => {
        const body = pieces.join("");
        const fields = {
          length: `Content-Length${blank}: ${body.length}${eol}`,
          chunked: `Transfer-Encoding: chunked${eol}`,
          close: "",
        };
        const chunks = pieces.map((piece) => `${blank}${piece.length.toString(16)}${blank}${eol}${piece}${eol}`).join("");
        const sent = framing === "chunked" ? `${chunks}0${blank}${eol}T: 1${eol}${eol}` : body;
        const found = outcome(`HTTP/1.1 200 OK${eol}${fields[framing]}${eol}${sent}`, { cuts });
        assert.ok(!("refused" in found), JSON.stringify(found));
        assert.deepEqual([found.body, found.rest, found.whole], [body, "", true]);
        assert.deepEqual(found.trailers, framing === "chunked" ? [["T", "1"]] : []);
      },
    ),
  );
});
