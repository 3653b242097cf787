// Keys of plugins that are no way to a host: templates, fallbacks, warnings, checks, secrets; keys of routes and of the network.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { NotedFinding, PluginKey } from "../../plugin/key.ts";
import { manifestSchema, parseManifest, printManifest, withoutPasswords } from "../mod.ts";
import { settingOf, settingsOf } from "./mod.ts";

const door: PluginKey = {
  name: "door",
  description: "A door, for tests.",
  template: true,
  schema: settingsOf({
    unknown: "warn",
    fields: {
      width: { type: "whole number", least: 1, most: 9, description: "Width.", fallback: 3 },
      colour: { type: "choice", choices: ["red", "blue"], description: "Colour." },
      lock: {
        type: "mapping",
        description: "Lock.",
        needsValue: true,
        fields: { code: { type: "text", description: "Code.", required: true, secret: true } },
      },
    },
  }),
};
const bell: PluginKey = {
  name: "bell",
  description: "A bell, for tests.",
  template: true,
  fallback: false,
  schema: settingOf({ type: "flag", description: "There is one." }),
};
const tunnel: PluginKey = {
  name: "tunnel",
  description: "Or a hole.",
  schemes: ["hole"],
  schema: settingOf({ type: "text", description: "URL.", examples: ["hole://x"] }),
};
const weight: PluginKey = {
  name: "weight",
  description: "Weight of a route.",
  schema: settingOf({ type: "port", description: "W." }),
};
const cellar: PluginKey = { ...door, name: "cellar", description: "Of the whole network." };
const KEYS = { host: [door, bell], route: [tunnel, weight], network: [cellar] };

function parse(text: string, keys: Parameters<typeof parseManifest>[2] = KEYS) {
  const { manifest, diagnostics } = parseManifest(text, "m.yaml", keys);
  return {
    manifest,
    found: diagnostics.map(
      ({ line, column, severity, message, hint }) => `${line}:${column}: ${severity}: ${message}${hint ? ` | ${hint}` : ""}`,
    ),
  };
}

test("a mapping of the template and one of a host are merged field by field, a field is one thing, and the rest is a fallback", () => {
  const { manifest, found } = parse(`
hostTemplate: {door: {width: 5, lock: {code: a}}, bell: true}
hosts:
  a: {vip: 127.0.0.2}
  b: {vip: 127.0.0.3, door: {colour: red, width: , lock: {code: b}}, bell: false}
`);
  assert.deepEqual(found, []);
  assert.deepEqual(
    manifest?.hosts.map(({ keys }) => keys),
    [
      { door: { width: 5, lock: { code: "a" } }, bell: true },
      { door: { width: 5, colour: "red", lock: { code: "b" } }, bell: false },
    ],
  );
  const bare = parse("hosts: {a: {vip: 127.0.0.2, door: {}}, b: {vip: 127.0.0.3, door: }}").manifest;
  assert.deepEqual(
    bare?.hosts.map(({ keys }) => keys),
    [{ door: { width: 3 }, bell: false }, { bell: false }],
  );
});

test("what is wrong in the template is told once, at its place, whoever uses it", () => {
  const { found } = parse(`hostTemplate:
  door: {width: 10, colour: rde}
hosts: {a: {vip: 127.0.0.2}, b: {vip: 127.0.0.3}, c: {vip: 127.0.0.4, door: {width: 1}}}
`);
  assert.deepEqual(found, [
    "2:17: error: 'door.width' is a number, a whole number from 1 to 9 was wanted",
    "2:29: error: 'door.colour' is 'rde', 'red' or 'blue' was wanted | Did you mean 'red'?",
  ]);
  const hidden = parse("hostTemplate:\n  bell: x\nhosts: {a: {vip: 127.0.0.2, bell: true}}");
  assert.deepEqual(hidden.found, ["2:9: error: 'bell' is a string, true or false was wanted"]);
});

test("unknown fields warn, a key that belongs to one host is refused in the template, and a name of the own keys is not shadowed", () => {
  const { found, manifest } = parse("hosts: {a: {vip: 127.0.0.2, door: {widht: 1, lock: {code: x, cdoe: }}}}");
  assert.deepEqual(found, [
    "1:36: warning: Unknown key 'widht' | Did you mean 'width'?",
    "1:62: warning: Unknown key without a value | Did you mean 'code'?",
  ]);
  assert.ok(manifest);
  const own = { ...door, template: false };
  assert.deepEqual(parse("hostTemplate: {door: {}}\nhosts: {a: {vip: 127.0.0.2}}", { host: [own] }).found, [
    "1:16: error: 'hostTemplate' may not have 'door' | It belongs to one host: write it in each host",
  ]);
});

test("keys of routes and of the network are read and printed back, and a URL goes to the key that has its scheme", () => {
  const text = `cellar: {colour: blue}
hosts: {me: {vip: 127.0.0.2}}
routes: [{to: ["*"], weight: 5, via: "hole://x"}, {to: ["*"], via: me}]
`;
  const { manifest, found } = parse(text);
  assert.ok(manifest, found.join());
  assert.deepEqual(manifest.keys, { cellar: { width: 3, colour: "blue" } });
  assert.deepEqual(manifest.routes[0]?.keys, { weight: 5, tunnel: "hole://x" });
  assert.deepEqual([manifest.routes[0]?.through, manifest.routes[0]?.via, manifest.routes[1]?.keys], ["tunnel", "me", undefined]);
  assert.deepEqual(parse(printManifest(manifest)), { manifest, found: [] });
  assert.deepEqual(parse(text.replace("hole:", "pit:"), { ...KEYS, route: [weight] }).found, [
    "3:38: error: 'via' is a URL of 'pit:', which no plugin reaches | Write the name of a host",
  ]);
});

test("secrets are masked where the table says, and what is masked is still a valid manifest", () => {
  const { manifest } = parse("cellar: {lock: {code: hush}}\nhosts: {a: {vip: 127.0.0.2, door: {lock: {code: hush}}}}");
  assert.ok(manifest);
  const masked = withoutPasswords(manifest, KEYS);
  assert.doesNotMatch(JSON.stringify(masked), /hush/);
  assert.deepEqual(parse(printManifest(masked)).manifest, masked);
});

test("checks find places in the template, in hosts and in routes, and say whose a value is", () => {
  const notes: NotedFinding[] = [];
  const owners: string[] = [];
  const checking: PluginKey = {
    ...door,
    check: ({ hosts, owner }, note) => {
      for (const { name } of hosts) owners.push(...["width", "colour"].map((field) => owner(name, "door", [field])));
      for (const one of notes) note(one);
    },
  };
  const severity = "warning";
  const text = `hostTemplate: {ports: ["1:a:1"], door: {width: 5}}
hosts:
  a: {vip: 127.0.0.2, ports: ["2:b:2"], door: {colour: red}}
  b: {vip: 127.0.0.3}
routes: [{to: ["*"], via: a}]
`;
  notes.push(
    { severity, message: "A", at: { host: "a", key: "door", path: ["width"] } },
    { severity, message: "B", at: { host: "a", key: "door", path: ["colour"] }, hint: "C" },
    { severity, message: "D", at: { host: "a", key: "ports", path: [1] } },
    { severity, message: "E", at: { host: "b", key: "vip" } },
    { severity: "error", message: "F", at: { route: 0, key: "to" } },
    { severity, message: "Nowhere", at: { host: "x", key: "vip" } },
  );
  assert.deepEqual(parse(text, { host: [checking] }).found, [
    "1:48: warning: A",
    "3:31: warning: D",
    "3:56: warning: B | C",
    "4:12: warning: E",
    "5:15: error: F",
  ]);
  assert.deepEqual(owners, ["'hostTemplate'", "host 'a'", "'hostTemplate'", "'hostTemplate'"]);
});

test("what a check says is bounded, as what a schema says", () => {
  const text = "hosts: {a: {vip: 127.0.0.2}}";
  const long = "x".repeat(400);
  const talks: PluginKey = {
    ...door,
    check: (_, note) => note({ severity: "error", message: long, at: { host: "a", key: "vip" } }),
  };
  assert.deepEqual(parse(text, { host: [talks] }).found, [`1:18: error: ${"x".repeat(300)}`]);
});

test("a check that fails, and a fallback that its schema refuses, are told as the plugin's own fault", () => {
  const text = "hosts: {a: {vip: 127.0.0.2}}";
  const boom = { ...door, check: () => assert.fail("boom") };
  assert.deepEqual(parse(text, { host: [boom] }).found, ["0:0: error: Check of 'door' fails: boom"]);
  assert.deepEqual(parse(text, { host: [{ ...bell, fallback: 7 }] }).found, [
    "0:0: error: Schema of 'bell' refuses its own fallback",
  ]);
});

test("editors are told of every key, with its default", () => {
  const { properties } = manifestSchema(KEYS) as { properties: Record<string, Properties> };
  assert.equal(properties.hostTemplate?.properties.bell?.default, false);
  assert.equal(properties.cellar?.properties.width?.default, 3);
  const { items } = properties.routes as unknown as { items: { properties: { via: Record<string, unknown> } } };
  assert.match(String(items.properties.via.description), / Or a hole\.$/);
  assert.deepEqual(items.properties.via.examples, ["web", "hole://x"]);
});

/** What a JSON Schema says of the fields of a mapping. */
interface Properties {
  readonly properties: Record<string, Record<string, unknown>>;
}
