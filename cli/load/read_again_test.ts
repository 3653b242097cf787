// A manifest for a network that runs: another list of plugins is refused, at its place, and other limits are told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openManifest } from "../../core/manifest/mod.ts";
import { NO_KEYS } from "../../core/mod.ts";
import { readerFor } from "./read_again.ts";

const HOSTS = "hosts: { local: { vip: 127.0.42.1 } }\n";
const FIRST = `plugins: [./a.ts, ./b.ts]\n${HOSTS}`;
const read = readerFor({ entries: openManifest(FIRST, "net.yaml").plugins, registry: { keys: NO_KEYS }, limits: undefined });
const again = (text: string) => read({ text, file: "net.yaml", added: [] });

test("the same plugins, written in any way, are taken", () => {
  for (const text of [FIRST, `${HOSTS}plugins:\n  - ./a.ts\n  - "./b.ts"\n`]) {
    const { manifest, diagnostics } = again(text);
    assert.deepEqual([manifest?.hosts.length, diagnostics], [1, []]);
  }
});

test("other plugins are refused", () => {
  const { manifest, diagnostics } = again(`plugins: [./a.ts, ./c.ts]\n${HOSTS}`);
  assert.equal(manifest, undefined);
  const [{ message = "", line = 0, column = 0, code } = {}] = diagnostics;
  assert.match(message, /Plugins cannot change while the network runs/);
  assert.deepEqual([line, column, code], [1, 19, undefined]);
  for (const text of [`plugins: [./a.ts]\n${HOSTS}`, HOSTS]) {
    const { manifest, diagnostics } = again(text);
    assert.deepEqual([manifest, diagnostics[0]?.message, diagnostics[0]?.code], [undefined, message, undefined]);
  }
});

test("what cannot be read says so, and nothing of plugins", () => {
  const { manifest, diagnostics } = again("hosts: [");
  assert.equal(manifest, undefined);
  assert.ok(diagnostics.every(({ message }) => !message.includes("Plugins")));
});

test("added hosts are read with it", () => {
  const { manifest, added } = read({
    text: FIRST,
    file: "net.yaml",
    added: [{ name: "db", text: "{ vip: 127.0.42.2, cmd: db }" }],
  });
  assert.deepEqual([manifest?.hosts.map(({ name }) => name), added], [["local", "db"], ["db"]]);
});

test("other limits are taken with a warning: they count from the next start on", () => {
  const limits = { returnMs: 10_000, stableMs: 3000 };
  const limited = readerFor({ entries: [], registry: { keys: NO_KEYS }, limits });
  const said = (text: string) =>
    limited({ text, file: "net.yaml", added: [] }).diagnostics.map(({ severity, message }) => `${severity} ${message}`);
  assert.deepEqual(said(`${HOSTS}limits: { stableMs: 3000, returnMs: 10000 }\n`), []);
  const warning = ["warning 'limits' have changed, which takes effect at the next start"];
  assert.deepEqual([said(`${HOSTS}limits: { stableMs: 4000, returnMs: 10000 }\n`), said(HOSTS)], [warning, warning]);
});
