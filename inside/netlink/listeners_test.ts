// Listening sockets: what is asked of sock_diag, and what is read of its answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { askListeners, listenerIn } from "./listeners.ts";
import { joined, messagesIn, requestBytes } from "./message.ts";

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
const zeros = (count: number) => "00".repeat(count);

/** As Linux 6.18 answered for a socket at 127.4.5.6 port 4660. */
const ANSWER4 =
  "7c0000001400020007000000b4760000020a0000123400007f040506000000000000000000000000000000000000000000000000000000000000" +
  "0000e5000000000000000000000000000000800000000000000041e75501050008000000000008000f00000000000c00150001000000000000000600160052000000";
/** At ::1 port 22136. */
const ANSWER6 =
  "840000001400020007000000b47600000a0a000056780000000000000000000000000000000000010000000000000000000000000000000000000000" +
  "e6000000000000000000000000000000800000000000000042e75501050008000000000005000b000100000008000f00000000000c0015000100000000000000" +
  "0600160012000000";
const END = "140000000300020007000000b476000000000000";

test("all sockets that listen are asked for, of one family", () => {
  const asked = ([4, 6] as const).map((family) => Buffer.from(requestBytes(askListeners(family, 7))).toString("hex"));
  const header = "48000000140001030700000000000000";
  assert.deepEqual(asked, [`${header}0206000000040000${zeros(48)}`, `${header}0a06000000040000${zeros(48)}`]);
});

test("the answers of Linux are read, and their end is no socket", () => {
  const found = messagesIn(bytesOf(ANSWER4 + ANSWER6 + END)).map(listenerIn);
  assert.deepEqual(found, [
    { port: 4660, family: 4, address: Uint8Array.of(127, 4, 5, 6) },
    { port: 22136, family: 6, address: bytesOf(`${zeros(15)}01`) },
    undefined,
  ]);
});

test("an address stays as it is when the buffer it was read from changes", () => {
  const buffer = bytesOf(ANSWER4);
  const [socket] = messagesIn(buffer).map(listenerIn);
  buffer.fill(0);
  assert.deepEqual(socket?.address, Uint8Array.of(127, 4, 5, 6));
});

test("an answer that is cut, and another message, are no socket", () => {
  const [answer] = messagesIn(bytesOf(ANSWER4));
  assert.ok(answer !== undefined);
  assert.equal(listenerIn({ ...answer, body: answer.body.subarray(0, 51) }), undefined);
  assert.notEqual(listenerIn({ ...answer, body: answer.body.subarray(0, 52) }), undefined);
  assert.equal(listenerIn({ ...answer, type: 16 }), undefined);
});

test("no bytes make it throw, and what is found has a port and an address of its family", () => {
  const anyBody = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(fc.constantFrom(2, 10), fc.uint8Array({ minLength: 51, maxLength: 80 }))
      .map(([family, rest]) => joined([Uint8Array.of(family), rest])),
  );
  const property = fc.property(fc.constantFrom(20, 2, 3), anyBody, (type, body) => {
    const socket = listenerIn({ type, sequence: 1, body });
    if (socket === undefined) return assert.ok(type !== 20 || body.length < 52);
    assert.ok(socket.port >= 0 && socket.port <= 65_535);
    assert.equal(socket.address.length, socket.family === 4 ? 4 : 16);
  });
  fc.assert(property);
});
