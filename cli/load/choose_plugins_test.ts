// The mapping form of `plugins`: built-in ones left out and replaced, the order of all, and what is wrong with either.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { tempDir } from "../../tests/support/lifetime.ts";
import { loadManifest } from "./io.ts";

const dir = tempDir("choose-plugins");
after(() => dir.remove());

/** A transport with a key, as a module beside the manifest. */
function written(name: string, key: string, more = ""): void {
  const schema = '{ "~standard": { version: 1, vendor: "t", validate: (value) => ({ value }) } }';
  const hostKey = `{ name: "${key}", way: true, description: "For tests.", schema: ${schema} }`;
  const transport = `{ name: "${name}", key: "${key}", claims: (s) => s.${key} !== undefined, describe: () => "there", open() {} }`;
  const setup = `(context) => { context.hostKey(${hostKey}); context.transport(${transport}); }`;
  writeFileSync(`${dir.path}/${name}.mjs`, `export default { name: "${name}", api: 2, ${more} setup: ${setup} };\n`);
}

/** Loads a manifest whose one host has these keys. */
async function load(plugins: string, keys = "") {
  const text = `plugins: ${plugins}\nhosts: { a: { vip: 127.0.0.2, ${keys} } }\n`;
  const result = await loadManifest(`${dir.path}/net.yaml`, { readInput: async () => new TextEncoder().encode(text) });
  const { manifest, diagnostics, code } = result;
  const found = diagnostics.map(({ line, column, message, hint }) => `${line}:${column} ${message}${hint ? ` | ${hint}` : ""}`);
  return { manifest, found, code, names: result.registry.plugins.map(({ name }) => name) };
}

test("a built-in plugin is left out, with its key", async () => {
  const { names, found } = await load("{ docker: false, socks: false, podman: true }", "docker: web");
  assert.ok(!names.includes("docker") && !names.includes("socks") && names.includes("podman"));
  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /Unknown key 'docker'/);
});

test("a key of a built-in plugin that is left out says so, and a host does not become this machine by it", async () => {
  const gone = "It belongs to the plugin 'socks', which 'plugins' leaves out";
  assert.deepEqual((await load("{ socks: false }", "socks: { listen: 127.0.0.1:1080 }")).found, [
    `2:31 Unknown key 'socks' | ${gone}`,
  ]);
  const beside = await load("{ socks: false }", "cmd: x, socks: { listen: 127.0.0.1:1080 }");
  assert.deepEqual(beside.found, [`2:39 Unknown key 'socks' | ${gone}`]);
  assert.deepEqual((await load("{ socks: false }\nhostTemplate: { socks: {} }")).found, [`2:17 Unknown key 'socks' | ${gone}`]);
  const way = await load("{ docker: false }", "docker: web");
  assert.deepEqual(way.found, [
    "2:31 Unknown key 'docker'; without a way to it, the host would be this machine" +
      " | It belongs to the plugin 'docker', which 'plugins' leaves out",
  ]);
  assert.equal(way.manifest, undefined);
  const limit = await load("{ journal: false }\nlimits: { journalBytes: 7 }");
  assert.deepEqual(limit.found, [
    "2:11 Unknown key 'journalBytes' | It belongs to the plugin 'journal', which 'plugins' leaves out",
  ]);
});

test("a route through a proxy names the plugin that is left out, also beside one that reaches other proxies", async () => {
  const routes = 'routes: [{ to: ["*.onion"], via: "socks5://me:secret@127.0.0.1:9050" }]';
  const said =
    "2:34 'via' is a URL of 'socks5:', which no plugin reaches | It belongs to the plugin 'upstream-socks', which 'plugins' leaves out";
  assert.deepEqual((await load(`{ upstream-socks: false }\n${routes}`)).found, [said]);
  const schema = '{ "~standard": { version: 1, vendor: "t", validate: () => ({ issues: [{ message: "is no web proxy" }] }) } }';
  const key = `{ name: "web-proxy", description: "For tests.", schemes: ["http"], schema: ${schema} }`;
  writeFileSync(`${dir.path}/web.mjs`, `export default { name: "web", api: 2, setup: (context) => context.routeKey(${key}) };\n`);
  assert.deepEqual((await load(`{ upstream-socks: false, web: ./web.mjs }\n${routes}`)).found, [said]);
});

test("another plugin takes the place, the name or the key of one that is left out", async () => {
  written("docker", "docker");
  const replaced = await load("{ docker: ./docker.mjs }", "docker: web");
  assert.deepEqual([replaced.found, replaced.manifest?.hosts[0]?.settings], [[], { docker: "web" }]);
  assert.deepEqual(replaced.names.filter((name) => name === "docker").length, 1);
  written("moby", "docker");
  const renamed = await load("{ docker: false, moby: ./moby.mjs }", "docker: web");
  assert.deepEqual([renamed.found, renamed.manifest?.hosts[0]?.settings], [[], { docker: "web" }]);
  const both = await load("{ moby: ./moby.mjs }", "docker: web");
  assert.deepEqual([both.code, both.found.length], ["plugin-invalid", 1]);
  assert.match(both.found[0] ?? "", /^1:18 Plugin '.\/moby.mjs' brings host key 'docker', which belongs to plugin "docker"/);
});

test("plugins come where the manifest or they themselves want it", async () => {
  written("first", "first", 'before: ["cmd"],');
  written("second", "second");
  const { names, found } = await load(
    "{ second: { from: ./second.mjs, before: [forward], after: [routes] }, first: ./first.mjs }",
  );
  assert.deepEqual(found, []);
  assert.equal(names.length, new Set(names).size);
  const listed = await load("[./first.mjs, { from: ./second.mjs, before: [cmd] }, dns]");
  assert.deepEqual(listed.found, []);
});

test("what is not there, is called otherwise or goes round in circles is an error at its place", async () => {
  written("one", "one");
  written("two", "two");
  const found = async (plugins: string) => (await load(plugins)).found;
  assert.equal((await load("{ sock: false }")).code, "manifest-invalid");
  assert.deepEqual(await found("{ sock: false }"), ["1:18 There is no built-in plugin 'sock' | Did you mean 'socks'?"]);
  assert.deepEqual(await found("{ one: { from: ./one.mjs, before: [forwar] } }"), [
    "1:45 There is no plugin 'forwar' | Did you mean 'forward'?",
  ]);
  assert.deepEqual(await found("{ forward: false, routes: { before: [forward] } }"), ["1:47 There is no plugin 'forward'"]);
  const [wrong = ""] = await found("{ uno: ./one.mjs }");
  assert.match(wrong, /^1:17 Plugin '.\/one.mjs' is named "one"; 'uno' was wanted/);
  const [circle = ""] = await found("{ one: { from: ./one.mjs, before: [two] }, two: { from: ./two.mjs, before: [one] } }");
  assert.match(circle, /comes after itself: one -> two -> one/);
});

test("an order of built-in plugins that goes round in circles is an error at its place", async () => {
  const { manifest, found, code } = await load("{ dns: { after: [cmd] }, socks: { before: [http-proxy], after: [http-proxy] } }");
  assert.deepEqual([manifest, code], [undefined, "plugin-invalid"]);
  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /^1:35 Plugin "http-proxy" comes after itself: http-proxy -> socks -> http-proxy/);
  written("third", "third");
  const beside = await load("{ third: ./third.mjs, socks: { before: [http-proxy], after: [http-proxy] } }");
  assert.match(beside.found[0] ?? "", /^1:32 Plugin "http-proxy" comes after itself/);
});

test("a plugin that wants to come before or after one that is left out comes anywhere", async () => {
  written("early", "early", 'before: ["forward"], after: ["socks"],');
  const { names, found } = await load("{ forward: false, socks: false, early: ./early.mjs }");
  assert.deepEqual([found, names.includes("early")], [[], true]);
});

test("a module for hosts may be as large as the manifest's limit says, and no larger", async () => {
  written("large", "large", 'host: { module: "./large_host.mjs" },');
  const part = 'export default { name: "large", api: 2, setup() {} };\n';
  writeFileSync(`${dir.path}/large_host.mjs`, part + " ".repeat(5 * 1024 * 1024));
  const usual = await load("{ large: ./large.mjs }");
  assert.match(
    usual.found[0] ?? "",
    /^1:19 Plugin '.\/large.mjs' has a host module '.*' that has more than 4 MiB, the limit 'codeBytes'/,
  );
  assert.deepEqual((await load("{ large: ./large.mjs }\nlimits: { codeBytes: 8388608 }")).found, []);
  writeFileSync(`${dir.path}/large_host.mjs`, part + " ".repeat(70_000));
  const less = await load("{ large: ./large.mjs }\nlimits: { codeBytes: 65537 }");
  assert.match(less.found[0] ?? "", /more than 65537 bytes, the limit 'codeBytes'/);
});

test("a host that nothing reaches any more is told with the plugin that is left out", async () => {
  const own = await load("{ memory: false }");
  assert.deepEqual([own.manifest, own.code, own.found.length], [undefined, "no-transport", 1]);
  assert.match(
    own.found[0] ?? "",
    /^0:0 No transport claims host "a"; there are .* \| 'plugins' leaves 'memory' out, which reaches it$/,
  );
  const by = await load("{ cmd: false }", "cmd: x");
  assert.match(by.found[0] ?? "", /^0:0 No transport claims host "a"; .* 'plugins' leaves 'cmd' out, which reaches it$/);
});
