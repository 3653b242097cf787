// Hosts that are added to a manifest: places of what is wrong with them, secrets, and texts that are no hosts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest } from "./mod.ts";
import { MANIFEST_BOUNDS } from "./text/bounds.ts";

const BASE = `# a comment
hosts:
  local: { vip: 127.0.42.1 } # and one more
  web:
    vip: 127.0.42.2
    cmd: web
`;
const read = (added: Record<string, string>, base = BASE) =>
  parseManifest(
    base,
    "net.yaml",
    {},
    Object.entries(added).map(([name, text]) => ({ name, text })),
  );
const findings = (added: Record<string, string>, base?: string) =>
  read(added, base).diagnostics.map(({ file, line, column, text }) => ({ file, line, column, text }));

test("they stand among the hosts, in block or flow, with anchors and comments of their own", () => {
  const { manifest, added, diagnostics } = read({
    db: "# how it is reached\nvip: 127.0.42.3\ncmd: &way [db]\nx-more: *way\n",
    flow: '{"vip": "127.0.42.4", "cmd": "flow"}',
    bom: "\ufeffvip: 127.0.42.5\ncmd: bom",
  });
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === "error"),
    [],
  );
  assert.deepEqual(
    manifest?.hosts.map(({ name }) => name),
    ["local", "web", "db", "flow", "bom"],
  );
  assert.deepEqual(added, ["db", "flow", "bom"]);
});

test("routes may lead through them", () => {
  const routed = `${BASE}routes: [{ to: [10.0.0.0/8], via: db }]\n`;
  assert.equal(read({}, routed).manifest, undefined);
  assert.ok(read({ db: "{ vip: 127.0.42.3, cmd: db }" }, routed).manifest);
});

test("findings are at their place in the text that they are about", () => {
  const added = { one: "vip: 127.0.42.3\ncmd: one\n", two: "cmd: two\n\nvip: 127.0.42.2\nports: ['x']\n" };
  assert.deepEqual(findings(added), [
    { file: "host 'two'", line: 3, column: 6, text: "vip: 127.0.42.2" },
    { file: "host 'two'", line: 4, column: 9, text: "ports: ['x']" },
  ]);
  assert.deepEqual(findings({ one: "vip: 127.0.42.3\ncmd: one" }, BASE.replace("127.0.42.2", "nonsense")), [
    { file: "net.yaml", line: 5, column: 10, text: "    vip: nonsense" },
  ]);
});

test("a host of the manifest's own stays as it is there", () => {
  const { manifest, added } = read({ web: "{ vip: 127.0.42.9, cmd: other }" });
  assert.deepEqual([manifest?.hosts[1]?.vip, added], ["127.0.42.2", []]);
});

test("what is no host is said at its text, and nothing of it gets beyond it", () => {
  for (const text of [
    "",
    "- a list",
    "text",
    "vip: '127.0.42.3",
    "}",
    "{ vip: 127.0.42.3 }\n---\nhosts: {}",
    "*nowhere",
    "hosts: { evil: {} }",
  ]) {
    const { manifest, diagnostics } = read({ db: text, next: "{ vip: 127.0.42.4, cmd: next }" });
    assert.equal(manifest, undefined, text);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    assert.deepEqual([...new Set(errors.map(({ file }) => file))], ["host 'db'"], `${text}: ${JSON.stringify(errors)}`);
  }
});

test("secrets of an added host are hidden, and it may not be larger than a manifest", () => {
  const { diagnostics } = read({
    db: "vip: x\ncmd: 'curl https://me:hush@example.com'\nauth: { password: hush }\npassword: [hush",
  });
  assert.ok(diagnostics.length > 0);
  assert.doesNotMatch(JSON.stringify(diagnostics), /hush/);
  const large = `vip: 127.0.42.3 # ${"x".repeat(MANIFEST_BOUNDS.bytes - 100)}`;
  assert.match(read({ db: large }).diagnostics[0]?.message ?? "", /at most 1048576 were wanted/);
  assert.match(read({ db: `${large}${large}` }).diagnostics[0]?.message ?? "", /The file has .* bytes/);
});

test("wrong names are said, too", () => {
  for (const name of ["a b", "", "-x", "LOCAL"]) {
    const { manifest, diagnostics } = read({ [name]: "{ vip: 127.0.42.3, cmd: x }" });
    assert.equal(manifest, undefined, name);
    assert.ok(diagnostics.some(({ severity }) => severity === "error"));
  }
});
