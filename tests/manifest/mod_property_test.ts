// What holds for every text and every manifest.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseManifest, printManifest, withoutPasswords } from "../../core/manifest/mod.ts";
import { MANIFEST_BOUNDS } from "../../core/manifest/text/bounds.ts";
import { ALL_KEYS, arbitraryManifest, PASSWORDS } from "./arbitrary_manifest.ts";

/** Parses, and checks what every result keeps to. */
function parse(text: string | Uint8Array): ReturnType<typeof parseManifest> {
  const result = parseManifest(text, "m.yaml", ALL_KEYS);
  assert.equal(result.routeLines?.length, result.manifest?.routes.length);
  const failed = result.diagnostics.some(({ severity }) => severity === "error");
  assert.equal(result.manifest === undefined, failed);
  for (const { line, column, length, text: shown, message } of result.diagnostics) {
    assert.ok(length >= 1 && message.length > 0 && !/\.$/.test(message));
    if (line === 0) assert.equal(column, 0);
    else assert.ok(column >= 1 && column <= shown.length + 1, `column ${column} of ${JSON.stringify(shown)}`);
  }
  return result;
}

const SEED = `x-ports: &p ["23:127.0.0.1:23"]
hostTemplate: {ports: ["22:127.0.0.1:22"], loopback: {disable: true}}
hosts:
  a: &a
    vip: 127.0.42.101
    cmd: "docker exec -i 'x y' norouter"
    ports: ["8080:127.0.0.1:80", "81:[::1]:80/tcp"]
  c: {vip: 127.0.42.102, any-key: {a: [1, x, *p], "b c": }}
  b: {<<: *a, vip: 10.0.0.1, ports: *p, aliases: [web.example.com]}
routes:
  - to: [10.0.0.0/8, "*.example.com"]
    via: a
`;

const PIECES = [
  "*a",
  "&a ",
  "<<: *a",
  "[",
  "]",
  "{",
  "}",
  ": ",
  "- ",
  "\t",
  "\n",
  "'",
  '"',
  "|\n",
  "? ",
  "---\n",
  "!!int ",
  "%",
  "#",
  "\0",
  "\ud800",
  "hosts",
  "null",
];

test("no string makes it throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => void parse(text)),
    { numRuns: 500 },
  );
});

test("no bytes make it throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parse(bytes)),
    { numRuns: 300 },
  );
});

test("no pieces of YAML make it throw", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 }))),
      (pieces) => void parse(pieces.join("")),
    ),
    { numRuns: 500 },
  );
});

test("no change to a valid manifest makes it throw", () => {
  const edit = fc.record({
    at: fc.nat({ max: SEED.length }),
    remove: fc.nat({ max: 12 }),
    insert: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 4 })),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
      const changed = edits.reduce((text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove), SEED);
      parse(changed);
    }),
    { numRuns: 1000 },
  );
});

test("the seed itself is valid", () => assert.ok(parse(SEED).manifest));

test("what is printed without passwords holds none, and reads back as what was printed", () => {
  fc.assert(
    fc.property(arbitraryManifest, (manifest) => {
      const masked = withoutPasswords(manifest, ALL_KEYS);
      const printed = printManifest(masked);
      for (const text of [printed, JSON.stringify(masked)]) for (const secret of PASSWORDS) assert.ok(!text.includes(secret));
      assert.deepEqual(parse(printed).manifest, masked);
      assert.deepEqual(withoutPasswords(masked, ALL_KEYS), masked);
    }),
  );
});

test("what is printed reads back as the same manifest", () => {
  fc.assert(
    fc.property(arbitraryManifest, (manifest) => {
      const { manifest: again, diagnostics } = parse(printManifest(manifest));
      assert.deepEqual(
        diagnostics.filter(({ severity }) => severity === "error"),
        [],
      );
      assert.deepEqual(again, manifest);
    }),
    { numRuns: 300 },
  );
});

test("a manifest of as many hosts and routes as may be is printed", () => {
  const { manifest } = parse('hosts: {a: {vip: 127.0.42.101, cmd: sh}}\nroutes: [{via: a, to: ["10.0.0.0/8"]}]');
  assert.ok(manifest);
  const many = <T>(list: readonly T[]) => Array.from({ length: MANIFEST_BOUNDS.hosts }).flatMap(() => list);
  const text = printManifest({ ...manifest, hosts: many(manifest.hosts), routes: many(manifest.routes) });
  assert.equal(text.split("    vip: ").length, MANIFEST_BOUNDS.hosts + 1);
});
