// Characters are code points: counted as such, and never cut in two.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { firstCharacters, isLonger, lastCharacters, shortened } from "./text.ts";

const text = fc.string({ unit: "grapheme", maxLength: 40 });

test("texts are counted and cut by code points", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 40 }), (value, most) => {
      const characters = [...value];
      assert.equal(isLonger(value, most), characters.length > most);
      assert.equal(firstCharacters(value, most), characters.slice(0, most).join(""));
      assert.equal(lastCharacters(value, most), characters.slice(-most).join(""));
    }),
  );
});

test("a text that is shortened shows that there was more", () => {
  assert.equal(shortened("abc", 3), "abc");
  assert.equal(shortened("abcd", 3), "abc…");
});

test("a text that would be cut inside a pair of UTF-16 units is cut before or behind it", () => {
  assert.equal(firstCharacters("a😀b😀", 2), "a😀");
  assert.equal(lastCharacters("😀a😀", 2), "a😀");
  assert.equal(isLonger("😀".repeat(64), 64), false);
  assert.equal(isLonger("😀".repeat(65), 64), true);
});
