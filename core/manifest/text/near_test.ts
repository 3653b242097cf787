// Which word is offered for one that is not known, and when none is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { editDistance, nearest } from "./near.ts";

const KEYS = ["vip", "cmd", "ports", "http", "socks", "aliases", "stateDir", "writeEtcHosts"];

const CASES: readonly (readonly [word: string, want: string | undefined])[] = [
  ["prots", "ports"],
  ["port", "ports"],
  ["alias", "aliases"],
  ["VIP", "vip"],
  ["vpi", "vip"],
  ["writeEtcHost", "writeEtcHosts"],
  ["statedir", "stateDir"],
  ["x", undefined],
  ["", undefined],
  ["colour", undefined],
  ["p".repeat(100_000), undefined],
];

for (const [word, want] of CASES) {
  test(`near '${word.slice(0, 20)}'`, () => assert.equal(nearest(word, KEYS), want));
}

test("edit distance", () => {
  assert.equal(editDistance("", "abc"), 3);
  assert.equal(editDistance("abc", "abc"), 0);
  assert.equal(editDistance("kitten", "sitting"), 3);
  assert.equal(editDistance("ab", "ba"), 1);
});
