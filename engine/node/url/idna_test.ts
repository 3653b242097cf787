// Names of hosts in other letters: every single character, and random labels, as the newest Node has them.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { domainToASCII, domainToUnicode } from "node:url";
import fc from "fast-check";

/** Node before 24 has older tables. */
const IS_OLD_NODE = process.versions.engine === undefined && Number(process.versions.node.split(".")[0]) < 24;
const OLD = { skip: IS_OLD_NODE ? "older tables" : false };

/** Of what Node 24 makes of every character; engine/idna_table.ts was made from the same. */
const ALONE = "5ad90bde9ef304a9e13393af1d2171d20805aa331ae8456c397fad63db56ed54";
const AMONG_OTHERS = "2b15327a95253f904b0e68f49e0ece1ee24ec61c5ccbbf4e287c6c40e43a3cd6";

function digestOf(nameOf: (character: string) => string): string {
  const hash = createHash("sha256");
  for (let start = 0; start <= 0x10ffff; start += 0x1000) {
    let names = "";
    for (let code = start; code < start + 0x1000; code += 1) {
      if (code < 0xd800 || code >= 0xe000) names += `${domainToASCII(nameOf(String.fromCodePoint(code)))}\n`;
    }
    hash.update(names);
  }
  return hash.digest("hex");
}

test("every character alone", OLD, () => {
  assert.equal(
    digestOf((one) => one),
    ALONE,
  );
});

test("every character between two letters", OLD, () => {
  assert.equal(
    digestOf((one) => `a${one}b`),
    AMONG_OTHERS,
  );
});

test("rules about more than one character", OLD, () => {
  const names: Readonly<Record<string, string>> = {
    // Marks are composed with what they follow, and begin no label.
    "u\u0308.de": "xn--tda.de",
    "\u0308u": "",
    // From right to left, and the other way, but not both in one label.
    אב: "xn--4dbc",
    אa: "",
    aא: "",
    א1: "xn--1-zhc",
    "1א": "",
    "א1\u0660": "",
    "א.a": "xn--4db.a",
    // Joiners stand only where they change something.
    "क\u094d\u200dष": "xn--11b2ezcw70k",
    "a\u200db": "",
    "ب\u200cب": "xn--ngba799q",
    "a\u200cb": "",
    // Dots of other scripts.
    "a。b｡c": "a.b.c",
    // What was encoded already.
    "xn--tda.ü": "xn--tda.xn--tda",
    "xn--a.ü": "",
  };
  for (const [name, wanted] of Object.entries(names)) assert.equal(domainToASCII(name), wanted, name);
});

test("names that were encoded stay, and are decoded to what was encoded", OLD, () => {
  const unit = fc.constantFrom(
    ..."abz019-",
    ..."äßéçñ",
    ..."日本語",
    ..."αβς",
    ..."кириллица",
    ..."אבגד",
    ..."ابت",
    "\u0301",
    "\u094d",
    "क",
    "😀",
  );
  fc.assert(
    fc.property(fc.string({ unit, minLength: 1, maxLength: 12 }), (name) => {
      const encoded = domainToASCII(name);
      if (encoded === "" || /^[\d.]+$/.test(encoded)) return;
      assert.equal(domainToASCII(encoded), encoded);
      assert.equal(domainToASCII(domainToUnicode(encoded)), encoded);
      assert.equal(domainToUnicode(encoded), name.normalize("NFC").toLowerCase());
    }),
    { numRuns: 2000 },
  );
});

test("a name may have more letters than a function takes arguments", () => {
  for (const name of [`é${"a".repeat(70_000)}`, "é".repeat(70_000)]) assert.equal(typeof domainToASCII(name), "string");
});
