// Files that are not one sound YAML document, and files that are made to harm: each ends in a finding, quickly.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processorMs } from "../../../tests/support/processor_time.ts";
import { MANIFEST_BOUNDS, parseManifest } from "../mod.ts";

function findings(input: string | Uint8Array): string[] {
  return parseManifest(input, "m.yaml").diagnostics.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

const TAB = "A tab indents this line, spaces were wanted";
const EMPTY = "0:0: The file is empty, 'hosts' with at least one host was wanted";

const CASES: readonly (readonly [name: string, text: string, want: readonly string[]])[] = [
  ["empty", "", [EMPTY]],
  ["blank", " \n\n", [EMPTY]],
  ["comments only", "# a\n# b\n", [EMPTY]],
  ["only a document's start", "---\n", [EMPTY]],
  ["tab as indent", "hosts:\n\ta:\n\t\tvip: 127.0.0.2\n", [`2:1: ${TAB}`, `3:1: ${TAB}`]],
  ["tab after spaces", "hosts:\n  a:\n  \tvip: 127.0.0.2\n", [`3:3: ${TAB}`]],
  ["two documents", "hosts: {}\n---\nhosts: {}\n---\n", ["2:1: A second YAML document starts here, one was wanted"]],
  [
    "a bracket that is not closed",
    "hosts: {a: [\n",
    ["2:1: Flow sequence in block collection must be sufficiently indented and end with a ]"],
  ],
  ["a quote that is not closed", 'hosts: "\n', ['2:1: Missing closing "quote']],
  ["a place behind a line's end", '"\r', ['1:2: Missing closing "quote']],
  [
    "errors of syntax, one a line",
    "a: b: c: d\nhosts:\n  x: @y @z\n",
    ["1:4: Nested mappings are not allowed in compact mappings", "3:6: Plain value cannot start with reserved character @"],
  ],
  ["an alias without anchor", "hosts: *a\n", ["1:8: There is no anchor of this name above this alias"]],
  ["an alias before its anchor", "hosts: *a\nb: &a 1\n", ["1:8: There is no anchor of this name above this alias"]],
  ["a loop", "hosts: &a\n  b: *a\n", ["2:6: This alias stands within its own anchor, which would never end"]],
  ["a loop by merge", "hosts: &a\n  <<: *a\n", ["2:7: This alias stands within its own anchor, which would never end"]],
  [
    "a merge of a word",
    "hosts: {a: {vip: 127.0.0.2, <<: b}}\n",
    ["1:33: '<<' is a string, a mapping or a list of mappings was wanted"],
  ],
  ["a key that is a list", "hosts: {a: {vip: 127.0.0.2, [b]: c}}\n", ["1:29: A key is a list, a name was wanted"]],
  ["a NUL byte", "hosts:\n  a\0: {}\n", ["2:4: The file holds a NUL byte, text was wanted"]],
  ["an escape character", "hosts: \u001b[31m\n", ["1:8: The file holds the control character U+001B, text was wanted"]],
  ["an unknown tag", "hosts: {a: !x {vip: 127.0.0.2}}\n", ["1:12: Unresolved tag"]],
  [
    "a tag that takes another kind",
    "hosts: {a: {vip: !!int 'x'}}\n",
    ["1:18: Unresolved tag", "1:24: VIP 'x' is not an IPv4 address"],
  ],
];

for (const [name, text, want] of CASES) {
  test(name, () => assert.deepEqual(findings(text), want));
}

test("bytes that are not UTF-8", () => {
  const bytes = (text: string, ...tail: number[]) => Uint8Array.from([...new TextEncoder().encode(text), ...tail]);
  assert.deepEqual(findings(bytes("hosts:\n  ä", 0xff, 0x41)), ["2:4: Byte 0xFF is not valid UTF-8"]);
  assert.deepEqual(findings(bytes("a", 0xe2, 0x82)), ["1:2: Byte 0xE2 is not valid UTF-8"]);
  assert.deepEqual(findings(Uint8Array.of(0xff, 0x68)), ["1:1: Byte 0xFF is not valid UTF-8"]);
});

test("a file that is too large is not parsed", () => {
  const want = ["0:0: The file has 104,857,600 bytes, at most 1,048,576 were wanted"];
  assert.deepEqual(findings(new Uint8Array(100 * 1024 * 1024)), want);
  assert.deepEqual(findings("ä".repeat(MANIFEST_BOUNDS.bytes / 2 + 1)), [
    "0:0: The file has 1,048,578 bytes, at most 1,048,576 were wanted",
  ]);
});

test("more hosts than ids", () => {
  const hosts = Array.from({ length: MANIFEST_BOUNDS.hosts + 1 }, (_, index) => ` h${index}:`).join("\n");
  assert.deepEqual(findings(`hosts:\n${hosts}\n`), ["1:1: 'hosts' has 65001 entries, at most 65000 were wanted"]);
});

/** Each level names the one before nine times. */
function bomb(levels: number, level: (name: string, before: string) => string): string {
  const names = Array.from({ length: levels }, (_, index) => `n${index}`);
  return names.map((name, index) => level(name, index === 0 ? "" : `*${names[index - 1]}`)).join("\n");
}

const NESTED = "Collections are nested more than 32 deep here";
const ALIASES = "Aliases stand for more than 200000 values up to here";

const HOSTILE: readonly (readonly [name: string, text: string, want: string])[] = [
  ["brackets", "[".repeat(100_000), `1:34: ${NESTED}`],
  ["braces", "{a: ".repeat(100_000), `1:133: ${NESTED}`],
  ["dashes", "- ".repeat(100_000), `1:67: ${NESTED}`],
  ["keys", "? ".repeat(100_000), `1:67: ${NESTED}`],
  ["alias bomb", bomb(30, (name, before) => `${name}: &${name} [${`${before || "x"},`.repeat(9)}]`), `6:14: ${ALIASES}`],
  ["alias bomb of mappings", bomb(30, (n, b) => `${n}: &${n} {a: ${b || 1}, b: ${b || 1}}`), `15:24: ${ALIASES}`],
  ["merge bomb", bomb(40, (n, b) => `${n}: &${n} {<<: [${b || "{a: 1}"}, ${b || "{b: 1}"}], k${n}: 1}`), `14:23: ${ALIASES}`],
  ["one long text many times", `x-a: &a "${"b ".repeat(100_000)}"\nhosts: {${"h: *a,".repeat(1000)}}`, "2:"],
];

for (const [name, text, want] of HOSTILE) {
  test(`hostile: ${name}`, () => {
    const took = processorMs(() => assert.equal(findings(text)[0]?.slice(0, want.length), want));
    assert.ok(took < 10_000, `${took} ms`);
  });
}

const SLOW_PATTERNS = ["1.", "a-", "a.", "1:", "[", "::", "*", "/"];

test("long texts cost no more than their length", () => {
  const took = processorMs(() => {
    for (const piece of SLOW_PATTERNS) {
      const long = `"${piece.repeat(50_000)}!"`;
      const host = `{vip: ${long}, ports: [${long}], aliases: [${long}], http: {listen: ${long}}}`;
      const { diagnostics } = parseManifest(`hosts: {${long}: ${host}}\nroutes: [{to: [${long}], via: ${long}}]`, "m.yaml");
      assert.ok(diagnostics.every(({ message, hint = "" }) => message.length < 400 && hint.length < 400));
    }
  });
  assert.ok(took < 10_000, `${took} ms`);
});

test("a template cannot ask for more ports than memory holds", () => {
  const ports = Array.from({ length: 5000 }, (_, index) => `"${index + 1}:a:1"`).join(",");
  const hosts = Array.from({ length: 5000 }, (_, index) => `h${index}: {vip: 127.1.${index >> 8}.${index & 255}}`).join(",");
  const want = ["0:0: The hosts publish 25000000 ports in all, at most 500000 were wanted"];
  assert.deepEqual(findings(`hostTemplate: {ports: [${ports}]}\nhosts: {${hosts}}`), want);
});

test("no more findings are kept than anyone reads", () => {
  const found = findings(`hosts: {a: {vip: 127.0.0.2, ports: [${"x,".repeat(5000)}]}}`);
  assert.equal(found.length, 1001);
  assert.equal(found.at(-1), "0:0: 4000 more findings are not shown");
});
