// Requests about the interface `lo` have the bytes that ip(8) of iproute2 6.1 sends for the command that each test is named after.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addAddress, makeAllLocal, startLo } from "./links.ts";
import { joined, type Request } from "./message.ts";

const hexOf = ({ body }: Request) => Buffer.from(joined(body)).toString("hex");
const VIP = Uint8Array.of(127, 4, 5, 6);
const VIP6 = Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const ACK = 4;
const CREATE = 0x400;

test("ip link set lo up", () => {
  const request = startLo(7);
  assert.deepEqual([request.type, request.flags, request.sequence], [16, ACK, 7]);
  assert.equal(hexOf(request), "00000000010000000100000001000000");
});

test("ip -6 addr add fd00::1/128 dev lo nodad scope host", () => {
  const request = addAddress(VIP6, 8);
  assert.deepEqual([request.type, request.flags, request.sequence], [20, ACK | CREATE, 8]);
  const address = "fd000000000000000000000000000001";
  assert.equal(hexOf(request), `0a8002fe0100000014000200${address}14000100${address}`);
});

test("ip addr add 127.4.5.6/32 dev lo scope host, with one more flag that IPv4 ignores", () => {
  const request = addAddress(VIP, 9);
  assert.deepEqual([request.type, request.flags, request.sequence], [20, ACK | CREATE, 9]);
  assert.equal(hexOf(request), "022002fe0100000008000200" + "7f040506" + "08000100" + "7f040506");
});

// Without the attribute of the destination, RTA_DST, which ip(8) sends as zeros.
test("ip route add local 0.0.0.0/0 dev lo src 127.4.5.6 proto static", () => {
  const request = makeAllLocal(VIP, 10);
  assert.deepEqual([request.type, request.flags, request.sequence], [24, ACK | CREATE, 10]);
  assert.equal(hexOf(request), "02000000ff04fe0200000000" + "0800040001000000" + "080007007f040506");
});

test("ip -6 route add local ::/0 dev lo src fd00::1 proto static", () => {
  const request = makeAllLocal(VIP6, 11);
  assert.deepEqual([request.type, request.flags, request.sequence], [24, ACK | CREATE, 11]);
  assert.equal(hexOf(request), "0a000000ff04000200000000" + "0800040001000000" + "14000700fd000000000000000000000000000001");
});
