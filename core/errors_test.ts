// The table of codes: complete, well-formed, and unambiguous on the wire.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  asNoRouterError,
  codeOfWireNumber,
  ERRORS,
  type ErrorCode,
  type ErrorRow,
  messageOf,
  NoRouterError,
  printable,
  wireNumberOf,
} from "./errors.ts";

const rows = Object.entries(ERRORS) as [ErrorCode, ErrorRow][];

test("every row maps to valid replies and reads well", () => {
  for (const [code, { meaning, advice, socks, http, exit, wire }] of rows) {
    assert.match(code, /^[a-z]+(-[a-z]+)*$/);
    for (const sentence of [meaning, advice]) assert.match(sentence, /^['"A-Z].*[^.\s]$/, `${code}: "${sentence}"`);
    assert.ok(socks >= 1 && socks <= 8, `${code}: SOCKS reply ${socks}`);
    assert.ok(http >= 400 && http <= 599, `${code}: HTTP status ${http}`);
    assert.ok(exit === 1 || (exit >= 64 && exit <= 78), `${code}: exit code ${exit}`);
    assert.ok(wire === undefined || (Number.isInteger(wire) && wire >= 1 && wire <= 65_535), `${code}: wire number ${wire}`);
  }
});

test("no wire number is used twice", () => {
  const numbers = rows.flatMap(([, { wire }]) => wire ?? []);
  assert.equal(new Set(numbers).size, numbers.length);
});

test("wire numbers never change", () => {
  const wanted: Partial<Record<ErrorCode, number>> = {
    refused: 1,
    unreachable: 2,
    "timed-out": 3,
    "name-not-found": 4,
    reset: 5,
    "host-down": 6,
    "host-left": 25,
    "out-of-memory": 26,
    "link-lost": 7,
    "not-published": 8,
    "too-many-streams": 9,
    "flow-violation": 10,
    internal: 11,
    denied: 12,
    "link-closed": 13,
    "manager-gone": 14,
    "malformed-frame": 15,
    "spoofed-frame": 16,
    "link-silent": 17,
    "route-refused": 18,
    "not-routed": 19,
    "upstream-failed": 20,
    "upstream-denied": 21,
    "too-many-names": 22,
    "too-many-files": 23,
    "protocol-mismatch": 24,
    "start-timeout": 27,
    "start-failed": 28,
    "agent-not-found": 29,
    "agent-failed": 30,
    "agent-silent": 31,
    "not-an-agent": 32,
    "foreign-agent": 33,
    "agent-unavailable": 34,
    "agent-damaged": 35,
    "no-place": 36,
    "disk-full": 37,
    "no-shell": 38,
    "not-a-shell": 39,
    "password-wanted": 40,
    "tool-missing": 41,
    "settings-refused": 42,
    "engine-down": 43,
    "container-missing": 44,
    "container-stopped": 45,
    "not-logged-in": 46,
    "access-denied": 47,
    "host-key-changed": 48,
    "host-key-unknown": 49,
    "host-unreachable": 50,
    "terminal-in-path": 51,
    "link-echo": 52,
    "container-ended": 60,
    "image-missing": 61,
  };
  assert.deepEqual(Object.fromEntries(rows.filter(([, { wire }]) => wire).map(([code, { wire }]) => [code, wire])), wanted);
});

test("codes with a number come back from it; others travel as internal; unknown numbers read as reset", () => {
  for (const [code, { wire }] of rows) assert.equal(codeOfWireNumber(wireNumberOf(code)), wire === undefined ? "internal" : code);
  assert.equal(codeOfWireNumber(0), "reset");
  assert.equal(codeOfWireNumber(65_535), "reset");
});

test("an error has its code, the code's meaning by default, its row and cause", () => {
  const error = new NoRouterError("refused", undefined, { cause: 7 });
  assert.deepEqual([error.name, error.code, error.message], ["NoRouterError", "refused", ERRORS.refused.meaning]);
  assert.deepEqual([error.row, error.cause], [ERRORS.refused, 7]);
  assert.equal(new NoRouterError("refused", "Mine").message, "Mine");
});

test("whatever is thrown becomes a coded error with its sentence", () => {
  const own = new NoRouterError("denied");
  assert.equal(asNoRouterError(own), own);
  const cause = new TypeError("bug");
  const made = asNoRouterError(cause);
  assert.deepEqual([made.code, made.message, made.cause], ["internal", "bug", cause]);
  assert.equal(asNoRouterError("text", "usage").code, "usage");
  assert.deepEqual([messageOf("text"), messageOf(undefined), messageOf(cause)], ["text", "undefined", "bug"]);
  assert.equal(messageOf(Object.create(null)), "What was thrown cannot be shown");
});

test("printable text has no control characters and is otherwise unchanged", () => {
  assert.equal(printable("a\u001b[31mb\r\n\u0085\u202e\u2028c"), "a\ufffd[31mb\ufffd\ufffd\ufffd\ufffd\ufffdc");
  assert.equal(printable('Grüße, 世界 "x" 👋'), 'Grüße, 世界 "x" 👋');
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const shown = printable(text);
      assert.equal(shown.length, text.length);
      for (const char of shown)
        assert.ok((char >= " " && char < "\u007f") || char > "\u009f", `U+${char.codePointAt(0)?.toString(16)}`);
    }),
  );
});
