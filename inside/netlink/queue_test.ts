// Held packets: which connection is read of one, that nothing hostile throws, and what is said about it.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { attribute, be32, joined, messagesIn, type Received, requestBytes } from "./message.ts";
import { heldPacketIn, takeQueue, type Verdict, verdictOn } from "./queue.ts";

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const PACKET = 0x300;

/** As Linux 6.18 told of first packets to 203.0.113.9 port 443 and to 2001:db8::9 port 443. */
const HELD4 =
  "68000000000300000000000000000000020000010b0001000000000108000300080006000000000140000a004500003c4e4e40004006745acb007109cb007109a5e2" +
  "01bbed94631500000000a002ffd72a4300000204ffd70402080a94dc1e86000000000103030a";
const HELD6 =
  "7c0000000003000000000000000000000a0000010b0001000000000286dd0300080006000000000154000a0060040e72002806400000000000000000000000000000" +
  "000120010db8000000000000000000000009a60201bbb9e62f4d00000000a002ffc4e84c00000204ffc40402080a77be2f68000000000103030a";
const HEADER = Uint8Array.of(2, 0, 0, 1);
const NUMBER = attribute(1, be32(0xdead_beef), Uint8Array.of(8, 0, 3));
/** From port 0x1234 to port 443. */
const PORTS = "123401bb";
const ADDRESSES4 = "0a0000017f070707";
const ADDRESSES6 = "fd000000000000000000000000000001" + "20010db8000000000000000000000009";

const message = (...attributes: readonly Uint8Array[]): Received => ({
  type: PACKET,
  sequence: 0,
  body: joined([HEADER, ...attributes]),
});
const held = (packet: Uint8Array) => heldPacketIn(message(NUMBER, attribute(10, packet)));

/** IPv4 with so many words of options; `first` is its first byte. */
function packet4(wanted: { options?: number; first?: number; protocol?: number } = {}): Uint8Array {
  const { options = 0, first = 0x45 + options, protocol = 6 } = wanted;
  const head = Uint8Array.of(first, 0, 0, 0, 0, 0, 0x40, 0, 64, protocol, 0, 0);
  return joined([head, bytesOf(ADDRESSES4), new Uint8Array(options * 4).fill(1), bytesOf(PORTS), new Uint8Array(16)]);
}

/** IPv6 with other headers before that of TCP, each with its type and length in bytes; the last type is that of TCP. */
function packet6(extensions: readonly (readonly [type: number, length: number])[] = [], protocol = 6): Uint8Array {
  const types = [...extensions.map(([type]) => type), protocol];
  const headers = extensions.map(([, length], at) =>
    Uint8Array.from({ length }, (_, i) => [types[at + 1] ?? 0, length / 8 - 1][i] ?? 0),
  );
  const head = Uint8Array.of(0x60, 0, 0, 0, 0, 0, types[0] ?? 0, 64);
  return joined([head, bytesOf(ADDRESSES6), ...headers, bytesOf(PORTS), new Uint8Array(16)]);
}

const CONNECTION4 = { id: 0xdead_beef, from: "10.0.0.1", fromPort: 0x1234, to: "127.7.7.7", toPort: 443 };
const CONNECTION6 = { id: 0xdead_beef, from: "fd00::1", fromPort: 0x1234, to: "2001:db8::9", toPort: 443 };

test("packets that Linux held are read", () => {
  assert.deepEqual(messagesIn(bytesOf(HELD4 + HELD6)).map(heldPacketIn), [
    { id: 1, from: "203.0.113.9", fromPort: 42_466, to: "203.0.113.9", toPort: 443 },
    { id: 2, from: "::1", fromPort: 42_498, to: "2001:db8::9", toPort: 443 },
  ]);
});

test("the ports of IPv4 are found behind its options", () => {
  for (const options of [0, 1, 10]) assert.deepEqual(held(packet4({ options })), CONNECTION4);
});

test("the ports of IPv6 are found behind other headers", () => {
  for (const extensions of [
    [],
    [[60, 8]],
    [
      [0, 16],
      [43, 24],
      [60, 8],
    ],
  ] as const)
    assert.deepEqual(held(packet6(extensions)), CONNECTION6);
});

test("what is no TCP, and what is no IP, is no held packet", () => {
  assert.equal(held(packet4({ protocol: 17 })), undefined);
  assert.equal(held(packet6([], 17)), undefined);
  assert.equal(held(packet6([[60, 8]], 58)), undefined);
  for (const version of [0, 3, 5, 7, 15])
    assert.equal(held(packet4({ first: version * 16 + 5 })), undefined, `version ${version}`);
});

test("an IPv4 header that says it is shorter than one can be is none", () => {
  for (const words of [0, 1, 4]) {
    assert.equal(held(packet4({ first: 0x40 + words })), undefined);
    assert.equal(held(Uint8Array.of(0x40 + words, 0, 0, 0)), undefined);
  }
});

for (const [what, packet, shortest] of [
  ["IPv4", packet4(), 24],
  ["IPv4 with options", packet4({ options: 10 }), 64],
  ["IPv6", packet6(), 44],
  ["IPv6 with another header", packet6([[60, 16]]), 60],
] as const) {
  test(`${what} is read where it ends after the ports, not where it ends before`, () => {
    for (let length = 0; length < packet.length; length++)
      assert.equal(held(packet.subarray(0, length)) !== undefined, length >= shortest, `${length} bytes`);
  });
}

test("without a number, or without a packet, it is no held packet", () => {
  const packet = attribute(10, packet4());
  assert.equal(heldPacketIn(message(packet)), undefined);
  assert.equal(heldPacketIn(message(NUMBER)), undefined);
  assert.equal(heldPacketIn(message(attribute(1, Uint8Array.of(1, 2, 3)), packet)), undefined);
  assert.equal(heldPacketIn(message(NUMBER, attribute(10))), undefined);
  assert.equal(heldPacketIn({ type: PACKET, sequence: 0, body: new Uint8Array() }), undefined);
});

test("another message is no held packet", () => {
  for (const type of [0, 2, 3, 0x301, 0x400])
    assert.equal(heldPacketIn({ ...message(NUMBER, attribute(10, packet4())), type }), undefined);
});

/** Packets with bytes changed, and cut. */
const mutated = fc
  .tuple(
    fc.constantFrom(
      packet4(),
      packet4({ options: 10 }),
      packet6(),
      packet6([
        [0, 8],
        [60, 16],
      ]),
    ),
    fc.nat(80),
  )
  .chain(([packet, length]) =>
    fc
      .array(fc.tuple(fc.nat(packet.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((changes) => changes.reduce((all, [at, byte]) => all.with(at, byte), packet).subarray(0, length)),
  );

test("no packet and no message make it throw, and what is read has addresses and ports", () => {
  const messages = fc.oneof(
    mutated.map((packet) => message(NUMBER, attribute(10, packet))),
    fc.uint8Array({ maxLength: 100 }).map((packet) => message(NUMBER, attribute(10, packet))),
    fc.uint8Array({ maxLength: 100 }).map((body) => ({ type: PACKET, sequence: 0, body })),
  );
  const property = fc.property(messages, (one) => {
    const packet = heldPacketIn(one);
    if (packet === undefined) return;
    for (const address of [packet.from, packet.to]) assert.match(address, /^[0-9a-f.:]+$/);
    for (const port of [packet.fromPort, packet.toPort]) assert.ok(port >= 0 && port <= 65_535);
  });
  fc.assert(property, { numRuns: 2000 });
});

for (const [verdict, code, mark] of [
  ["go", 1, undefined],
  ["drop", 0, undefined],
  ["reset", 4, 1],
  ["noRoute", 4, 2],
  ["port", 4, 3],
  ["host", 4, 4],
  ["denied", 4, 5],
] as readonly (readonly [Verdict, number, number | undefined])[]) {
  test(`the verdict "${verdict}" names the packet${mark === undefined ? "" : ", and marks it for the rule that refuses it"}`, () => {
    const length = mark === undefined ? "20" : "28";
    const said = `${length}000000010301000000000000000000000000010c0002000000000${code}deadbeef`;
    assert.equal(
      hexOf(requestBytes(verdictOn(0xdead_beef, verdict))),
      mark === undefined ? said : `${said}080003000000000${mark}`,
    );
  });
}

test("a socket takes the queue with three requests that Linux acknowledges", () => {
  assert.deepEqual(
    takeQueue(7).map((request) => hexOf(requestBytes(request))),
    [
      "1c000000020305000700000000000000000000010800010001000000",
      "20000000020305000800000000000000000000010900020000000080" + "02000000",
      "1c0000000203050009000000000000000000000108000300" + "00002000",
    ],
  );
});
