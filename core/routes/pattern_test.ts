// Patterns of routes: what is one, and globs against a slow reference.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { processorMs } from "../../tests/support/processor_time.ts";
import { destinationOf } from "./destination.ts";
import { compilePattern, globMatches, isPattern, portRange, splitPattern } from "./pattern.ts";

const ARE = [
  "*",
  "*.",
  "?",
  "a",
  "*.example.com",
  "a_b-*.C.",
  "*.example.com:443",
  "*:1-65535",
  "10.0.0.0/8",
  "10.0.0.0/8:80",
  "10.0.0.0/0",
  "2001:db8::/32",
  "[2001:db8::/32]",
  "[2001:db8::/32]:8000-8999",
  "[10.0.0.0/8]:80",
  "1.example.com",
  "x".repeat(253),
];
const ARE_NOT = [
  "",
  ".",
  "a..b",
  ".a",
  "a b",
  "a:",
  "a:0",
  "a:65536",
  "a:2-1",
  "a:1-2-3",
  "a:-1",
  "a:http",
  "10.0.0.1",
  "10.0.*",
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0.0/08x",
  "10.0.0/8",
  "::1",
  "2001:db8::/129",
  "2001:db8::/32:80",
  "[2001:db8::/32",
  "[2001:db8::/32]80",
  "a/8",
  "b\u00fccher.example",
  "a\n",
  "x".repeat(254),
];

test("what is a pattern, and what is not", () => {
  for (const text of ARE) assert.equal(isPattern(text), true, text);
  for (const text of ARE_NOT) assert.equal(isPattern(text), false, text);
});

test("no text makes it throw, and what is a pattern can be asked about anything", () => {
  const piece = fc.constantFrom("*", "?", ".", ":", "[", "]", "/", "-", "0", "8", "255", "a", "::", "::1", "10.0.0.0/8");
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
  );
  const name = fc.oneof(fc.string({ unit: "binary" }), fc.domain(), fc.ipV6(), fc.ipV4Extended());
  fc.assert(
    fc.property(text, name, fc.nat(65_535), (pattern, host, port) => {
      if (isPattern(pattern)) assert.equal(typeof compilePattern(pattern)(destinationOf(host, port)), "boolean");
    }),
    { numRuns: 2000 },
  );
});

test("a pattern is split at the colon before its ports", () => {
  const split = (text: string) => Object.values(splitPattern(text));
  assert.deepEqual(split("a"), ["a", undefined]);
  assert.deepEqual(split("a:1-2"), ["a", "1-2"]);
  assert.deepEqual(split("a:"), ["a", ""]);
  assert.deepEqual(split("::/0"), ["::/0", undefined]);
  assert.deepEqual(split("[::/0]:80"), ["::/0", "80"]);
  assert.deepEqual(split("[::/0]"), ["::/0", undefined]);
  assert.deepEqual(
    [portRange("80"), portRange("1-2"), portRange("0"), portRange("00080")],
    [[80, 80], [1, 2], undefined, [80, 80]],
  );
});

/** The definition, as a regular expression. */
function slowly(glob: string, text: string): boolean {
  const source = [...glob].map((sign) => (sign === "*" ? ".*" : sign === "?" ? "." : sign.replace(/[.\\^$+(){}|[\]]/g, "\\$&")));
  return new RegExp(`^${source.join("")}$`, "s").test(text);
}

test("globs match as the definition says", () => {
  const short = (signs: readonly string[], maxLength: number) =>
    fc.array(fc.constantFrom(...signs), { maxLength }).map((found) => found.join(""));
  let matched = 0;
  fc.assert(
    fc.property(short(["a", "b", ".", "*", "*", "?"], 8), short(["a", "b", "."], 10), (glob, text) => {
      const wanted = slowly(glob, text);
      if (wanted) matched += 1;
      assert.equal(globMatches(glob, text), wanted, `${glob} ${text}`);
    }),
    { numRuns: 5000 },
  );
  assert.ok(matched > 200, `only ${matched} matched`);
});

test("a hostile glob takes no longer than its length and the name's allow", () => {
  for (let stars = 1; stars <= 120; stars += 1) {
    const took = processorMs(() => {
      assert.equal(globMatches(`${"*a".repeat(stars)}*b`, "a".repeat(253)), false);
      assert.equal(globMatches(`${"*".repeat(stars)}${"a".repeat(120)}b`, "a".repeat(253)), false);
    });
    assert.ok(took < 200, `${took} ms with ${stars} stars`);
  }
});

test("a name that is too long to be one is not even compared", () => {
  const fits = compilePattern("*");
  assert.equal(fits(destinationOf("a".repeat(253), 80)), true);
  assert.equal(fits(destinationOf("a".repeat(254), 80)), false);
});
