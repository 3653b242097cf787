// How a finding looks on a terminal: the caret's place, long lines, and nothing raw from the file.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Diagnostic, formatDiagnostic, parseManifest } from "../mod.ts";

function diagnostic(part: Partial<Diagnostic>): Diagnostic {
  return { severity: "error", message: "Bad", hint: undefined, file: "m.yaml", line: 3, column: 1, text: "", length: 1, ...part };
}

const CASES: readonly (readonly [name: string, part: Partial<Diagnostic>, want: readonly string[]])[] = [
  [
    "caret and hint",
    { text: "  vip: x", column: 8, hint: "Do it" },
    ["m.yaml:3:8: error: Bad", "  vip: x", "       ^", "  hint: Do it"],
  ],
  ["underline", { text: "ab cde", column: 4, length: 3, severity: "warning" }, ["m.yaml:3:4: warning: Bad", "ab cde", "   ^^^"]],
  ["tabs", { text: "\ta\tb", column: 4 }, ["m.yaml:3:4: error: Bad", "    a    b", "         ^"]],
  ["wide and combining signs", { text: "日e\u0301x", column: 4 }, ["m.yaml:3:4: error: Bad", "日e\u0301x", "   ^"]],
  ["surrogate pairs", { text: "😀😀x", column: 5 }, ["m.yaml:3:5: error: Bad", "😀😀x", "    ^"]],
  ["behind the end", { text: "ab", column: 3 }, ["m.yaml:3:3: error: Bad", "ab", "  ^"]],
  ["the whole file", { line: 0, column: 0 }, ["m.yaml: error: Bad"]],
  [
    "what a terminal would obey",
    { file: "\u001b]0;x\u0007", message: "a\u001bb", text: "\u001b[2J\u009b\u202ex\u007f", column: 7, hint: "\r\n" },
    ["␛]0;x␇:3:7: error: a␛b", "␛[2J\ufffd\ufffdx␡", "      ^", "  hint: ␍␊"],
  ],
];

for (const [name, part, want] of CASES) {
  test(name, () => assert.deepEqual(formatDiagnostic(diagnostic(part)).split("\n"), want));
}

test("a long line is cut around the caret", () => {
  const lineOf = (column: number): [string, string] => {
    const text = `${"a".repeat(column - 1)}X${"b".repeat(500 - column)}`;
    const [, line = "", caret = ""] = formatDiagnostic(diagnostic({ text, column })).split("\n");
    return [line, caret];
  };
  for (const column of [1, 60, 61, 120, 250, 440, 499, 500]) {
    const [line, caret] = lineOf(column);
    assert.equal(line[caret.indexOf("^")], "X", `column ${column}`);
    assert.ok(line.length <= 122);
    assert.equal(line.startsWith("…"), column > 61);
    assert.equal(line.endsWith("…"), column <= 440);
  }
});

test("an underline ends where the line is cut", () => {
  const [, line = "", caret = ""] = formatDiagnostic(diagnostic({ text: "a".repeat(1000), column: 500, length: 400 })).split(
    "\n",
  );
  assert.equal(caret.length, line.length - 1);
});

test("no control character of any file reaches the terminal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      for (const found of parseManifest(`hosts: ["${text}": ${text}`, text).diagnostics) {
        assert.doesNotMatch(formatDiagnostic(found), /[^\n\P{Cc}]|\p{Cf}/u);
      }
    }),
  );
});
