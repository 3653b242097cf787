// Heads, and how a request's body is delimited: what is read, what is refused, and that it does not matter how the bytes
// are cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { processorMs } from "../../tests/support/processor_time.ts";
import { checkHost, framingOf } from "./framing.ts";
import { headReader, type ReadHead } from "./head.ts";
import { Refusal } from "./refusal.ts";
import { requestTargetOf } from "./request_target.ts";

const MOST = 8192;

/** What a reader makes of bytes that come in pieces cut at these places: a head with its rest, `more`, or the refusal. */
function outcome(bytes: Uint8Array, cuts: readonly number[] = []) {
  const reader = headReader(MOST);
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  try {
    for (let at = 1; at < places.length; at += 1) {
      const done = reader.push(bytes.slice(places[at - 1], places[at]));
      if (done) return { head: done.head, rest: [...done.rest, ...bytes.slice(places[at])] };
    }
    return "more";
  } catch (thrown) {
    assert.ok(thrown instanceof Refusal, String(thrown));
    return { status: thrown.status, code: thrown.code, message: thrown.message };
  }
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const GOOD = "GET http://web/ HTTP/1.1\r\nHost: web\r\n";

function headOf(text: string): ReadHead["head"] {
  const done = headReader(64 * 1024).push(bytesOf(text));
  assert.ok(done, "the head is whole");
  return done.head;
}

/** The status that a request is refused with, anywhere on its way to being understood; 0 when it is not. */
function refusedWith(text: string): number {
  try {
    const head = headOf(text);
    framingOf(head);
    checkHost(head);
    requestTargetOf(head);
    return 0;
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.status;
    throw thrown;
  }
}

test("a head is read as it stands, and what follows is given back", () => {
  assert.deepEqual(outcome(bytesOf("\r\nPOST http://a/ HTTP/1.1\r\nHost:a\r\nX-A: \t b c\t \r\nX-B:\r\nX-\xe9: 1\r\n\r\n")), {
    status: 400,
    code: "bad-request",
    message: "A header field has no name, or one with characters that no name may have",
  });
  assert.deepEqual(outcome(bytesOf("\r\nPOST http://a/ HTTP/1.0\r\nHost:a\r\nX-A: \t b\xe9 c\t \r\nX-B:\r\n\r\nrest")), {
    head: {
      method: "POST",
      target: "http://a/",
      minor: 0,
      headers: [
        ["Host", "a"],
        ["X-A", "b\xe9 c"],
        ["X-B", ""],
      ],
    },
    rest: [...bytesOf("rest")],
  });
});

test("a user in Host is no matter beside a whole URL", () => {
  assert.equal(refusedWith("GET http://u:p@web/ HTTP/1.1\r\nHost: u:p@web\r\n\r\n"), 0);
});

test("fields are not counted", () => {
  const { headers } = headOf(`${GOOD}${"X: a\r\n".repeat(5000)}\r\n`);
  assert.equal(headers.length, 5001);
});

test("what could be read in two ways is refused", () => {
  const cases: readonly [name: string, text: string, status: number][] = [
    ["good", `${GOOD}\r\n`, 0],
    ["two spaces", "GET  http://web/ HTTP/1.1\r\nHost: web\r\n\r\n", 400],
    ["space at the end", "GET http://web/ HTTP/1.1 \r\nHost: web\r\n\r\n", 400],
    ["tab", "GET\thttp://web/ HTTP/1.1\r\nHost: web\r\n\r\n", 400],
    ["lower-case version", "GET http://web/ http/1.1\r\nHost: web\r\n\r\n", 400],
    ["HTTP/0.9", "GET http://web/\r\n", 400],
    ["HTTP/1.2", "GET http://web/ HTTP/1.2\r\nHost: web\r\n\r\n", 505],
    ["HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
    ["version with zeros", "GET http://web/ HTTP/01.1\r\nHost: web\r\n\r\n", 400],
    ["bad method", "GE(T http://web/ HTTP/1.1\r\nHost: web\r\n\r\n", 400],
    ["bare LF", "GET http://web/ HTTP/1.1\nHost: web\n\n", 400],
    ["bare LF in a field", `${GOOD}X: a\nb: c\r\n\r\n`, 400],
    ["bare CR", `${GOOD}X: a\rb\r\n\r\n`, 400],
    ["two CR", `${GOOD}X: a\r\r\n\r\n`, 400],
    ["NUL", `${GOOD}X: a\0b\r\n\r\n`, 400],
    ["control character", `${GOOD}X: a\x1bb\r\n\r\n`, 400],
    ["DEL", `${GOOD}X: a\x7fb\r\n\r\n`, 400],
    ["obs-fold", `${GOOD}X: a\r\n b\r\n\r\n`, 400],
    ["space before the first field", "GET http://web/ HTTP/1.1\r\n Host: web\r\n\r\n", 400],
    ["space before the colon", `${GOOD}X : a\r\n\r\n`, 400],
    ["no colon", `${GOOD}X\r\n\r\n`, 400],
    ["no name", `${GOOD}: a\r\n\r\n`, 400],
    ["name with a quote", `${GOOD}"X": a\r\n\r\n`, 400],
    ["no Host", "GET http://web/ HTTP/1.1\r\n\r\n", 400],
    ["no Host on 1.0", "GET http://web/ HTTP/1.0\r\n\r\n", 0],
    ["two Hosts", `${GOOD}Host: web\r\n\r\n`, 400],
    ["two Hosts on 1.0", "GET http://web/ HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400],
    ["bad Host", "GET http://web/ HTTP/1.1\r\nHost: a b\r\n\r\n", 400],
    ["Host with a path", "GET http://web/ HTTP/1.1\r\nHost: a/b\r\n\r\n", 400],
    ["Host with a user beside a path", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400],
    ["Host with two users", "GET http://web/ HTTP/1.1\r\nHost: u@u@a\r\n\r\n", 400],
    ["Host with port 0", "GET http://web/ HTTP/1.1\r\nHost: a:0\r\n\r\n", 400],
    ["empty Host", "GET http://web/ HTTP/1.1\r\nHost:\r\n\r\n", 400],
    ["length", `${GOOD}Content-Length: 5\r\n\r\n`, 0],
    ["two lengths", `${GOOD}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`, 400],
    ["the same length twice", `${GOOD}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`, 400],
    ["a list of lengths", `${GOOD}Content-Length: 5, 5\r\n\r\n`, 400],
    ["+5", `${GOOD}Content-Length: +5\r\n\r\n`, 400],
    ["-5", `${GOOD}Content-Length: -5\r\n\r\n`, 400],
    ["0x5", `${GOOD}Content-Length: 0x5\r\n\r\n`, 400],
    ["5 5", `${GOOD}Content-Length: 5 5\r\n\r\n`, 400],
    ["5.0", `${GOOD}Content-Length: 5.0\r\n\r\n`, 400],
    ["empty length", `${GOOD}Content-Length:\r\n\r\n`, 400],
    ["a length beyond numbers", `${GOOD}Content-Length: 18446744073709551617\r\n\r\n`, 400],
    ["chunked", `${GOOD}Transfer-Encoding: Chunked\r\n\r\n`, 0],
    ["length and chunked", `${GOOD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
    ["chunked twice", `${GOOD}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`, 501],
    ["chunked, chunked", `${GOOD}Transfer-Encoding: chunked, chunked\r\n\r\n`, 501],
    ["gzip, chunked", `${GOOD}Transfer-Encoding: gzip, chunked\r\n\r\n`, 501],
    ["xchunked", `${GOOD}Transfer-Encoding: xchunked\r\n\r\n`, 501],
    ["identity", `${GOOD}Transfer-Encoding: identity\r\n\r\n`, 501],
    ["empty coding", `${GOOD}Transfer-Encoding:\r\n\r\n`, 501],
    ["chunked with a vertical tab", `${GOOD}Transfer-Encoding: \x0bchunked\r\n\r\n`, 400],
    ["chunked on 1.0", "GET http://web/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400],
    ["TLS", "\x16\x03\x01\x02\x00", 400],
    ["SOCKS5", "\x05\x01\x00", 400],
    ["empty lines", "\r\n\r\n\r\n", 400],
    ["a long target", `GET http://web/${"a".repeat(40_000)}`, 414],
    ["a long head", `${GOOD}X: ${"a".repeat(70_000)}`, 431],
  ];
  for (const [name, text, status] of cases) assert.equal(refusedWith(text), status, name);
});

/** Heads that are almost right: a part is replaced by something that means trouble. */
const almostGood = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "GET http://web/ HTTP/1.1\r\n",
        "Host: web\r\n",
        "X: y\r\n",
        "\r\n",
        "\n",
        "\r",
        " ",
        ":",
        "\0",
        "HTTP/1.1",
        "\x16",
      ),
      fc.string({ unit: "binary", maxLength: 8 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => bytesOf(parts.join("")));

test("it does not matter how the bytes are cut", () => {
  fc.assert(
    fc.property(almostGood, fc.array(fc.nat(200), { maxLength: 20 }), (bytes, cuts) => {
      const whole = outcome(bytes);
      assert.deepEqual(
        outcome(
          bytes,
          cuts.filter((cut) => cut <= bytes.length),
        ),
        whole,
      );
      assert.deepEqual(outcome(bytes, [...bytes.keys()]), whole);
    }),
  );
});

test("random bytes are read, waited for or refused, and nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, behind) => {
      outcome(behind ? Buffer.concat([bytesOf(GOOD), bytes]) : bytes);
    }),
  );
});

test("a head that comes byte by byte up to its bound costs no more than its bytes", () => {
  const reader = headReader(1024 * 1024);
  reader.push(bytesOf(`${GOOD}X: `));
  const took = processorMs(() => {
    for (let at = 0; at < 900_000; at += 1) reader.push(new Uint8Array([97]));
  });
  assert.ok(took < 5000, `${took} ms`);
});
