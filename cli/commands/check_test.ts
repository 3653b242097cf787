// `check` and `schema`: exit codes, and what goes to which stream.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { TableSchema } from "../../core/manifest/keys/mod.ts";
import { KEYS } from "../../tests/support/builtin_keys.ts";
import { check } from "./check.ts";
import { schema } from "./schema.ts";

/** Runs `check` on a text, or on a file that cannot be read. */
async function run(text: string | Error, json = false): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    stdout: (part: string) => void out.push(part),
    stderr: (part: string) => void err.push(part),
    readInput: async () => {
      if (text instanceof Error) throw text;
      return new TextEncoder().encode(text);
    },
  };
  const code = await check({ file: "m.yaml", json }, io);
  return { code, out: out.join(""), err: err.join("") };
}

const GOOD = "hosts:\n  a: {vip: 127.0.0.2, colour: blue}\n";
const WARNING =
  "m.yaml:2:23: warning: Unknown key 'colour'\n  a: {vip: 127.0.0.2, colour: blue}\n                      ^^^^^^\n" +
  "  hint: The host has no way to it and is this machine; is a transport missing in 'plugins'?\n";

test("a valid manifest is printed, its warnings go to standard error", async () => {
  const { code, out, err } = await run(GOOD);
  assert.equal(code, 0);
  assert.match(out, /^hosts:\n {2}a:\n {4}vip: 127\.0\.0\.2\n/);
  assert.equal(err, WARNING);
});

test("keys of the built-in transports are known, checked and printed back", async () => {
  const { code, out, err } = await run(
    "hosts:\n  a: {vip: 127.0.0.2, docker: web}\n  b: {vip: 127.0.0.3, ssh: {host: me@b, port: 22}}\n",
  );
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /\n {4}docker: "web"\n/);
  assert.match(out, /\n {4}ssh:\n {6}host: "me@b"\n {6}port: 22\n/);
  assert.equal((await run(out)).out, out);
  const wrong = await run("hosts: {a: {vip: 127.0.0.2, docker: {container: web, host: 0}}}\n");
  assert.deepEqual([wrong.code, wrong.out], [65, ""]);
  assert.match(
    wrong.err,
    /^m\.yaml:1:60: error: 'docker\.host' is a number as it stands, a string was wanted; put it in quotes\n/,
  );
});

test("passwords are masked, as text, as JSON and in the lines that findings show", async () => {
  const text = `hosts:
  a: {vip: 127.0.0.2, http: {listen: "127.0.0.1:1", auth: {user: me, password: "hush hush"}, odd: 1}}
routes:
  - {to: ["*"], via: "socks5://you:geheim@127.0.0.1:1080", odd: 1}
`;
  const [plain, json] = await Promise.all([run(text), run(text, true)]);
  assert.deepEqual([plain.code, json.code], [0, 0]);
  for (const shown of [plain.out, plain.err, json.out]) assert.doesNotMatch(shown, /hush|geheim/);
  assert.match(plain.out, /auth: \{ user: "me", password: "\*{8}" \}/);
  assert.match(plain.out, /via: "socks5:\/\/you:\*{8}@127\.0\.0\.1:1080"/);
  assert.match(plain.err, /warning: Unknown key 'odd'/);
  assert.match(plain.err, /\n {2}- \{to: \["\*"\], via: "socks5:\/\/you:\*{6}@127.0.0.1:1080", odd: 1\}\n/);
  assert.equal((await run(plain.out)).out, plain.out, "what is printed is a manifest still");
});

test("a proxy that is open to others is warned about, and the exit code stays 0", async () => {
  const { code, err } = await run(`hosts: {a: {vip: 127.0.0.2, socks: {listen: "0.0.0.0:1080"}}}`);
  assert.equal(code, 0);
  assert.match(err, /warning: SOCKS proxy of host 'a' is open to everybody who can reach 0\.0\.0\.0:1080\n/);
});

const MANIFEST_PAGE = readFileSync(new URL("../../docs/manifest.md", import.meta.url), "utf8");

/** The item about a key in a text, in one line. */
function itemOf(text: string, key: string): string | undefined {
  const found = text.split(/^(?=- )|\n\n/m).find((part) => part.startsWith(`- **\`${key}\`**`));
  return found?.replace(/\s+/g, " ");
}

test("the page on manifests tells every way of the built-in transports, and every field", () => {
  const ways = KEYS.host.filter(({ way }) => way);
  assert.ok(ways.length >= 6);
  for (const { name, schema } of ways) {
    const item = itemOf(MANIFEST_PAGE, name) ?? "";
    const untold = (schema as TableSchema<unknown>).rows.filter((field) => !item.includes(`\`${field.name}\``));
    assert.deepEqual(untold, [], `${name}: ${item}`);
  }
});

test("the page on manifests tells every other key of the built-in plugins: its fields and their defaults", () => {
  const others = KEYS.host.filter(({ way }) => !way);
  assert.ok(others.length >= 6);
  for (const { name, schema, fallback } of others) {
    const section = MANIFEST_PAGE.split("\n### ").find((text) => text.split("\n")[0]?.includes(`\`${name}\``)) ?? "";
    // What two keys have alike stands once.
    const keys = [...(section.split("\n")[0] ?? "").matchAll(/`(\w+)`/g)].map(([, key = ""]) => key);
    for (const { name: field, fallback: holds } of (schema as TableSchema<unknown>).rows) {
      const items = [name, ...keys].flatMap((key) => itemOf(section, `${key}.${field}`) ?? []);
      const item = items[0] ?? assert.fail(`${name}.${field} has no item`);
      if (holds !== undefined) assert.ok(item.includes(holds === "" ? '`""`' : `\`${holds}\``), `${field}: ${holds} in ${item}`);
    }
    const host = itemOf(MANIFEST_PAGE, name) ?? assert.fail(`${name} has no item`);
    if (typeof fallback === "boolean") assert.ok(host.includes(`\`${fallback}\``), host);
  }
});

test("a plugin that is not there is an error of its own", async () => {
  const { code, out, err } = await run("plugins: [./gone.ts]\nhosts: {a: {vip: 127.0.0.2, gone: x}}\n");
  assert.deepEqual([code, out], [66, ""]);
  assert.match(err, /^m\.yaml:1:11: error: Plugin '\.\/gone\.ts' is not there: /);
  assert.equal(err.match(/: error: |: warning: /g)?.length, 1);
});

test("a wrong manifest prints every error and nothing on standard output", async () => {
  const { code, out, err } = await run("hosts:\n  a: {vip: x}\n  b:\n");
  assert.equal(code, 65);
  assert.equal(out, "");
  assert.equal(err.match(/: error: /g)?.length, 2);
});

test("a file that cannot be read", async () => {
  const { code, out, err } = await run(new Error("no such file"));
  assert.equal(code, 66);
  assert.equal(out, "");
  assert.equal(err, "m.yaml: error: Manifest cannot be read: no such file\n  hint: Check the path; '-' reads standard input\n");
});

test("JSON in all three cases is one document on standard output", async () => {
  const [good, bad, missing] = await Promise.all([run(GOOD, true), run("hosts: {}", true), run(new Error("gone"), true)]);
  assert.deepEqual([good.code, bad.code, missing.code], [0, 65, 66]);
  assert.deepEqual([good.err, bad.err, missing.err], ["", "", ""]);
  const read = JSON.parse(good.out);
  assert.equal(read.ok, true);
  assert.equal(read.manifest.hosts[0].vip, "127.0.0.2");
  assert.equal(read.diagnostics[0].severity, "warning");
  assert.deepEqual([JSON.parse(bad.out).ok, JSON.parse(bad.out).manifest], [false, null]);
  assert.equal(JSON.parse(missing.out).diagnostics[0].line, 0);
});

test("JSON holds no control characters and no endless lines", async () => {
  const { out } = await run(`hosts: {a: "${"\u0085\u202e".repeat(50_000)}"}`, true);
  assert.ok(out.length < 10_000);
  assert.doesNotMatch(out, /[^\n\P{Cc}]|\p{Cf}/u);
});

test("the schema is one JSON document", async () => {
  const out: string[] = [];
  assert.equal(await schema({ stdout: (part) => void out.push(part) }), 0);
  const { $schema, properties } = JSON.parse(out.join(""));
  assert.equal($schema, "https://json-schema.org/draft/2020-12/schema");
  const host = properties.hosts.additionalProperties.properties;
  for (const key of ["cmd", "docker", "podman", "kubectl", "lxc", "ssh"]) assert.ok(host[key].description, key);
});
