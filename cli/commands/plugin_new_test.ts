// Each kind of plugin that is written works as it is: its own test, `verify`, a manifest that names it, and its types.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { IS_NODE24, PROJECT, programArgv, runtimeArgv } from "../../tests/support/cli.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { TEMPLATES } from "../templates/mod.ts";
import { pluginNew } from "./plugin_new.ts";
import { verify } from "./verify.ts";

const base = tempDir("plugin-new");
after(() => base.remove());

/** What other programs make of the files that are written. */
const elsewhere = { skip: !IS_NODE24 && "the same on every runtime" };

const KINDS = Object.keys(TEMPLATES);
const written = new Map<string, string>();

/** The folder of a plugin of this kind, written once. */
async function folderOf(kind: string): Promise<string> {
  const name = `my-${kind}`;
  const folder = written.get(kind) ?? join(base.path, name);
  if (!written.has(kind)) {
    const out: string[] = [];
    assert.equal(await pluginNew({ name, kind, dir: base.path }, { stdout: (text) => void out.push(text) }), 0);
    assert.match(out.join(""), /npm test/);
    written.set(kind, folder);
  }
  return folder;
}

function run(argv: readonly string[], cwd: string) {
  const [program = "", ...args] = argv;
  // A test runner within a test runner would not run anything.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8", timeout: 120_000 });
  return { status, said: `${stdout}${stderr}` };
}

for (const kind of KINDS) {
  test(`${kind}: its own test passes`, elsewhere, async () => {
    const folder = await folderOf(kind);
    const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { scripts: { test: string } };
    assert.equal(scripts.test, "node --test");
    const { status, said } = run([...runtimeArgv("node24"), "--test"], folder);
    assert.equal(status, 0, said);
    assert.match(said, /pass [1-9]/);
  });

  test(`${kind}: what its page says of verify is true, and nothing fails`, async () => {
    const folder = await folderOf(kind);
    const page = readFileSync(join(folder, "README.md"), "utf8");
    const [, settings, target] = /norouter verify \.\/mod\.mjs(?: --settings '(.*)')?(?: --target (\d+))?\n/.exec(page) ?? [];
    const lines: string[] = [];
    const specifier = pathToFileURL(join(folder, "mod.mjs")).href;
    for (const given of [undefined, kind === "transport" ? undefined : settings]) {
      const args = { specifier, settings: given, target, json: false };
      assert.equal(await verify(args, { stdout: (text) => void lines.push(text) }), 0, lines.join(""));
    }
    assert.ok(lines.length > 4);
  });

  test(`${kind}: a manifest that names it is checked`, async () => {
    const { status, said } = run([...programArgv(), "check", "net.yaml"], await folderOf(kind));
    assert.equal(status, 0, said);
    assert.match(said, /mod\.mjs/);
  });
}

test("the commands that are printed work as they stand, also in a folder with a blank", async () => {
  const cwd = join(base.path, "with blank");
  mkdirSync(cwd);
  for (const dir of [undefined, cwd]) {
    const { said } = run(
      [...programArgv(), "plugin", "new", `of-${dir ? "all" : "here"}`, "--kind", "rule", ...(dir ? ["--dir", dir] : [])],
      cwd,
    );
    for (const command of ["verify", "check"]) {
      const [, words] = new RegExp(`^ {2}norouter (${command} .*)$`, "m").exec(said) ?? [];
      assert.ok(words, said);
      const done = run(["sh", "-c", `exec "$@" ${words}`, "sh", ...programArgv()], cwd);
      assert.equal(done.status, 0, done.said);
    }
  }
});

test("types of every file that is written are those of the contract", elsewhere, async () => {
  for (const kind of KINDS) await folderOf(kind);
  const paths = {
    norouter: [`${PROJECT}/core/mod.ts`],
    "norouter/conformance": [`${PROJECT}/conformance/mod.ts`],
    "norouter/toolkit": [`${PROJECT}/transports/support/toolkit.ts`],
    "norouter/host-toolkit": [`${PROJECT}/plugins/support/toolkit.ts`],
  };
  const compilerOptions = { allowJs: true, checkJs: true, rootDir: "/", typeRoots: [`${PROJECT}/node_modules/@types`], paths };
  const config = { extends: `${PROJECT}/tsconfig.json`, compilerOptions, include: ["*/*.mjs"] };
  writeFileSync(join(base.path, "tsconfig.json"), JSON.stringify(config));
  const { status, said } = run([`${PROJECT}/node_modules/.bin/tsc`, "-p", base.path], base.path);
  assert.equal(status, 0, said);
});

test("nothing is overwritten, and what is no kind or no name is told", async () => {
  const folder = await folderOf("rule");
  const before = readFileSync(join(folder, "mod.mjs"), "utf8");
  const refused = (name: string, kind: string | undefined, message: RegExp) =>
    assert.rejects(pluginNew({ name, kind, dir: base.path }, { stdout: assert.fail }), { code: "usage", message });
  await refused("my-rule", "rule", /already exists/);
  assert.equal(readFileSync(join(folder, "mod.mjs"), "utf8"), before);
  await refused("a", undefined, /wants --kind and one of transport, front-end, egress, rule, store, observer/);
  await refused("a", "toString", /wants --kind/);
  await refused("A/b", "rule", /no name of lower case letters/);
  for (const name of ["socks", "api"]) await refused(name, "rule", /the name of a built-in plugin/);
  for (const name of ["ports", "to", "http", "upstream"]) await refused(name, "observer", /is a key of manifests already/);
  assert.ok(!existsSync(join(base.path, "a")));
});

test("a folder that cannot be made is an error with its path", async () => {
  const file = join(base.path, "file");
  writeFileSync(file, "");
  const written = (name: string, dir: string) => pluginNew({ name, kind: "rule", dir }, { stdout: assert.fail });
  await assert.rejects(written("a", file), { code: "file-failed", message: /^Cannot write .*file\/a: A file is where/ });
  await assert.rejects(written("x".repeat(300), base.path), { code: "file-failed", message: /ENAMETOOLONG/ });
  if (existsSync("/proc/self")) await assert.rejects(written("a", "/proc/absent"), { code: "file-failed" });
});
