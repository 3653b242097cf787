// What the pages show is what happens: manifests are valid, findings are those of 'check', the example of a rule works.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { split } from "shlex";
import { manifestSchema } from "../../core/manifest/mod.ts";
import { KEYS } from "../../tests/support/builtin_keys.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { allPages, codeBlocks, pageText } from "../../tests/support/pages.ts";
import { writtenIo } from "../../tests/support/written_io.ts";
import { parseInvocation } from "../args.ts";
import { check } from "./check.ts";
import { env } from "./env.ts";
import { explain } from "./explain.ts";
import { schema } from "./schema.ts";
import { verify } from "./verify.ts";

const base = tempDir("pages");
after(() => base.remove());

/** A command's output on a text in the role of `net.yaml`. */
async function shown(text: string, run: (io: Parameters<typeof check>[1]) => Promise<number>) {
  const { io, out, err } = writtenIo(text);
  const code = await run(io);
  return { code, out: out(), err: err() };
}

const RULE = codeBlocks("docs/routes.md", "ts")[0] ?? "";
writeFileSync(join(base.path, "blocklist.ts"), RULE);
writeFileSync(join(base.path, "blocked.txt"), "evil.org\nbad.example # a note\n\n");
const FILE = join(base.path, "net.yaml");

/** A manifest that shows what is wrong, or names plugins that are nowhere. */
const SHOWN_ELSEWHERE = /^hostTemplate:\n {2}vip|norouter-transport-vagrant/m;

test("every manifest of every page is valid, without a warning", async () => {
  let manifests = 0;
  for (const page of allPages()) {
    for (const text of codeBlocks(page, "yaml").filter((one) => /^hosts:/m.test(one) && !SHOWN_ELSEWHERE.test(one))) {
      const [, plugin] = /^plugins: \[\.\/(.*?)\]/m.exec(text) ?? [];
      if (plugin) writeFileSync(join(base.path, plugin), codeBlocks(page, "ts")[0] ?? "");
      const { code, err } = await shown(text, (io) => check({ file: FILE, json: false }, io));
      assert.deepEqual([code, err], [0, ""], `${page}: ${text}`);
      manifests += 1;
    }
  }
  assert.ok(manifests > 20, `${manifests} manifests`);
});

/** The keys of a JSON Schema's objects, those within others included, with their defaults. */
function keysIn(schema: unknown, found = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof schema !== "object" || schema === null) return found;
  const { properties = {} } = schema as { readonly properties?: Record<string, { readonly default?: unknown }> };
  for (const [key, value] of Object.entries(properties)) found.set(key, value.default ?? found.get(key));
  for (const inner of Object.values(schema)) keysIn(inner, found);
  return found;
}

test("the page on manifests tells every key, and its default", () => {
  const page = pageText("docs/manifest.md");
  // Limits have a page of their own.
  const { properties, ...schema } = manifestSchema(KEYS) as { readonly properties: Readonly<Record<string, unknown>> };
  const keys = keysIn({ ...schema, properties: { ...properties, limits: {} } });
  assert.ok(keys.size > 20);
  for (const [key, value] of keys) {
    assert.match(page, new RegExp(`[\`.]${key}[\`:]`), key);
    if (typeof value === "string" && value !== "") assert.ok(page.includes(`\`${value}\``), `${key}: ${value}`);
  }
});

test("every command line that a page shows is one", () => {
  let lines = 0;
  for (const page of allPages()) {
    const shown = codeBlocks(page, "sh")
      .join("")
      .matchAll(/(?:^|npx |nohup |setsid |[|(] ?|cli\/)norouter(?:\.mjs)? ((?:'[^']*'|"[^"]*"|[^|&<>#;)"'\n])*)/gm);
    for (const [, words = ""] of shown) {
      if (words.trimEnd().endsWith("...")) continue;
      assert.doesNotThrow(() => parseInvocation(split(words)), `${page}: norouter ${words}`);
      lines += 1;
    }
  }
  assert.ok(lines > 25, `${lines} lines`);
});

test("the page's rule is short, and refuses what its list says", async () => {
  assert.ok(RULE.trimEnd().split("\n").length <= 15);
  const [text = ""] = codeBlocks("docs/routes.md", "yaml").filter((one) => one.includes("blocklist"));
  const code = async (destination: string) =>
    (await shown(text, (io) => explain({ destination, file: FILE, from: undefined, json: false }, io))).code;
  assert.deepEqual(
    await Promise.all(["evil.org", "a.bad.example:443", "good.org", "evil.org.example"].map(code)),
    [77, 77, 0, 0],
  );
});

test("the page's rule keeps the contract", async () => {
  const specifier = pathToFileURL(join(base.path, "blocklist.ts")).href;
  const { code, out } = await shown("", (io) => verify({ specifier, settings: "blocklist: ./blocked.txt", json: false }, io));
  assert.deepEqual([code, out.split("\n").filter((line) => line !== "" && !line.startsWith("ok "))], [0, []]);
});

test("what pages show of 'explain' is what it says", async () => {
  const [routes = ""] = codeBlocks("docs/routes.md", "yaml");
  const session = codeBlocks("docs/routes.md", "sh").find((one) => one.startsWith("$ norouter explain")) ?? "";
  const [, asked = "", said = ""] = /^\$ norouter explain (\S+) --manifest net.yaml\n([\s\S]*)$/.exec(session) ?? [];
  const [first = ""] = codeBlocks("README.md", "yaml");
  const answer = codeBlocks("docs/cli.md", "").find((one) => one.startsWith("destination ")) ?? "";
  for (const [text, destination, wanted] of [
    [routes, asked, said],
    [first, "web:8080", answer],
  ] as const) {
    const { out } = await shown(text, (io) => explain({ destination, file: "net.yaml", from: undefined, json: false }, io));
    assert.equal(out, wanted);
  }
});

test("what the page on manifests shows of 'check' is what it says", async () => {
  const page = pageText("docs/manifest.md");
  const [, text = "", wanted = ""] =
    /This manifest\n\n```yaml\n([\s\S]*?)```\n\ngives[^\n]*\n\n```\n([\s\S]*?)```/.exec(page) ?? [];
  const { code, err } = await shown(text, (io) => check({ file: "net.yaml", json: false }, io));
  assert.equal(code, 65);
  assert.equal(err, wanted);
});

test("the commands that read a manifest load its plugins, as the page on security says, and ask its rules once", async () => {
  assert.match(pageText("docs/security.md"), /`norouter run`, `check`, `explain --manifest` and `env` load the plugins/);
  const seen = { loaded: 0, asked: 0 };
  Object.assign(globalThis, { seenByPages: seen });
  writeFileSync(
    join(base.path, "counting.mjs"),
    `export default ({ PLUGIN_API, settingsOf }) => {
  globalThis.seenByPages.loaded += 1;
  const key = { name: "counted", destinations: true, description: "Any.", schema: settingsOf({ shorthand: "it", fields: { it: { description: "It." } } }) };
  const routes = () => [{ to: ["a" + (globalThis.seenByPages.asked += 1) + ".test"] }];
  return { name: "counting", api: PLUGIN_API, setup: ({ routeKey, rule }) => {
    routeKey(key);
    rule({ name: "counting", key: "counted", routes });
  } };
};`,
  );
  const text = `plugins: [./counting.mjs]
hosts: { local: { vip: 127.0.0.2, http: { listen: "127.0.0.1:18080" } } }
routes: [{ counted: x, via: local }]
`;
  const counts = async (run: (io: Parameters<typeof check>[1]) => Promise<number>) => {
    Object.assign(seen, { loaded: 0, asked: 0 });
    await shown(text, run);
    return [seen.loaded, seen.asked];
  };
  const asked = { destination: "a1.test", file: FILE, from: undefined, json: false };
  assert.deepEqual(await counts((io) => check({ file: FILE, json: false }, io)), [1, 1]);
  assert.deepEqual(await counts((io) => explain(asked, io)), [1, 1]);
  assert.deepEqual(await counts((io) => env({ file: FILE, host: undefined, shell: "sh", withPassword: false }, io)), [1, 1]);
  assert.deepEqual(await counts((io) => schema(io)), [0, 0]);
});
