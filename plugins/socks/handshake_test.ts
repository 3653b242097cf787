// The handshake alone: every message byte by byte, every refusal, and bytes that nobody means.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MOST_BYTES, type Request, readHandshake, type Stage } from "./handshake.ts";

const text = (value: string) => [...new TextEncoder().encode(value)];
const port = (value: number) => [value >> 8, value & 0xff];
const name = (value: string) => [text(value).length, ...text(value)];

/** What a whole handshake comes to, fed in pieces. */
interface Outcome {
  readonly sent: string;
  readonly login?: readonly [string, string];
  readonly request?: Request;
  readonly refused?: string;
  /** Bytes that were left for the target. */
  readonly early?: string;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Feeds pieces as the driver does. */
function feed(pieces: readonly Uint8Array[], closed = false): Outcome {
  let stage: Stage = "greeting";
  let pending = Buffer.alloc(0);
  let outcome: Outcome = { sent: "" };
  for (const [index, piece] of pieces.entries()) {
    pending = Buffer.concat([pending, piece]);
    for (let going = true; going; ) {
      const step = readHandshake(stage, pending, closed);
      if (step.kind === "more") {
        assert.ok(pending.length < MOST_BYTES, `${pending.length} bytes are not enough for "${stage}"`);
        going = false;
      } else if (step.kind === "refused") {
        return { ...outcome, sent: outcome.sent + hex(step.reply), refused: step.code };
      } else {
        assert.ok(step.used > 0 && step.used <= pending.length);
        pending = pending.subarray(step.used);
        if (step.kind === "request") {
          const rest = Buffer.concat([pending, ...pieces.slice(index + 1)]);
          return { ...outcome, request: step.request, early: hex(rest) };
        }
        if (step.kind === "login") outcome = { ...outcome, login: [step.user, step.password] };
        else outcome = { ...outcome, sent: outcome.sent + hex(step.reply) };
        stage = step.kind === "login" ? "request" : step.next;
      }
    }
  }
  return outcome;
}

const once = (bytes: readonly number[], closed = false) => feed([Uint8Array.from(bytes)], closed);
const METHOD_NONE = [5, 1, 0];
const METHOD_PASSWORD = [5, 1, 2];
const request5 = (...address: number[]) => [...METHOD_NONE, 5, 1, 0, ...address];
const request4 = (address: readonly number[], id = "me", at = 80) => [4, 1, ...port(at), ...address, ...text(id), 0];

const GOOD: readonly (readonly [string, readonly number[], Request])[] = [
  ["SOCKS4", request4([10, 1, 2, 3]), { version: 4, host: "10.1.2.3", port: 80 }],
  ["SOCKS4 without a user id", request4([10, 1, 2, 3], ""), { version: 4, host: "10.1.2.3", port: 80 }],
  ["SOCKS4 to 0.0.0.0", request4([0, 0, 0, 0]), { version: 4, host: "0.0.0.0", port: 80 }],
  ["SOCKS4a", [...request4([0, 0, 0, 1]), ...text("Web.Example"), 0], { version: 4, host: "Web.Example", port: 80 }],
  ["SOCKS5 with IPv4", request5(1, 10, 1, 2, 3, ...port(443)), { version: 5, host: "10.1.2.3", port: 443 }],
  [
    "SOCKS5 with IPv6",
    request5(4, 0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 1, ...port(65_535)),
    { version: 5, host: "2001:db8::1", port: 65_535 },
  ],
  [
    "SOCKS5 with an IPv4 address in an IPv6 one",
    request5(4, ...new Array(10).fill(0), 255, 255, 10, 0, 0, 1, ...port(1)),
    { version: 5, host: "10.0.0.1", port: 1 },
  ],
  ["SOCKS5 with a name", request5(3, ...name("web."), ...port(8080)), { version: 5, host: "web.", port: 8080 }],
  [
    "SOCKS5 with the longest name",
    request5(3, ...name("a".repeat(255)), ...port(1)),
    { version: 5, host: "a".repeat(255), port: 1 },
  ],
  ["SOCKS5 with an address for a name", request5(3, ...name("10.1.2.3"), ...port(1)), { version: 5, host: "10.1.2.3", port: 1 }],
  [
    "SOCKS5 with a name that is not ASCII",
    request5(3, ...name("ｂücher.example"), ...port(1)),
    { version: 5, host: "xn--bcher-kva.example", port: 1 },
  ],
];

for (const [what, bytes, request] of GOOD) {
  test(`${what} is read, whatever the pieces it comes in, and bytes behind it are left`, () => {
    const whole = Uint8Array.from([...bytes, ...text("GET /")]);
    const outcome = feed([whole]);
    assert.deepEqual(outcome.request, request);
    assert.equal(outcome.early, hex(Uint8Array.from(text("GET /"))));
    const single = [...whole].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(feed(single), outcome);
    for (let cut = 0; cut <= whole.length; cut += 1) {
      assert.deepEqual(feed([whole.subarray(0, cut), whole.subarray(cut)]), outcome, `cut at ${cut}`);
    }
  });
}

const LOGIN = [1, ...name("me"), ...name("pass:wörd")];

test("a closed proxy asks for a password and reads it; an open one asks only whoever offers nothing else", () => {
  const behind = [5, 1, 0, 1, 10, 0, 0, 1, ...port(80)];
  const outcome = once([5, 3, 0, 1, 2, ...LOGIN, ...behind], true);
  assert.deepEqual(outcome.login, ["me", "pass:wörd"]);
  assert.equal(outcome.sent, "0502");
  assert.equal(outcome.request?.host, "10.0.0.1");
  assert.equal(once([5, 2, 0, 2, ...behind]).sent, "0500");
  assert.equal(once([...METHOD_PASSWORD, ...LOGIN]).sent, "0502");
});

const REPLY = (code: string) => `05${code}000100000000${"0000"}`;
const REFUSALS: readonly (readonly [string, readonly number[], string, string, boolean?])[] = [
  ["SOCKS4 at a closed proxy", request4([10, 0, 0, 1]), "proxy-auth", "005d000000000000", true],
  ["no method that is served", [5, 2, 1, 3], "proxy-auth", "05ff"],
  ["no method at all", [5, 0], "proxy-auth", "05ff"],
  ["no password at a closed proxy", [5, 1, 0], "proxy-auth", "05ff", true],
  ["a login of another version", [...METHOD_PASSWORD, 5], "proxy-auth", "05020101", true],
  ["a password that is not UTF-8", [...METHOD_PASSWORD, 1, 1, 65, 1, 0xff], "proxy-auth", "05020101", true],
  ["BIND", [...METHOD_NONE, 5, 2, 0, 1], "command-unsupported", `0500${REPLY("07")}`],
  ["UDP ASSOCIATE", [...METHOD_NONE, 5, 3, 0, 1], "command-unsupported", `0500${REPLY("07")}`],
  ["an unknown kind of address", request5(2), "address-unsupported", `0500${REPLY("08")}`],
  ["an empty name", request5(3, 0, ...port(80)), "address-unsupported", `0500${REPLY("08")}`],
  ["a name with NUL", request5(3, ...name("a\0b"), ...port(80)), "address-unsupported", `0500${REPLY("08")}`],
  ["a name with a line break", request5(3, ...name("a\nb"), ...port(80)), "address-unsupported", `0500${REPLY("08")}`],
  ["a name that is not UTF-8", request5(3, 1, 0xff, ...port(80)), "address-unsupported", `0500${REPLY("08")}`],
  ["port 0", request5(1, 10, 0, 0, 1, ...port(0)), "bad-request", `0500${REPLY("01")}`],
  ["a request of another version", [...METHOD_NONE, 4], "bad-request", `0500${REPLY("01")}`],
  ["BIND of SOCKS4", [4, 2, ...port(80), 10, 0, 0, 1, 0], "command-unsupported", "005b000000000000"],
  ["port 0 of SOCKS4", request4([10, 0, 0, 1], "me", 0), "bad-request", "005b000000000000"],
  ["an empty name of SOCKS4a", [...request4([0, 0, 0, 9]), 0], "address-unsupported", "005b000000000000"],
  ["a user id without an end", [4, 1, 0, 80, 10, 0, 0, 1, ...text("x".repeat(256))], "bad-request", "005b000000000000"],
  [
    "a name without an end",
    [...request4([0, 0, 0, 9], "x".repeat(255)), ...text("y".repeat(256))],
    "address-unsupported",
    "005b000000000000",
  ],
  ["a version that does not exist", [6, 1, 0], "bad-request", ""],
  ["TLS", [0x16, 3, 1], "bad-request", ""],
];

for (const [what, bytes, code, sent, closed = false] of REFUSALS) {
  test(`refused: ${what}`, () => {
    const outcome = once(bytes, closed);
    assert.deepEqual([outcome.refused, outcome.sent], [code, sent]);
    assert.deepEqual(
      feed(
        bytes.map((byte) => Uint8Array.of(byte)),
        closed,
      ),
      outcome,
    );
  });
}

test("a client of HTTP is told in its own language", () => {
  const reply = readHandshake("greeting", Uint8Array.from(text("GET http://web/ HTTP/1.1\r\n")), false);
  assert.ok(reply.kind === "refused");
  assert.match(Buffer.from(reply.reply).toString(), /^HTTP\/1\.1 400 .*\r\n\r\nThis is a SOCKS proxy[^\n]*\n$/s);
});

/** Bytes that begin like a handshake, and go on as they like. */
const hostile = fc
  .tuple(
    fc.constantFrom<readonly number[]>(
      [],
      METHOD_NONE,
      METHOD_PASSWORD,
      [...METHOD_PASSWORD, ...LOGIN],
      [4, 1],
      [4, 1, 0, 80, 0, 0, 0, 1],
    ),
    fc.constantFrom<readonly number[]>([], [5, 1, 0], [5, 1, 0, 3], [5, 1, 0, 4], [1]),
    fc.uint8Array({ maxLength: 1200 }),
  )
  .map(([start, middle, rest]) => Uint8Array.from([...start, ...middle, ...rest]));

test("any bytes in any pieces come to the same, never throw, and never wait with more than the bound", () => {
  fc.assert(
    fc.property(hostile, fc.array(fc.nat(600), { maxLength: 12 }), fc.boolean(), (bytes, cuts, closed) => {
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      assert.deepEqual(feed(pieces, closed), feed([bytes], closed));
    }),
    { numRuns: 2000 },
  );
});
