// Keys of transports: what becomes of their values, what is said about wrong ones and where, and that a host has one way.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PluginKey, SettingsIssue } from "../../plugin/key.ts";
import { manifestSchema, parseManifest, parseWay, printManifest } from "../mod.ts";

function key(name: string, validate: PluginKey["schema"]["~standard"]["validate"]): PluginKey {
  return {
    name,
    description: `Key ${name} for tests.`,
    way: true,
    schema: { "~standard": { version: 1, vendor: "test", validate } },
  };
}

const box = key("box", (value) => ({ value: typeof value === "string" ? { name: value } : value }));
const crate = key("crate", (value) => ({ value }));

/** A key that finds the same wrong with everything. */
const wrong = (...issues: SettingsIssue[]) => key("box", () => ({ issues }));

function findings(host: string, keys: readonly PluginKey[] = [box, crate]): string[] {
  const { manifest, diagnostics } = parseManifest(`hosts:\n  a:\n    vip: 127.0.0.2\n    ${host}\n`, "m.yaml", { host: keys });
  assert.equal(manifest !== undefined, !diagnostics.some(({ severity }) => severity === "error"));
  return diagnostics.map(
    ({ line, column, length, severity, message, hint, code }) =>
      `${line}:${column}+${length}: ${severity}: ${message}${hint ? ` | ${hint}` : ""}${code ? ` (${code})` : ""}`,
  );
}

function settings(host: string, keys: readonly PluginKey[] = [box, crate]) {
  const { manifest, diagnostics } = parseManifest(`hosts: {a: {vip: 127.0.0.2, ${host}}}`, "m.yaml", { host: keys });
  assert.deepEqual(diagnostics, []);
  return { settings: manifest?.hosts[0]?.settings, written: manifest?.hosts[0]?.written };
}

test("a value is read as plain data, and what its schema makes of it becomes the settings", () => {
  assert.deepEqual(settings("box: web"), { settings: { box: { name: "web" } }, written: { box: "web" } });
  const data = { list: [1, "x", null, true], "a b": { c: -1.5 }, "1": "one" };
  assert.deepEqual(settings(`box: ${JSON.stringify(data)}`), { settings: { box: data }, written: { box: data } });
  const empty = parseManifest("hosts: {a: {vip: 127.0.0.2, box: }}", "m.yaml", { host: [box] }).diagnostics;
  assert.deepEqual(
    empty.map(({ severity, message }) => `${severity}: ${message}`),
    ["error: 'box' has no value"],
  );
  assert.deepEqual(settings("cmd: x, install: true"), { settings: { cmd: ["x"], install: true }, written: undefined });
  assert.deepEqual(settings("install: false"), { settings: {}, written: undefined });
});

test("what a schema changes in its input changes nothing that was written", () => {
  const changing = key("box", (value) => {
    (value as { added?: number }).added = 1;
    return { value };
  });
  assert.deepEqual(settings("box: {a: 1}", [changing]), { settings: { box: { a: 1, added: 1 } }, written: { box: { a: 1 } } });
});

test("an issue points at its place in the value", () => {
  const said = (text: string, ...issues: SettingsIssue[]) => findings(text, [wrong(...issues)]);
  const message = "is a number, a string was wanted";
  assert.deepEqual(said("box: {a: 17}", { message, path: ["a"] }), [`4:14+2: error: 'box.a' ${message}`]);
  assert.deepEqual(said("box: {a: [x, 17]}", { message, path: [{ key: "a" }, 1] }), [
    `4:18+2: error: Item 2 of 'box.a' ${message}`,
  ]);
  assert.deepEqual(said("box: {a: [{b: 17}]}", { message, path: ["a", 0, "b"] }), [`4:19+2: error: 'box.a[0].b' ${message}`]);
  assert.deepEqual(said("box: 17", { message }), [`4:10+2: error: 'box' ${message}`]);
  assert.deepEqual(said("box: {a: {b: 1}}", { message: "Invalid input.", path: ["a"] }), [
    "4:14+6: error: 'box.a': Invalid input",
  ]);
});

test("what is missing is pointed at by the key it is missing from, what is unknown by itself", () => {
  const said = (text: string, ...issues: SettingsIssue[]) => findings(text, [wrong(...issues)]);
  const message = "is missing";
  assert.deepEqual(said("box: {a: 1}", { message, path: ["c"] }), ["4:5+3: error: 'box.c' is missing"]);
  assert.deepEqual(said("box: {a: {b: 1}}", { message, path: ["a", "c"] }), ["4:11+1: error: 'box.a.c' is missing"]);
  assert.deepEqual(said("box: x", { message, path: ["a", "c"] }), ["4:5+3: error: 'box.a.c' is missing"]);
  const unknown = { message: "is not known", path: [{ key: "nmae", origin: "key" }], known: ["name", "user"] };
  assert.deepEqual(said("box: {nmae: x}", unknown), ["4:11+4: error: 'box.nmae' is not known | Did you mean 'name'?"]);
});

test("many issues are bounded, and so is each", () => {
  const many = Array.from({ length: 500 }, (_, at) => ({ message: `x${at}${"y".repeat(5000)}` }));
  const found = findings("box: x", [wrong(...many)]);
  assert.equal(found.length, 20);
  assert.ok(found.every((one) => one.length < 400));
  assert.deepEqual(findings("box: x", [wrong()]), ["4:10+1: error: 'box' is not valid"]);
});

test("a schema that is broken itself is one finding with its code", () => {
  const broken = (validate: () => unknown) => findings("box: x", [key("box", validate as () => Promise<never>)]);
  const boom = () => {
    throw new Error("boom");
  };
  assert.deepEqual(broken(boom), ["4:5+3: error: Schema of 'box' fails: boom (plugin-invalid)"]);
  const promise = "4:5+3: error: Schema of 'box' gave a promise, an answer at once was wanted (plugin-invalid)";
  assert.deepEqual(
    broken(async () => ({ value: 1 })),
    [promise],
  );
  assert.deepEqual(
    broken(async () => boom()),
    [promise],
  );
  assert.deepEqual(
    broken(() => undefined),
    ["4:5+3: error: Schema of 'box' gave no result (plugin-invalid)"],
  );
  const odd = [{ issues: 7 }, { issues: [null] }, { issues: [{ path: 7 }] }, { issues: [{ path: [null] }] }];
  for (const result of odd)
    assert.match(broken(() => result)[0] ?? "", /^4:5\+3: error: Schema of 'box' fails: .*\(plugin-invalid\)$/);
  const strange = { message: Symbol("m"), path: [Symbol("p"), {}, Number.NaN], known: [1] };
  assert.deepEqual(
    broken(() => ({ issues: [strange] })),
    ["4:5+3: error: 'box.Symbol(p).undefined.NaN': Symbol(m) | Known are 1"],
  );
});

test("a host has one way", () => {
  const out = "Leave one of them out";
  assert.deepEqual(findings("box: x\n    crate: y"), [
    `5:5+5: error: Host 'a' has both 'box' and 'crate', one way was wanted | ${out}`,
  ]);
  assert.deepEqual(findings("crate: x\n    box: y"), [
    `5:5+3: error: Host 'a' has both 'crate' and 'box', one way was wanted | ${out}`,
  ]);
  assert.deepEqual(findings("box: x\n    cmd: y"), [
    `4:5+3: error: Host 'a' has both 'cmd' and 'box', one way was wanted | ${out}`,
  ]);
  assert.deepEqual(findings("box: x\n    cmd: []"), []);
});

test("'install' goes with 'cmd' alone", () => {
  assert.deepEqual(findings("install: true"), [
    "4:14+4: error: Host 'a' has 'install' but no 'cmd' | Add 'cmd: docker exec -i web', for example",
  ]);
  assert.deepEqual(findings("box: x\n    install: true"), [
    "5:14+4: error: 'install' stands beside 'box', which always sends the agent | Leave 'install' out",
  ]);
  assert.match(findings("install: yes")[0] ?? "", /'install' is a string, true or false was wanted/);
  assert.deepEqual(findings("cmd: docker exec -i web\n    install: true"), []);
});

test("'agentDir' is a whole path, of a host that an agent is sent to", () => {
  for (const path of ["/data/norouter", "~/agents"]) {
    assert.deepEqual(findings(`box: x\n    agentDir: ${path}`), []);
    assert.deepEqual(findings(`cmd: docker exec -i web\n    install: true\n    agentDir: ${path}`), []);
  }
  for (const path of ["agents", "~me/agents", "/"]) {
    assert.match(findings(`box: x\n    agentDir: "${path}"`)[0] ?? "", /'agentDir' is not valid/, path);
  }
  assert.match(findings("cmd: docker exec -i web norouter\n    agentDir: /data")[0] ?? "", /no agent is sent to it/);
});

test("'agent' is one of four words, of a host that an agent is sent to", () => {
  for (const agent of ["auto", "runtime", "engine", "bun"]) {
    assert.deepEqual(findings(`box: x\n    agent: ${agent}`), []);
    assert.deepEqual(findings(`cmd: docker exec -i web\n    install: true\n    agent: ${agent}`), []);
  }
  assert.match(
    findings("box: x\n    agent: node")[0] ?? "",
    /'agent' is 'node', 'auto' or 'runtime' or 'engine' or 'bun' was wanted/,
  );
  assert.match(findings("cmd: docker exec -i web norouter\n    agent: bun")[0] ?? "", /'agent', but no agent is sent to it/);
  assert.match(findings("agent: engine")[0] ?? "", /'agent', but no agent is sent to it/);
});

test("ways do not belong into the template, and one that is misspelt does not make a host this machine", () => {
  const text = "hostTemplate:\n  box: x\n  install: true\nhosts: {a: {vip: 127.0.0.2, bax: y}}\n";
  const found = parseManifest(text, "m.yaml", { host: [box] }).diagnostics.map(
    ({ line, message, hint }) => `${line} ${message} | ${hint}`,
  );
  assert.deepEqual(found, [
    "2 'hostTemplate' may not have 'box' | Every host needs a way of its own: write it in each host",
    "3 'hostTemplate' may not have 'install' | It belongs to a host's command: write it in each host",
    "4 Unknown key 'bax'; without a way to it, the host would be this machine | Did you mean 'box'?",
  ]);
});

test("a fallback that goes with ways is for hosts that one of them leads to; what is written is for any host", () => {
  const schema: PluginKey["schema"] = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
  const lid: PluginKey = {
    name: "lid",
    description: "For tests.",
    schema,
    fallback: {},
    fallbackWith: ["box", "crate"],
    template: true,
  };
  const always: PluginKey = { name: "always", description: "For tests.", schema, fallback: "yes" };
  const keys = { host: [lid, always, box, crate, key("jar", (value) => ({ value }))] };
  const lids = (template: string) => {
    const text = `${template}
hosts:
  a: { vip: 127.0.0.2 }
  b: { vip: 127.0.0.3, box: x }
  c: { vip: 127.0.0.4, lid: { shut: true }, crate: y }
  d: { vip: 127.0.0.5, jar: z }
  e: { vip: 127.0.0.6, jar: z, lid: { shut: false } }
  f: { vip: 127.0.0.7, cmd: z }
`;
    const { manifest, diagnostics } = parseManifest(text, "m.yaml", keys);
    assert.deepEqual(diagnostics, []);
    assert.ok(manifest);
    assert.deepEqual(parseManifest(printManifest(manifest), "printed.yaml", keys).manifest, manifest);
    assert.ok(manifest.hosts.every((host) => host.keys.always === "yes"));
    return Object.fromEntries(
      manifest.hosts.flatMap(({ name, keys: { lid: shut } }) => (shut === undefined ? [] : [[name, shut]])),
    );
  };
  assert.deepEqual(lids(""), { b: {}, c: { shut: true }, e: { shut: false } });
  const high = { high: true };
  assert.deepEqual(lids("hostTemplate: { lid: { high: true } }"), {
    ...{ a: high, b: high, d: high, f: high },
    c: { shut: true, ...high },
    e: { shut: false, ...high },
  });
});

test("what is printed holds what was written", () => {
  const long = "k".repeat(2000);
  const data = { 'a "quoted" key': [".5", 0.5, true, null, "\u0085\u202e"], [long]: "yes", "": {}, list: [] };
  const text = `hosts: {a: {vip: 127.0.0.2, box: ${JSON.stringify(data)}}, b: {vip: 127.0.0.3, crate: [.inf, -.inf, 0]}}`;
  const { manifest } = parseManifest(text, "m.yaml", { host: [box, crate] });
  assert.ok(manifest);
  const printed = printManifest(manifest);
  assert.match(printed, /\n {4}crate: \[\.inf, -\.inf, 0\]\n/);
  assert.deepEqual(parseManifest(printed, "m.yaml", { host: [box, crate] }).manifest, manifest);
});

test("the schema for editors takes what a validator says of itself", () => {
  const input = () => ({ $schema: "x", type: "object", properties: { a: { $ref: "#/$defs/a" } }, $defs: { a: {} } });
  const told: PluginKey = { ...box, schema: { "~standard": { ...box.schema["~standard"], jsonSchema: { input } } } };
  const boom = () => assert.fail("boom");
  const silent: PluginKey = { ...crate, schema: { "~standard": { ...crate.schema["~standard"], jsonSchema: { input: boom } } } };
  const { properties } = manifestSchema({ host: [told, silent] }) as { properties: { hosts: { additionalProperties: unknown } } };
  const host = properties.hosts.additionalProperties as { properties: Record<string, unknown> };
  const { $schema: _, ...rest } = input();
  const description = told.description;
  assert.deepEqual(host.properties.box, { ...rest, type: "object", $id: "urn:norouter:key:box", description });
  assert.deepEqual(host.properties.crate, { description: crate.description });
});

test("the way to one host alone", () => {
  const read = (text: string) => {
    const { settings: found, diagnostics } = parseWay(text, "--settings", [box, crate]);
    return found ?? diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`);
  };
  assert.deepEqual(read("{ box: web }"), { box: { name: "web" } });
  assert.deepEqual(read("box:\n  a: 1\n"), { box: { a: 1 } });
  assert.deepEqual(read("cmd: ssh web\ninstall: true"), { cmd: ["ssh", "web"], install: true });
  assert.deepEqual(read("web"), ["1:1 The host is a string, a mapping was wanted"]);
  assert.deepEqual(read("{ box: 1, crate: 2 }"), ["1:11 Host '' has both 'box' and 'crate', one way was wanted"]);
  assert.equal(typeof read("{"), "object");
});
