// `isIP` and its like.

import assert from "node:assert/strict";
import { isIP, isIPv4, isIPv6 } from "node:net";
import { test } from "node:test";
import fc from "fast-check";

const V4 = ["0.0.0.0", "127.0.0.1", "255.255.255.255", "1.2.3.4", "192.168.100.200"];
const V6 = [
  "::",
  "::1",
  "1::",
  "fe80::1",
  "fe80::1%eth0",
  "fe80::1%1",
  "2001:db8::8a2e:370:7334",
  "1:2:3:4:5:6:7:8",
  "1:2:3:4:5:6:7::",
  "::2:3:4:5:6:7:8",
  "1::8",
  "ABCD:ef01::",
  "::ffff:1.2.3.4",
  "::1.2.3.4",
  "1:2:3:4:5:6:1.2.3.4",
  "1:2:3:4:5::1.2.3.4",
];
const NEITHER = [
  "",
  " ",
  "localhost",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.4 ",
  "1.2.3.4.",
  ".1.2.3.4",
  "1..2.3",
  "0x1.2.3.4",
  ":",
  ":::",
  "1:",
  ":1",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1::2::3",
  "12345::",
  "g::",
  "::1.2.3",
  "::1.2.3.4:5",
  "1.2.3.4::",
  "::1%",
  "::1%a b",
  "1:2:3:4:5:6:7:1.2.3.4",
  "[::1]",
  "::1/64",
  "127.0.0.1:80",
];

test("tells addresses of both versions from everything else", () => {
  for (const text of V4) assert.deepEqual([isIP(text), isIPv4(text), isIPv6(text)], [4, true, false], text);
  for (const text of V6) assert.deepEqual([isIP(text), isIPv4(text), isIPv6(text)], [6, false, true], text);
  for (const text of NEITHER) assert.deepEqual([isIP(text), isIPv4(text), isIPv6(text)], [0, false, false], text);
});

test("takes texts of other types, too", () => {
  for (const value of [undefined, null, 5, {}, [], true]) assert.equal(isIP(value as never), 0);
  assert.equal(isIP({ toString: () => "::1" } as never), 6);
});

test("knows every address", () => {
  fc.assert(fc.property(fc.ipV4(), (text) => isIP(text) === 4));
  fc.assert(fc.property(fc.ipV6(), (text) => isIP(text) === 6));
  const parts = fc.array(fc.constantFrom("0", "1", "ffff", "10000", "", "g", "1.2.3.4"), { maxLength: 10 });
  fc.assert(
    fc.property(parts, (groups) => {
      const text = groups.join(":");
      const halves = text.split("::");
      const all = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
      const hasV4 = all.at(-1)?.includes(".") && !text.endsWith("::");
      const rest = hasV4 ? all.slice(0, -1) : all;
      const count = all.length + (hasV4 ? 1 : 0);
      const fits = halves.length === 2 ? count < 8 : halves.length === 1 && count === 8;
      const isAddress = fits && text.includes(":") && rest.every((group) => /^[0-9a-f]{1,4}$/.test(group));
      assert.equal(isIP(text), isAddress || text === "1.2.3.4" ? (text.includes(":") ? 6 : 4) : 0, text);
    }),
  );
});
