// Schemas made from tables: types, what they take, what they refuse and why.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { SettingsResult } from "../../plugin/key.ts";
import { settingsOf } from "./settings.ts";

const schema = settingsOf({
  shorthand: "container",
  fields: {
    container: { description: "Name.", required: true },
    user: { description: "User.", pattern: /[a-z]+/, wanted: "lower case letters" },
    port: { description: "Port.", type: "port" },
    quiet: { description: "Quiet.", type: "flag" },
    options: { description: "Options.", type: "list of strings" },
    raw: { description: "Raw.", dash: true },
  },
});
const choice = settingsOf({ fields: { pod: { description: "Pod." }, job: { description: "Job." } }, oneOf: ["pod", "job"] });

type Result = SettingsResult<unknown>;
const check = (value: unknown, of: typeof schema | typeof choice = schema) =>
  of["~standard"].validate(value, { libraryOptions: { key: "box" } }) as Result;
/** Issues as `path message`; the path is the one that people read. */
const wrong = (value: unknown, of?: typeof choice) =>
  (check(value, of).issues ?? []).map(({ message, whole }) => {
    assert.ok(whole);
    const label = /^(?:Item (\d+) of )?'box\.?([^']*)' /;
    return message.replace(label, (_, item, name) => `${name}${item ? `.${item - 1}` : ""} `).trim();
  });

test("the types are those of the fields", () => {
  const result = schema["~standard"].validate({ container: "web" });
  assert.ok(!(result instanceof Promise) && !result.issues);
  const { container, user, port, quiet, options }: typeof result.value = result.value;
  const typed: [string, string | undefined, number | undefined, boolean | undefined, readonly string[] | undefined] = [
    container,
    user,
    port,
    quiet,
    options,
  ];
  assert.deepEqual(typed, ["web", undefined, undefined, undefined, undefined]);
  // The two below must not compile if a required field could be missing, or an optional one were required.
  const least: typeof result.value = { container: "x" };
  assert.equal(least.container.length, 1);
});

test("what is right passes; a field without a value counts as absent", () => {
  const full = { container: "web", user: "me", port: 22, quiet: true, options: ["a=b", "c"], raw: "-x" };
  assert.deepEqual(check(full), { value: full });
  assert.deepEqual(check("web"), { value: { container: "web" } });
  assert.deepEqual(check({ container: "web", user: null }), { value: { container: "web" } });
  assert.deepEqual(check({ pod: "x" }, choice), { value: { pod: "x" } });
});

test("what is wrong says what it is and what was wanted", () => {
  assert.deepEqual(wrong(7), ["is a number as it stands, a string or a mapping was wanted; put it in quotes"]);
  assert.deepEqual(wrong(["web"]), ["is a list, a string or a mapping was wanted"]);
  assert.deepEqual(wrong("x", choice), ["is a string (x), a mapping was wanted"]);
  assert.deepEqual(wrong({}), ["container is missing"]);
  assert.deepEqual(wrong({ container: 7 }), ["container is a number as it stands, a string was wanted; put it in quotes"]);
  assert.deepEqual(wrong({ container: "w", user: "ME" }), ["user is 'ME', lower case letters was wanted"]);
  for (const port of [0, 65_536, 1.5, "22", true])
    assert.match(wrong({ container: "w", port })[0] ?? "", /a port from 1 to 65535/);
  assert.deepEqual(wrong({ container: "w", quiet: "yes" }), ["quiet is a string, true or false was wanted"]);
  assert.deepEqual(wrong({ container: "w", options: "a" }), ["options is a string (a), a list of strings was wanted"]);
  assert.deepEqual(wrong({ container: "w", options: ["a", 1] }), [
    "options.1 is a number as it stands, a string was wanted; put it in quotes",
  ]);
  assert.deepEqual(wrong({}, choice), ["has none of 'pod', 'job', one was wanted"]);
  assert.deepEqual(wrong({ pod: "x", job: "y" }, choice), ["job stands beside 'pod', one of 'pod', 'job' was wanted"]);
});

test("what would turn into an option, end a word or stand for nothing is refused", () => {
  const option = "which begins with '-' and would be taken for an option";
  assert.deepEqual(wrong("-oProxyCommand=x"), [`is '-oProxyCommand=x', ${option}`]);
  assert.deepEqual(wrong({ container: "--privileged" }), [`container is '--privileged', ${option}`]);
  assert.deepEqual(wrong({ container: "w", options: ["-x"] }), [`options.0 is '-x', ${option}`]);
  for (const empty of ["", "  "]) assert.deepEqual(wrong({ container: empty }), ["container is empty"]);
  assert.deepEqual(wrong({ container: "a\0b" }), ["container holds a NUL character"]);
});

test("unknown fields are refused where they stand, also those of every object", () => {
  assert.deepEqual(wrong({ container: "w", usr: "x" }), ["usr is not known"]);
  const [issue] = check({ container: "w", usr: "x" }).issues ?? [];
  assert.deepEqual([issue?.path, issue?.atKey, issue?.hint], [["usr"], true, "Did you mean 'user'?"]);
  for (const name of ["toString", "constructor"])
    assert.deepEqual(wrong({ container: "w", [name]: 1 }), [`${name} is not known`]);
  assert.deepEqual(wrong(JSON.parse('{"container":"w","__proto__":1}')), ["__proto__ is not known"]);
});

test("a pattern holds for the whole of a string, whatever its flags", () => {
  const flagged = settingsOf({ fields: { a: { description: "A.", pattern: /[a-z]+/g } } })["~standard"];
  for (let turn = 0; turn < 3; turn += 1) assert.ok(!(flagged.validate({ a: "abc" }) as Result).issues);
  assert.ok((flagged.validate({ a: "abc1" }) as Result).issues);
});

test("editors are told the same", () => {
  const json = schema["~standard"].jsonSchema?.input({ target: "draft-2020-12" }) as { anyOf: Record<string, unknown>[] };
  const [short, mapping] = json.anyOf;
  assert.deepEqual(short, { type: "string", minLength: 1 });
  assert.deepEqual([mapping?.required, mapping?.additionalProperties], [["container"], false]);
  const { properties } = mapping as { properties: Record<string, unknown> };
  assert.deepEqual(properties.port, { type: ["integer", "null"], minimum: 1, maximum: 65_535, description: "Port." });
  assert.deepEqual(properties.user, { type: ["string", "null"], minLength: 1, pattern: "^(?:[a-z]+)$", description: "User." });
});

test("a mistake in the table is found when it is made", () => {
  const make = (table: unknown) => () => settingsOf(table as Parameters<typeof settingsOf>[0]);
  const description = "x";
  assert.throws(make({ shorthand: "nmae", fields: { name: { description } } }), /names 'nmae', which is none of its fields/);
  assert.throws(make({ fields: { name: { description, requird: true } } }), /a field 'name' with 'requird'/);
  assert.throws(make({ fields: { name: { description, type: "number" } } }), /of type 'number', which does not exist/);
  assert.throws(make({ fields: { name: { description, pattern: "/.*" } } }), /whose 'pattern' is no regular expression/);
  assert.throws(make({}), { code: "plugin-invalid" });
});
