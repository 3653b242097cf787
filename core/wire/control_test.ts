// Control messages: what both sides send arrives; what a hostile agent sends is a malformed frame and no more.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NoRouterError, printable } from "../errors.ts";
import { type AgentMessage, clippedFact, decodeAgentMessage, encodeControl } from "./control.ts";

const raw = (text: string) => new TextEncoder().encode(text);
const json = (value: unknown) => raw(JSON.stringify(value));
const HELLO = { type: "hello", agent: { version: "1.2.3", runtime: "node 24", pid: 7 } } as const;
const listener = { frontend: "loopback", address: "127.0.0.1:80" };

/** Decodes and returns; what it throws must be the one error. */
function decoded(payload: Uint8Array): AgentMessage | undefined {
  try {
    return decodeAgentMessage(payload);
  } catch (thrown) {
    assert.ok(thrown instanceof NoRouterError, `threw ${String(thrown)}`);
    assert.equal(thrown.code, "malformed-frame");
    assert.ok(thrown.message.length < 300, "the message is bounded");
    assert.equal(printable(thrown.message), thrown.message);
    return undefined;
  }
}

test("an agent's messages round-trip", () => {
  const messages: AgentMessage[] = [
    HELLO,
    { ...HELLO, features: ["large-frames", "of tomorrow"] },
    {
      type: "report",
      facts: [
        { type: "host.ready" },
        { type: "frontend.listening", ...listener, serves: "web:80" },
        { type: "frontend.failed", ...listener, code: "address-in-use", message: "Address is already in use" },
        { type: "frontend.closed", ...listener },
        { type: "stream.opened", stream: 1, to: 2, port: 80 },
        { type: "stream.closed", stream: 1, to: 2, bytesOut: 10, bytesIn: 2 ** 40 },
        { type: "stream.closed", stream: 1, to: 2, bytesOut: 0, bytesIn: 0, code: "refused" },
      ],
    },
    {
      type: "traffic",
      ports: [
        { port: 80, bytesOut: 1, bytesIn: 2 ** 40, streams: 3 },
        { port: 0, routed: true, bytesOut: 0, bytesIn: 0, streams: 2 ** 32 - 1 },
        { bytesOut: 7, bytesIn: 8, streams: 0 },
      ],
    },
    { type: "publish", ports: [] },
    {
      type: "publish",
      ports: [
        { listen: 1, target: { host: "127.0.0.1", port: 65_535 } },
        { listen: 65_535, target: { host: "::1", port: 1 } },
        { listen: 80, target: { host: "2001:db8:ffff:ffff:ffff:ffff:255.255.255.255", port: 80 } },
      ],
    },
  ];
  for (const message of messages) assert.deepEqual(decodeAgentMessage(encodeControl(message)), message);
});

test("every field of a hello and of a fact is checked", () => {
  const broken: unknown[] = [
    { ...HELLO, agent: { ...HELLO.agent, pid: -1 } },
    { ...HELLO, agent: { ...HELLO.agent, pid: 1.5 } },
    { ...HELLO, agent: { ...HELLO.agent, pid: 2 ** 53 } },
    { ...HELLO, agent: { ...HELLO.agent, version: 1 } },
    { ...HELLO, agent: { ...HELLO.agent, runtime: "x".repeat(65) } },
    { ...HELLO, features: "resume" },
    { ...HELLO, features: [1] },
    { ...HELLO, features: ["x".repeat(65)] },
    { ...HELLO, features: Array(65).fill("x") },
    { ...HELLO, agent: null },
    { ...HELLO, agent: [] },
    { ...HELLO, agent: { ...HELLO.agent, pid: "7" } },
    { ...HELLO, agent: { ...HELLO.agent, version: "v".repeat(65) } },
    { ...HELLO, agent: { ...HELLO.agent, runtime: undefined } },
    { type: "report" },
    { type: "report", facts: {} },
    { type: "welcome", host: 1, version: "1" },
  ];
  const facts: unknown[] = [
    null,
    "host.ready",
    { type: "host.admitted" },
    { type: "link.closed" },
    { type: "frontend.listening", ...listener },
    { type: "frontend.listening", ...listener, serves: "x".repeat(257) },
    { type: "frontend.failed", ...listener, code: "no-such-code", message: "" },
    { type: "frontend.failed", ...listener, code: "toString", message: "" },
    { type: "frontend.failed", ...listener, code: "refused", message: "x".repeat(513) },
    { type: "frontend.closed", frontend: "loopback" },
    { type: "stream.opened", stream: 1, to: 2 },
    { type: "stream.closed", stream: 1, to: 2, bytesOut: 1 },
    { type: "stream.closed", stream: 1, to: 2, bytesOut: 1, bytesIn: 1, code: 7 },
  ];
  for (const message of [...broken, ...facts.map((fact) => ({ type: "report", facts: [fact] }))])
    assert.throws(() => decodeAgentMessage(json(message)), { code: "malformed-frame" }, JSON.stringify(message));
});

test("counted bytes that cannot be are malformed", () => {
  const row = { port: 80, bytesOut: 1, bytesIn: 2, streams: 3 };
  assert.ok(decoded(json({ type: "traffic", ports: Array(256).fill(row) })));
  const wrong: unknown[] = [undefined, {}, "80", [null], [[]], Array(257).fill(row)];
  for (const key of ["bytesOut", "bytesIn", "streams"])
    for (const value of [-1, 1.5, "1", null, undefined, 2 ** 53, 2 ** 40 + 1, {}]) wrong.push([{ ...row, [key]: value }]);
  for (const port of [-1, 65_536, 1.5, "80", null]) wrong.push([{ ...row, port }]);
  for (const ports of wrong) assert.equal(decoded(json({ type: "traffic", ports })), undefined, JSON.stringify(ports));
  for (const bytes of ["NaN", "1e400", "-0.5"])
    assert.equal(decoded(raw(`{"type":"traffic","ports":[{"bytesOut":${bytes},"bytesIn":1,"streams":1}]}`)), undefined);
  const others = { ...row, from: 9, to: 3, host: 7 };
  assert.deepEqual(
    decoded(json({ type: "traffic", ports: [others] })),
    { type: "traffic", ports: [row] },
    "it speaks for itself alone",
  );
});

test("ports that cannot be, and more than 256 of them, are malformed", () => {
  const port = { listen: 80, target: { host: "127.0.0.1", port: 8080 } };
  const publish = (ports: unknown) => decoded(json({ type: "publish", ports }));
  assert.ok(publish(Array(256).fill(port)));
  const wrong: unknown[] = [undefined, null, {}, "80", [80], [null], [[]], Array(257).fill(port)];
  for (const value of [0, -1, 1.5, 65_536, 70_000, "80", null, undefined, {}, [80]])
    wrong.push([{ ...port, listen: value }], [{ ...port, target: { ...port.target, port: value } }]);
  for (const target of [undefined, null, "127.0.0.1:80", {}, [], { path: "/run/x.sock" }]) wrong.push([{ ...port, target }]);
  for (const host of ["", "localhost", "web", "127.0.0.1:80", "[::1]", "999.1.1.1", "1".repeat(46), 7, null, undefined, ["::1"]])
    wrong.push([{ ...port, target: { ...port.target, host } }]);
  for (const ports of wrong) assert.equal(publish(ports), undefined, JSON.stringify(ports));
  const more = { ...port, protocol: "udp", found: false, target: { ...port.target, path: "/etc" } };
  assert.deepEqual(
    decoded(json({ type: "publish", host: 9, ports: [more] })),
    { type: "publish", ports: [port] },
    "it says where its own ports are, and no more",
  );
});

test("only known fields get through", () => {
  const extra = { ...HELLO, agent: { ...HELLO.agent, admin: true }, by: "user" };
  assert.deepEqual(decodeAgentMessage(json(extra)), HELLO);
  const fact = { type: "host.ready", host: 9, seq: 1, by: "user" };
  assert.deepEqual(decodeAgentMessage(json({ type: "report", facts: [fact] })), {
    type: "report",
    facts: [{ type: "host.ready" }],
  });
});

test("lengths are counted in characters, which are code points", () => {
  const bounds = { frontend: 64, address: 256, serves: 256 } as const;
  const fact = (characters: number, key: string) => {
    const texts = Object.entries(bounds).map(([name, most]) => [name, "😀".repeat(name === key ? characters : most)]);
    return { type: "frontend.listening" as const, ...listener, serves: "", ...Object.fromEntries(texts) };
  };
  for (const [key, most] of Object.entries(bounds)) {
    assert.ok(decoded(json({ type: "report", facts: [fact(most, key)] })), key);
    assert.equal(decoded(json({ type: "report", facts: [fact(most + 1, key)] })), undefined, key);
  }
  assert.ok(decoded(json({ ...HELLO, agent: { ...HELLO.agent, version: "😀".repeat(64) } })));
  const cut = clippedFact({ type: "frontend.failed", ...listener, code: "refused", message: `a${"😀".repeat(600)}` });
  assert.deepEqual(cut, { type: "frontend.failed", ...listener, code: "refused", message: `a${"😀".repeat(508)}...` });
  assert.deepEqual(decodeAgentMessage(json({ type: "report", facts: [cut] })), { type: "report", facts: [cut] });
});

test("halves of pairs of UTF-16 units, which JSON can escape, are shown as U+FFFD", () => {
  const message = raw(JSON.stringify(HELLO).replace("1.2.3", "\\ud800a\\udc00"));
  assert.deepEqual(decodeAgentMessage(message), { ...HELLO, agent: { ...HELLO.agent, version: "\ufffda\ufffd" } });
});

test("a byte order mark is malformed; of a key that comes twice the last one counts", () => {
  assert.equal(decoded(Uint8Array.of(0xef, 0xbb, 0xbf, ...json(HELLO))), undefined);
  const twice = raw(JSON.stringify(HELLO).replace('"pid":7', '"pid":7,"pid":8'));
  assert.deepEqual(decodeAgentMessage(twice), { ...HELLO, agent: { ...HELLO.agent, pid: 8 } });
});

test("control characters are shown as U+FFFD in every text", () => {
  const hostile = "a\u001b[31m\u0007\r\n\u0085\u202eb";
  const shown = "a\ufffd[31m\ufffd\ufffd\ufffd\ufffd\ufffdb";
  const agent = { version: hostile, runtime: hostile, pid: 1 };
  assert.deepEqual(decodeAgentMessage(json({ ...HELLO, agent })), {
    ...HELLO,
    agent: { version: shown, runtime: shown, pid: 1 },
  });
  const fact = { type: "frontend.failed", frontend: hostile, address: hostile, code: "refused", message: hostile };
  assert.deepEqual(decodeAgentMessage(json({ type: "report", facts: [fact] })), {
    type: "report",
    facts: [{ ...fact, frontend: shown, address: shown, message: shown }],
  });
});

test("types that are no text, endless or full of escapes are named safely", () => {
  const types: unknown[] = [
    { toString: 1 },
    { toString: 1, valueOf: null },
    [[[]]],
    "\u001b]0;owned\u0007",
    "x".repeat(500_000),
    null,
    5,
  ];
  for (const type of types) {
    assert.equal(decoded(json({ type })), undefined);
    assert.equal(decoded(json({ type: "report", facts: [{ type, ...listener }] })), undefined);
  }
});

test("bytes that are no JSON, no UTF-8 or nested without end are malformed", () => {
  for (const payload of [raw(""), raw("{"), raw("nul"), Uint8Array.of(0x22, 0xff, 0x22), raw("[".repeat(400_000)), raw('"x"')])
    assert.equal(decoded(payload), undefined);
  const deep = raw(`{"type":"hello","agent":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`);
  assert.equal(decoded(deep), undefined);
});

test("any JSON and any change of a valid message gives a message or the one error", () => {
  let accepted = 0;
  const paths = fc.constantFrom("type", "agent", "network", "seq", "version", "runtime", "pid");
  const changed = fc.tuple(paths, fc.jsonValue()).map(([key, value]) => {
    const inAgent = key in HELLO.agent;
    return inAgent ? { ...HELLO, agent: { ...HELLO.agent, [key]: value } } : { ...HELLO, [key]: value };
  });
  const fact = fc.dictionary(fc.constantFrom("type", "frontend", "address", "serves", "stream", "to", "port"), fc.jsonValue());
  const report = fc.array(fact).map((facts) => ({ type: "report", facts }));
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), changed, report), (value) => {
      if (decoded(json(value))) accepted += 1;
    }),
    { numRuns: 1000 },
  );
  assert.ok(accepted > 0, "the property never met a valid message");
});
