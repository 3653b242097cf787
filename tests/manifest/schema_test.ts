// The schema against the parser: what the parser accepts, the schema accepts, key by key.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { settingsOf } from "../../core/manifest/keys/mod.ts";
import { printPortMap } from "../../core/manifest/keys/ports.ts";
import { type JsonSchema, type Manifest, manifestSchema, parseManifest } from "../../core/manifest/mod.ts";
import type { PluginKey } from "../../core/plugin/key.ts";
import { KEYS } from "../support/builtin_keys.ts";
import { ALL_KEYS, arbitraryManifest } from "./arbitrary_manifest.ts";

/** A key as the built-in transports have it. */
const BOX: PluginKey = {
  name: "box",
  description: "A key of a transport.",
  way: true,
  schema: settingsOf({
    shorthand: "name",
    fields: {
      name: { description: "Name of the box.", pattern: /[a-z0-9.]*/ },
      port: { description: "Port of the box.", type: "port" },
      flag: { description: "Flag of the box.", type: "flag" },
      list: { description: "List of the box.", type: "list of strings" },
    },
    oneOf: ["name", "port"],
  }),
};

/** A key of a rule. */
const NAMES: PluginKey = {
  name: "names",
  description: "A key of a rule.",
  destinations: true,
  schema: settingsOf({ shorthand: "of", fields: { of: { description: "Whose." } } }),
};

const WITH_BOX = { ...KEYS, host: [...KEYS.host, BOX], route: [...KEYS.route, NAMES] };

const KNOWN = new Set(
  "$schema title description type properties required additionalProperties items pattern anyOf not minItems minLength minProperties maxProperties default enum examples minimum maximum oneOf".split(
    " ",
  ),
);

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

/** Where a value breaks a schema; only the words that the manifest's schema uses, any other is a failure. */
function problems(schema: JsonSchema, value: unknown, path = "$"): string[] {
  const unknown = Object.keys(schema).filter((word) => !KNOWN.has(word));
  assert.deepEqual(unknown, []);
  const { type, anyOf, not } = schema;
  if (not !== undefined && problems(not as JsonSchema, value, path).length === 0) return [`${path}: not allowed`];
  const wanted = type === undefined ? undefined : [type].flat();
  const whole = Number.isInteger(value) && wanted?.includes("integer") === true;
  if (wanted && !whole && !wanted.includes(typeOf(value))) return [`${path}: ${typeOf(value)}`];
  if (Array.isArray(schema.enum) && !schema.enum.includes(value)) return [`${path}: ${JSON.stringify(value)} is no choice`];
  const found = Array.isArray(anyOf) && !anyOf.some((one) => problems(one, value, path).length === 0) ? [`${path}: anyOf`] : [];
  const { oneOf, minimum = value, maximum = value } = schema;
  const fitting = Array.isArray(oneOf) ? oneOf.filter((one) => problems(one, value, path).length === 0).length : 1;
  if (fitting !== 1) found.push(`${path}: oneOf`);
  if (typeof value === "number" && (value < Number(minimum) || value > Number(maximum))) found.push(`${path}: range`);
  if (typeof value === "string") found.push(...textProblems(schema, value, path));
  if (Array.isArray(value)) {
    if (value.length < Number(schema.minItems ?? 0)) found.push(`${path}: minItems`);
    if (schema.items)
      found.push(...value.flatMap((one, index) => problems(schema.items as JsonSchema, one, `${path}[${index}]`)));
  } else if (typeof value === "object" && value !== null) found.push(...objectProblems(schema, value, path));
  return found;
}

function textProblems({ pattern, minLength }: JsonSchema, value: string, path: string): string[] {
  const fits = pattern === undefined || new RegExp(String(pattern), "u").test(value);
  return fits && value.length >= Number(minLength ?? 0) ? [] : [`${path}: ${JSON.stringify(value)}`];
}

function objectProblems(schema: JsonSchema, value: object, path: string): string[] {
  const entries = Object.entries(value);
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const found = ((schema.required ?? []) as string[])
    .filter((key) => !Object.hasOwn(value, key))
    .map((key) => `${path}: no ${key}`);
  if (entries.length < Number(schema.minProperties ?? 0)) found.push(`${path}: minProperties`);
  for (const [key, one] of entries) {
    const rule = Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties;
    if (rule === false) found.push(`${path}.${key}: unknown`);
    else if (rule !== undefined) found.push(...problems(rule as JsonSchema, one, `${path}.${key}`));
  }
  return found;
}

/** A manifest as its file would hold it: YAML, as JSON has no infinite numbers. */
function asFile({ hosts, routes: planned }: Manifest): string {
  const routes = planned.map(({ via, through, keys: _, written = {}, ...route }) => ({
    ...route,
    ...(via === undefined ? { action: "refuse" } : { via: through === undefined ? via : written[through] }),
  }));
  const entries = hosts.map(({ name, ports, settings: { cmd, install }, keys: _, written, ...host }) => [
    name,
    { ...host, cmd, install, ...written, ports: ports.map(printPortMap) },
  ]);
  return stringify({ hosts: Object.fromEntries(entries), routes });
}

test("every valid manifest fits the schema", () => {
  const schema = manifestSchema(ALL_KEYS);
  fc.assert(
    fc.property(arbitraryManifest, (manifest) => {
      const file = asFile(manifest);
      assert.ok(parseManifest(file, "m.yaml", ALL_KEYS).manifest);
      assert.deepEqual(problems(schema, parse(file)), []);
    }),
  );
});

/** Values that are put in place of every key; the parser must not accept one that the schema refuses. */
const ODD = [
  null,
  "",
  "x",
  1,
  true,
  [],
  ["x"],
  [null],
  {},
  { listen: "" },
  "127.0.0.2",
  "refuse",
  { user: "a", password: "b" },
  "1:a:2",
  ["1:a:2"],
  ["*"],
  { disable: null },
];
const PATHS = [
  "dns",
  "vip",
  "cmd",
  "ports",
  "http",
  "socks",
  "loopback",
  "stateDir",
  "aliases",
  "writeEtcHosts",
  "install",
  "unknown",
];

test("what the parser accepts, the schema accepts", () => {
  const schema = manifestSchema(WITH_BOX);
  let accepted = 0;
  const host = { vip: "127.0.0.2", loopback: { disable: false } };
  const files: unknown[] = [];
  for (const odd of ODD) {
    files.push(odd, { hosts: odd }, { hosts: { a: odd } }, { hosts: { a: host }, unknown: odd });
    for (const key of PATHS)
      files.push({ hosts: { a: { ...host, [key]: odd } } }, { hosts: { a: host }, hostTemplate: { [key]: odd } });
    files.push(
      { hosts: { a: host }, hostTemplate: odd },
      { hosts: { a: host }, routes: odd },
      { hosts: { a: host }, routes: [odd] },
    );
    files.push({ hosts: { a: { ...host, box: odd } } }, { hosts: { a: host }, plugins: odd });
    for (const inner of ["name", "port", "flag", "list", "other"]) {
      files.push(
        { hosts: { a: { ...host, box: { [inner]: odd } } } },
        { hosts: { a: { ...host, box: { name: "x", [inner]: odd } } } },
      );
    }
    for (const key of ["to", "via", "notTo", "action", "names"])
      files.push({ hosts: { a: host }, routes: [{ to: ["*"], via: "a", [key]: odd }] });
    for (const key of ["http", "socks", "dns", "loopback", "stateDir"]) {
      for (const inner of ["listen", "disable", "pathOnAgent", "outside", "auth"])
        files.push({ hosts: { a: { ...host, [key]: { [inner]: odd } } } });
    }
  }
  for (const file of files) {
    const text = JSON.stringify(file);
    if (!parseManifest(text, "m.json", WITH_BOX).manifest) continue;
    accepted += 1;
    assert.deepEqual(problems(schema, file), [], text);
  }
  assert.ok(accepted > 50, `only ${accepted} were valid`);
});

test("the schema refuses what is plainly wrong", () => {
  const schema = manifestSchema(KEYS);
  for (const file of [
    [],
    {},
    { hosts: {} },
    { hosts: { a: {} } },
    { hosts: { a: { vip: 1 } } },
    { hosts: { a: { vip: "1.2.3.4", ports: ["80"] } } },
  ]) {
    assert.notDeepEqual(problems(schema, file), [], JSON.stringify(file));
  }
  assert.notDeepEqual(problems(schema, { hosts: { a: { vip: "127.0.0.2" } }, hostTemplate: { vip: "127.0.0.2" } }), []);
});

test("every key has a description and every default stands in the schema", () => {
  const seen: string[] = [];
  const walk = (schema: JsonSchema, path: string): void => {
    const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
    for (const [key, one] of Object.entries(properties)) {
      assert.ok(typeof one.description === "string" && one.description.length > 10, `${path}.${key}`);
      if (one.default !== undefined) seen.push(`${path}.${key}=${one.default}`);
      walk(one, `${path}.${key}`);
    }
    for (const inner of [schema.items, schema.additionalProperties]) if (inner) walk(inner as JsonSchema, `${path}.*`);
  };
  walk(manifestSchema(KEYS), "$");
  for (const owner of ["$.hostTemplate", "$.hosts.*"]) {
    assert.ok(seen.includes(`${owner}.stateDir.pathOnAgent=~/.norouter/agent`));
    assert.ok(seen.includes(`${owner}.loopback.disable=false`));
  }
});
