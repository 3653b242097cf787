// Plugins of a manifest: from a file, from a package, made with the toolkit, and every way in which one cannot be used.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createManager } from "../../core/mod.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { explain } from "../commands/explain.ts";
import { ownInfo } from "../process/runtime.ts";
import { loadManifest } from "./io.ts";
import { IS_DENO } from "./plugin_files.ts";
import { importPlugin } from "./plugins.ts";

/** A plugin as a module without types: a transport for hosts with its own key. */
const moduleOf = (name: string, key = name) => `({
  name: ${JSON.stringify(name)},
  api: 2,
  setup: (context) => {
    context.hostKey({ name: ${JSON.stringify(key)}, way: true, description: "For tests.", schema: { "~standard": { version: 1, vendor: "t", validate: (value) => ({ value }) } } });
    context.transport({
      name: ${JSON.stringify(name)},
      key: ${JSON.stringify(key)},
      claims: (settings) => settings[${JSON.stringify(key)}] !== undefined,
      describe: () => "there",
      open: () => { throw new Error("not here"); },
    });
  },
})`;
const plugin = (name: string, key?: string) => `export default ${moduleOf(name, key)};\n`;

const base = tempDir("plugins");
after(() => base.remove());
let made = 0;

/** A folder with these files. */
function folder(files: Readonly<Record<string, string>>): string {
  made += 1;
  const root = join(base.path, `${made}`);
  mkdirSync(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** Loads a manifest with these plugins, whose first host has this key, from a folder. */
async function load(root: string, specifiers: readonly string[], key = "") {
  const text = `plugins:\n${specifiers.map((one) => `  - ${JSON.stringify(one)}\n`).join("")}hosts:\n  a: {vip: 127.0.0.2, ${key}}\n`;
  const { manifest, registry, diagnostics, code } = await loadManifest(join(root, "net.yaml"), {
    readInput: async () => new TextEncoder().encode(text),
  });
  const found = diagnostics.map(({ line, column, message, ...more }) =>
    `${line}:${column} ${more.code ?? ""} ${message}`.replaceAll(root, "DIR"),
  );
  return { settings: manifest?.hosts[0]?.settings, names: registry.plugins.map(({ name }) => name), found, code };
}

/** What is found when the only plugin is this text in `x.mjs`. */
async function findingOf(text: string): Promise<string> {
  const { found, settings } = await load(folder({ "x.mjs": text }), ["./x.mjs"]);
  assert.equal(settings, undefined);
  assert.equal(found.length, 1);
  return found[0] ?? "";
}

test("a file beside the manifest brings a key", async () => {
  const root = folder({ "x.mjs": plugin("x"), "sub/y.mjs": plugin("y") });
  for (const specifier of ["./x.mjs", join(root, "x.mjs"), pathToFileURL(join(root, "x.mjs")).href]) {
    const { settings, names, found } = await load(root, [specifier, "./sub/y.mjs", "docker"], "x: {a: 1}");
    assert.deepEqual([settings, names.slice(-2), found], [{ x: { a: 1 } }, ["x", "y"], []]);
  }
  assert.deepEqual((await load(join(root, "sub"), ["../x.mjs"], "x: 1")).settings, { x: 1 });
});

test("a single TypeScript file is made with the toolkit, without any import", async () => {
  const text = `interface Toolkit { PLUGIN_API: number; settingsOf: Function; shellTransport: Function }
export default ({ settingsOf, shellTransport }: Toolkit) => shellTransport({
  name: "box", description: "A box.", failures: [],
  settings: settingsOf({ shorthand: "id", fields: { id: { description: "Its id.", required: true } } }),
  argv: ({ id }: { id: string }, command: string[]) => ["box", id, ...command],
  describe: ({ id }: { id: string }) => id,
});
`;
  const root = folder({ "box.ts": text });
  assert.deepEqual((await load(root, ["./box.ts"], "box: web")).settings, { box: { id: "web" } });
  const { found, code } = await load(root, ["./box.ts"], "box: {idd: web}");
  assert.deepEqual([found.length, code, found[1]], [2, "manifest-invalid", "4:29  'box.idd' is not known"]);
});

test("a package, by what its package.json says", async () => {
  const root = folder({
    "node_modules/norouter-transport-a/package.json": `{"exports": {".": {"types": "./x.d.ts", "import": "./a.mjs", "require": "./no.cjs"}, "./more": "./more.mjs"}}`,
    "node_modules/norouter-transport-a/a.mjs": plugin("a"),
    "node_modules/norouter-transport-a/more.mjs": plugin("more"),
    "node_modules/norouter-transport-b/package.json": `{"main": "./lib/b.js", "type": "module"}`,
    "node_modules/norouter-transport-b/lib/b.js": plugin("b"),
    "node_modules/@me/c/package.json": `{"exports": [{"browser": "./no.js"}, "./c.cjs"]}`,
    "node_modules/@me/c/c.cjs": `module.exports = ${moduleOf("c")};\n`,
    "net/d/keep": "",
  });
  const specifiers = ["norouter-transport-a", "norouter-transport-a/more", "norouter-transport-b", "@me/c"];
  const { names, found } = await load(join(root, "net/d"), specifiers);
  assert.deepEqual([names.slice(-4), found], [["a", "more", "b", "c"], []]);
  if (!IS_DENO) {
    const again = await load(root, ["npm:norouter-transport-a@1.2", "npm:@me/c@^1"]);
    assert.deepEqual([again.names.slice(-2), again.found], [["a", "c"], []]);
  }
});

test("what is not there is missing, at its place", async () => {
  const root = folder({
    "dir/mod.ts": "",
    "node_modules/hollow/package.json": "{}",
    "node_modules/closed/package.json": `{"exports": {"./sub": "./x.js"}}`,
    "node_modules/gone/package.json": `{"exports": "./x.js"}`,
    "node_modules/out/package.json": `{"exports": "./../../x.mjs"}`,
    "node_modules/odd/package.json": "{",
    "x.mjs": plugin("x"),
  });
  const one = async (specifier: string) => (await load(root, [specifier])).found;
  const missing = (specifier: string, what: string) => [`2:5 plugin-missing Plugin '${specifier}' ${what}`];
  assert.deepEqual(await one("./no.ts"), missing("./no.ts", "is not there: there is no file 'DIR/no.ts'"));
  assert.deepEqual(await one("./dir/"), missing("./dir/", "is not a file; name its module, such as './dir/mod.ts'"));
  assert.deepEqual(await one("file://else.where/x.js"), missing("file://else.where/x.js", "is not the address of a file here"));
  assert.deepEqual(await one("nope"), missing("nope", "is not installed: there is no 'node_modules/nope' in 'DIR' or above"));
  assert.deepEqual(await one("gone"), missing("gone", "has no module: there is no file 'DIR/node_modules/gone/x.js'"));
  for (const bad of ["a b", "x@1", "@x"]) assert.match((await one(bad))[0] ?? "", /neither a path nor the name of a package/);
  for (const bad of ["closed", "out", "odd", "hollow"]) assert.match((await one(bad))[0] ?? "", /plugin-invalid.*has no module/);
  if (!IS_DENO) assert.match((await one("jsr:@a/b"))[0] ?? "", /plugin-missing.*is of jsr, which only Deno imports/);
});

test("a module that cannot be used says why", async () => {
  const at = "2:5 plugin-invalid Plugin './x.mjs'";
  assert.match(
    await findingOf("export default {"),
    /plugin-invalid Plugin '.\/x.mjs' (has a syntax error|fails when it is imported)/,
  );
  assert.equal(await findingOf(`throw new Error("boom.\\nmore");`), `${at} fails when it is imported: boom`);
  assert.match(await findingOf(`import "./no.mjs";`), /fails when it is imported/);
  assert.equal(
    await findingOf("export const x = 1;"),
    `${at} has no default export; a plugin, or a function that gives one, was wanted`,
  );
  assert.equal(await findingOf("export default 7;"), `${at} is 7; an object was wanted`);
  assert.equal(await findingOf(`export default () => { throw new Error("boom"); };`), `${at} fails when it is made: boom`);
  assert.equal(
    await findingOf("export default async () => { throw new Error('late'); };"),
    `${at} gives a promise, a plugin was wanted`,
  );
});

test("a module that never runs to its end is named after a while", async () => {
  const root = folder({ "x.mjs": "await new Promise(() => undefined); export default {};" });
  await assert.rejects(importPlugin("./x.mjs", root, 20), {
    code: "plugin-invalid",
    message: "Plugin './x.mjs' has not run to its end within 0.02 s",
  });
});

test("a plugin that does not fit says why", async () => {
  const at = "2:5 plugin-invalid Plugin './x.mjs'";
  const changed = (change: string) => findingOf(`export default { name: "x", api: 2, setup() {}, ${change} };`);
  assert.equal(await changed("api: 1"), `${at} was written for contract 1; 2 was wanted`);
  assert.equal(await changed("name: 'X y'"), `${at} has no name of lower case letters, digits and dashes`);
  assert.equal(await changed("setup: 1"), `${at} has no 'setup' function`);
  assert.equal(await changed("setup() { throw new Error('boom'); }"), `${at} fails in its set-up: boom`);
  assert.equal(await changed("name: 'docker'"), `${at} is named "docker", as a built-in plugin is`);
  assert.equal(await changed("after: ['none']"), `${at} comes after "none", which is not there`);
  assert.match(await changed("setup(c) { c.transport({ name: 't' }); }"), /registers transport "t" without 'claims'/);
  assert.equal(await findingOf(plugin("x", "vip")), `${at} brings host key 'vip', which is the manifest's own`);
  assert.equal(await findingOf(plugin("x", "docker")), `${at} brings host key 'docker', which belongs to plugin "docker"`);
});

test("every failure is told, with what else is wrong, and nothing is taken for unknown", async () => {
  const root = folder({ "x.mjs": plugin("x"), "y.mjs": plugin("x", "y"), "z.mjs": "throw 1;" });
  const { found, code } = await load(root, ["./x.mjs", "./y.mjs", "./z.mjs", "./w.mjs"], "z: 1, ports: 1");
  assert.deepEqual(found, [
    `3:5 plugin-invalid Plugin './y.mjs' is named "x", as another plugin is`,
    "4:5 plugin-invalid Plugin './z.mjs' fails when it is imported: 1",
    "5:5 plugin-missing Plugin './w.mjs' is not there: there is no file 'DIR/w.mjs'",
    "7:36  'ports' is a number, a list was wanted",
  ]);
  assert.equal(code, "plugin-invalid");
});

test("plugins may come after one another", async () => {
  const later = `export default { name: "first", api: 2, after: ["x"], setup() {} };`;
  const root = folder({ "x.mjs": plugin("x"), "first.mjs": later });
  assert.deepEqual((await load(root, ["./first.mjs", "./x.mjs"])).found, []);
});

/** A rule as others write it: a file without any import. */
const ruleModule = (body: string) => `export default {
  name: "blocklist",
  api: 2,
  setup: (context) => {
    context.routeKey({ name: "blocklist", destinations: true, description: "Names.", schema: { "~standard": { version: 1, vendor: "t", validate: (value) => ({ value }) } } });
    context.rule({ name: "blocklist", key: "blocklist", routes: (names) => { ${body} } });
  },
};
`;

test("a rule from a file beside the manifest stands at its place among the routes", async () => {
  const root = folder({ "blocklist.mjs": ruleModule(`return [{ to: names.map((name) => "*." + name) }];`) });
  const explained = async (name: string, routes: string) => {
    const text = `plugins: [./blocklist.mjs]\nhosts: {local: {vip: 127.0.0.2}, b: {vip: 127.0.0.3, cmd: x}}\nroutes: [${routes}]\n`;
    const out: string[] = [];
    const io = { stdout: (part: string) => void out.push(part), stderr: assert.fail, readInput: async () => Buffer.from(text) };
    const code = await explain({ destination: name, file: join(root, "net.yaml"), from: undefined, json: true }, io);
    const { decision, route, alsoFits } = JSON.parse(out.join(""));
    return { code, decision, route, alsoFits };
  };
  const all = "{to: ['*'], via: b}";
  const block = "{blocklist: [evil.org], action: refuse}";
  const ruled = { entry: 1, index: 1, line: 3, pattern: "*.evil.org", rule: "blocklist" };
  const earlier = { entry: 0, index: 0, line: 3, pattern: "*" };
  assert.deepEqual(await explained("a.evil.org", `${all}, ${block}`), {
    code: 77,
    decision: "refused",
    route: ruled,
    alsoFits: [earlier],
  });
  const { code, decision } = await explained("a.evil.org", `${block}, ${all}`);
  assert.deepEqual([code, decision], [0, "via"]);
});

test("a rule that fails is told before anything is started, with its route", async () => {
  const root = folder({ "blocklist.mjs": ruleModule(`throw new Error("No list here");`) });
  const text =
    "plugins: [./blocklist.mjs]\nhosts: {a: {vip: 127.0.0.2}}\nroutes:\n  - {to: ['*'], via: a}\n  - {blocklist: [x], via: a}\n";
  const { manifest, diagnostics, code } = await loadManifest(join(root, "net.yaml"), {
    readInput: async () => Buffer.from(text),
  });
  assert.deepEqual([manifest, code], [undefined, "rule-failed"]);
  assert.deepEqual(
    diagnostics.map(({ message }) => message),
    ['routes[1] on line 5: Rule "blocklist" fails: No list here'],
  );
});

test("a rule's key is its own", async () => {
  const at = "2:5 plugin-invalid Plugin './x.mjs'";
  const keyed = (key: string) =>
    findingOf(
      ruleModule("return [];")
        .replace(`name: "blocklist", destinations`, `name: "${key}", destinations`)
        .replace(`key: "blocklist"`, `key: "${key}"`),
    );
  for (const key of ["to", "notTo", "via", "action"])
    assert.equal(await keyed(key), `${at} brings route key '${key}', which is the manifest's own`);
  assert.equal(await keyed("A b"), `${at} brings route key "A b"; letters, digits and dashes were wanted`);
});

test("a plugin's set-up runs once, for checks and for the network that runs", async () => {
  const root = folder({
    "x.mjs": `globalThis.setUps = [];\nexport default { name: "x", api: 2, setup: () => void globalThis.setUps.push("x") };\n`,
  });
  const text = `plugins: [./x.mjs]\nhosts: { a: { vip: 127.0.0.2 } }\n`;
  const { manifest, registry } = await loadManifest(join(root, "net.yaml"), {
    readInput: async () => new TextEncoder().encode(text),
  });
  assert.ok(manifest);
  const manager = createManager({ plugins: registry, agent: ownInfo() });
  await manager.apply(manifest);
  await manager.stop("test");
  assert.deepEqual((globalThis as { setUps?: readonly string[] }).setUps, ["x"]);
});
