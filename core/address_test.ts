// Addresses in every form that programs take, and the one form that rules see.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressBytes, addressOfBytes, canonicalAddress, isIpv4, isIpv6, isNetwork, networkHolds } from "./address.ts";

const FORMS: readonly (readonly [text: string, address: string | undefined])[] = [
  ["10.0.0.1", "10.0.0.1"],
  ["10.1", "10.0.0.1"],
  ["10.1.2", "10.1.0.2"],
  ["167772161", "10.0.0.1"],
  ["012.0.0.1", "10.0.0.1"],
  ["0xa.0.0.1", "10.0.0.1"],
  ["0XA000001", "10.0.0.1"],
  ["0", "0.0.0.0"],
  ["4294967295", "255.255.255.255"],
  ["4294967296", undefined],
  ["256.0.0.1", undefined],
  ["09.0.0.1", undefined],
  ["1.2.3.4.5", undefined],
  ["1.2.3.4 ", undefined],
  ["1..2", undefined],
  ["0x", undefined],
  ["", undefined],
  ["x", undefined],
  ["::1", "::1"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["::FFFF:a00:1", "10.0.0.1"],
  ["::10.0.0.1", "10.0.0.1"], // deprecated by RFC 4291 section 2.5.5.1; what is dialled is what rules saw
  ["fe80::1%eth0", "fe80::1%eth0"],
  ["[::1]", undefined],
  ["::1::", undefined],
  [`${"0".repeat(10_000)}1`, undefined],
  [`::${"0".repeat(10_000)}1`, undefined],
];

for (const [text, address] of FORMS) {
  test(`the one form of ${JSON.stringify(text.slice(0, 30))}`, () => assert.equal(canonicalAddress(text), address));
}

test("addresses go through bytes and back, and stay what they are when they are read again", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.ipV6()), (text) => {
      const address = canonicalAddress(text);
      assert.ok(address !== undefined, text);
      assert.equal(canonicalAddress(address), address);
      assert.equal(addressOfBytes(addressBytes(address)), address);
      assert.ok(isIpv4(address) || isIpv6(address));
      assert.equal(networkHolds(`${address}/${isIpv4(address) ? 32 : 128}`)(addressBytes(address)), true);
    }),
    { numRuns: 500 },
  );
  assert.deepEqual(addressBytes("fe80::1%eth0").length, 16);
});

test("a network holds the addresses whose first bits are its own", () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (network, address, bits) => {
      const number = (text: string) => addressBytes(text).reduce((sum, byte) => sum * 256 + byte, 0);
      const shift = 2 ** (32 - bits);
      const wanted = Math.floor(number(network) / shift) === Math.floor(number(address) / shift);
      assert.equal(networkHolds(`${network}/${bits}`)(addressBytes(address)), wanted);
    }),
  );
  assert.deepEqual(
    [isNetwork("10.0.0.0/8"), isNetwork("::/128"), isNetwork("10.0.0.0/33"), isNetwork("10/8"), isNetwork("a/8")],
    [true, true, false, false, false],
  );
});
