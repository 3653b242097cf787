// Where programs are kept when the user's cache folder cannot be written to.

import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, mkdirSync, promises, readdirSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";
import { after, afterEach, test } from "node:test";
import { runName } from "../plugins/support/run_name.ts";
import { runToEnd } from "../tests/support/child.ts";
import { programArgv } from "../tests/support/cli.ts";
import { needs } from "../tests/support/engines.ts";
import { tempDir } from "../tests/support/lifetime.ts";
import { cacheFolder, kept } from "./cache.ts";
import { ownPlatforms, platformName } from "./platform.ts";

const dir = tempDir("cache");
const before = { ...process.env };
after(() => dir.remove());
afterEach(() => {
  for (const name of ["HOME", "XDG_CACHE_HOME", "TMPDIR"]) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

/** Folders that nobody can write to, root included. */
const NOWHERE = "/dev/null";

test("without a folder that can be written to, agents are kept in a temporary one, made once, and those of ended processes are removed", async () => {
  Object.assign(process.env, { XDG_CACHE_HOME: NOWHERE, TMPDIR: dir.path });
  const runs = { left: runName("agents").replace(` ${process.pid}.`, " 999999999."), used: runName("agents") };
  for (const [name, run] of Object.entries(runs)) {
    mkdirSync(`${dir.path}/norouter-agents-${name}`);
    writeFileSync(`${dir.path}/norouter-agents-${name}/run`, run);
  }
  const notes: string[] = [];
  let made = 0;
  const make = async (empty: string) => {
    made += 1;
    writeFileSync(`${empty}/agent`, "agent");
    return ["agent"];
  };
  const wanted = { version: "0123456789abcdef", name: "linux-x64", make, note: (line: string) => notes.push(line) };
  const both = await Promise.all([kept(wanted), kept(wanted)]);
  const again = await kept(wanted);
  assert.ok(again[0]?.path.startsWith(`${dir.path}/norouter-agents-`), again[0]?.path);
  assert.deepEqual([made, both[0][0]?.path, notes.length], [1, again[0]?.path, 1]);
  assert.deepEqual(
    [existsSync(`${dir.path}/norouter-agents-left`), existsSync(`${dir.path}/norouter-agents-used`)],
    [false, true],
  );
  assert.match(notes[0] ?? "", /until norouter ends.*: Agent could not be kept in "\/dev\/null\/norouter\/.*ENOTDIR/);
});

test("no agent is kept where another user could put another in its place", { skip: needs("root") }, async () => {
  const theirs = tempDir("cache");
  chownSync(theirs.path, 1234, 1234);
  Object.assign(process.env, { XDG_CACHE_HOME: `${theirs.path}/cache`, TMPDIR: dir.path });
  const make = async (empty: string) => {
    writeFileSync(`${empty}/agent`, "agent");
    return ["agent"];
  };
  const [file] = await kept({ version: "0123456789abcdee", name: "linux-x64", make, note: () => undefined });
  assert.ok(file?.path.startsWith(`${dir.path}/norouter-agents-`), file?.path);
  assert.deepEqual(readdirSync(theirs.path), []);
  theirs.remove();
});

test("no agent is kept below a folder that another user made after the first look", {
  skip: process.version.startsWith("v24") && process.versions.bun === undefined ? needs("root") : "it needs the mocks of Node",
}, async (context) => {
  const shared = tempDir("cache");
  chmodSync(shared.path, 0o1777);
  const { mkdir } = promises;
  context.mock.method(promises, "mkdir", async (path: string, options: object) => {
    if (!existsSync(`${shared.path}/theirs`)) {
      mkdirSync(`${shared.path}/theirs`);
      chownSync(`${shared.path}/theirs`, 1234, 1234);
    }
    return mkdir(path, options);
  });
  syncBuiltinESMExports();
  Object.assign(process.env, { XDG_CACHE_HOME: `${shared.path}/theirs/cache`, TMPDIR: dir.path });
  const make = async (empty: string) => {
    writeFileSync(`${empty}/agent`, "agent");
    return ["agent"];
  };
  const [file] = await kept({ version: "0123456789abcded", name: "linux-x64", make, note: () => undefined });
  context.mock.restoreAll();
  syncBuiltinESMExports();
  assert.ok(existsSync(`${shared.path}/theirs`));
  assert.ok(file?.path.startsWith(`${dir.path}/norouter-agents-`), file?.path);
  shared.remove();
});

test("a user without a home has no cache folder", {
  skip: (process.versions.bun ?? process.versions.deno) !== undefined && "Bun and Deno ask the list of users where HOME is empty",
}, () => {
  Object.assign(process.env, { XDG_CACHE_HOME: "", HOME: "" });
  assert.equal(cacheFolder(), undefined);
  process.env.HOME = "/";
  assert.equal(cacheFolder(), "/.cache/norouter/agents");
});

test("without any such folder it is said which", async () => {
  const run = await runToEnd([...programArgv(), "agent", "bundle", "--json", "--agent", "bun"], {
    env: { XDG_CACHE_HOME: NOWHERE, TMPDIR: NOWHERE, BUN_TMPDIR: dir.path },
  });
  const { missing } = JSON.parse(run.stdout);
  assert.match(missing[0].message, /could not be kept in "\/dev\/null\/.*; nor in a temporary folder: /, run.stderr);
});

test("a temporary folder is gone when the program ends", {
  skip: process.version.startsWith("v24") ? false : "making a program takes seconds, and is the same on every runtime",
}, async () => {
  const folder = `${dir.path}/gone`;
  mkdirSync(folder);
  const [own] = ownPlatforms();
  const platform = own ? platformName(own) : "";
  const words = ["agent", "bundle", "--json", "--agent", "bun", "--platform", platform];
  const { code, stdout, stderr } = await runToEnd([...programArgv(), ...words], {
    env: { XDG_CACHE_HOME: NOWHERE, TMPDIR: folder },
    timeoutMs: 120_000,
  });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /until norouter ends/);
  const { path } = JSON.parse(stdout).agents[1].files[0];
  assert.ok(path.startsWith(`${folder}/norouter-agents-`));
  assert.equal(existsSync(path), false);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("norouter")),
    [],
  );
});
