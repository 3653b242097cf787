// Engines: taken from their package, or from the clone where they are fresh, built once elsewhere, and missing with words.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { after, test } from "node:test";
import { ENGINE_PLATFORMS } from "../core/mod.ts";
import { VERSION } from "../core/version.ts";
import { ownAgentCache } from "../tests/support/agent_cache.ts";
import { PROJECT } from "../tests/support/cli.ts";
import { tempDir } from "../tests/support/lifetime.ts";
import { bytesOf } from "../transports/support/agent_bytes.ts";
import { cacheFolder, removeTemporary } from "./cache.ts";
import { type EngineBuilder, type EngineFile, type EnginePlaces, engineAtHand, findEngine } from "./engine.ts";
import { engineName } from "./platform.ts";

const PLATFORM = { os: "linux", arch: "x64" };
const INPUTS = "0123456789abcdef";
const cache = ownAgentCache();
const dir = tempDir("engine");
after(() => cache.remove());
after(() => dir.remove());

const folder = `${dir.path}/linux-x64`;
mkdirSync(folder);
const folderOf = (name: string) => `${dir.path}/${name}`;
const notes: string[] = [];
const note = (line: string) => void notes.push(line);
let builds = 0;
const works: (string | undefined)[] = [];

const builder: EngineBuilder = {
  engineInputs: () => Promise.resolve(INPUTS),
  whyNoBuild: () => Promise.resolve(undefined),
  buildEngine: (platform, into, { work }) => {
    builds += 1;
    works.push(work);
    writeFileSync(`${into}/engine`, `built for ${engineName(platform)}`);
    return Promise.resolve();
  },
};
const CLONE: EnginePlaces = { builder: () => Promise.resolve(builder), folderOf };

const textOf = async (file: EngineFile) => (await bytesOf(file)).toString();

test("a clone builds an engine once, for all who ask at once, and keeps it under the name of what it is made of", async () => {
  assert.equal(await engineAtHand(PLATFORM, CLONE), undefined);
  const both = await Promise.all([findEngine(PLATFORM, note, CLONE), findEngine(PLATFORM, note, CLONE)]);
  const again = await findEngine(PLATFORM, note, CLONE);
  for (const engine of [...both, again]) assert.deepEqual([engine.name, await textOf(engine)], ["engine", "built for linux-x64"]);
  assert.equal((await engineAtHand(PLATFORM, CLONE))?.path, again.path);
  assert.equal(again.path, `${cacheFolder("engines")}/${INPUTS}/linux-x64/engine`);
  assert.deepEqual([builds, notes], [1, ["building the agent's engine for linux-x64, once for these sources"]]);
});

test("a clone takes the engine of its own package where that is fresh", async () => {
  writeFileSync(`${folder}/engine`, "made before");
  writeFileSync(`${folder}/inputs`, "fedcba9876543210\n");
  assert.equal(await textOf(await findEngine(PLATFORM, note, CLONE)), "built for linux-x64");
  writeFileSync(`${folder}/inputs`, `${INPUTS}\n`);
  assert.equal(await textOf(await findEngine(PLATFORM, note, CLONE)), "made before");
  assert.equal(builds, 1);
});

test("elsewhere the package has it, and an error says which package is missing", async () => {
  const installed: EnginePlaces = { builder: undefined, folderOf };
  const version = (is: string) => writeFileSync(`${folder}/package.json`, JSON.stringify({ version: is }));
  version(VERSION);
  assert.equal(await textOf(await findEngine(PLATFORM, note, installed)), "made before");
  rmSync(`${folder}/engine`);
  for (const look of [() => findEngine(PLATFORM, note, installed), () => engineAtHand(PLATFORM, installed)])
    await assert.rejects(look, {
      code: "agent-unavailable",
      message: /"@norouter\/engine-linux-x64".* is not installed; 'npm install @norouter\/engine-linux-x64@[\d.]+' installs it$/,
    });
  writeFileSync(`${folder}/engine`, "of another version");
  version("0.0.9");
  await assert.rejects(findEngine(PLATFORM, note, installed), {
    code: "agent-unavailable",
    message: `The package "@norouter/engine-linux-x64" is version 0.0.9, ${VERSION} was wanted; 'npm install @norouter/engine-linux-x64@${VERSION}' installs it`,
  });
});

test("an engine can be sent after its file was removed, as by an update of the package or of the cache", async () => {
  writeFileSync(`${folder}/package.json`, JSON.stringify({ version: VERSION }));
  writeFileSync(`${folder}/engine`, "of a package");
  const installed = await findEngine(PLATFORM, note, { builder: undefined, folderOf });
  writeFileSync(`${folder}/inputs`, "fedcba9876543210\n");
  const built = await findEngine(PLATFORM, note, CLONE);
  for (const { path } of [installed, built]) rmSync(path);
  assert.deepEqual([await textOf(installed), await textOf(built)], ["of a package", "built for linux-x64"]);
});

test("what cannot be built is told, and tried again the next time", async () => {
  const failing: EngineBuilder = {
    ...builder,
    engineInputs: () => Promise.resolve("0".repeat(16)),
    buildEngine: () => Promise.reject(new Error("'gcc' failed: one\n  two")),
  };
  for (const _ of [1, 2]) {
    await assert.rejects(findEngine(PLATFORM, note, { ...CLONE, builder: () => Promise.resolve(failing) }), {
      code: "agent-unavailable",
      message: "'gcc' failed: one; two",
    });
  }
  assert.equal(existsSync(`${cacheFolder("engines")}/${"0".repeat(16)}/linux-x64`), false);
});

test("nothing is said of a build where there is no compiler, and a look says so too", async () => {
  notes.length = 0;
  const without: EngineBuilder = {
    ...builder,
    engineInputs: () => Promise.resolve("2".repeat(16)),
    whyNoBuild: () => Promise.resolve("'gcc' is not here"),
  };
  const places = { ...CLONE, builder: () => Promise.resolve(without) };
  for (const look of [() => findEngine(PLATFORM, note, places), () => engineAtHand(PLATFORM, places)])
    await assert.rejects(look, { code: "agent-unavailable", message: "'gcc' is not here" });
  assert.deepEqual(notes, []);
});

test("where the user's cache cannot be written to, all of a build is in a temporary folder", async () => {
  const before = process.env.XDG_CACHE_HOME;
  Object.assign(process.env, { XDG_CACHE_HOME: "/dev/null" });
  try {
    const other = { ...builder, engineInputs: () => Promise.resolve("1".repeat(16)) };
    const { path } = await findEngine(PLATFORM, note, { ...CLONE, builder: () => Promise.resolve(other) });
    assert.match(path, /\/norouter-agents-\w+\/1{16}\/linux-x64\/engine$/);
    assert.match(works.at(-1) ?? "", /\/norouter-agents-\w+\/1{16}\/work$/);
    assert.equal(works[0], undefined);
  } finally {
    removeTemporary(); // tests of other files may run in this process
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  }
});

test("there is none for other platforms", async () => {
  for (const platform of [
    { os: "darwin", arch: "arm64" },
    { os: "linux", arch: "riscv64" },
  ])
    await assert.rejects(findEngine(platform, note, CLONE), {
      code: "agent-unavailable",
      message: `Engines are made for Linux on x64 and arm64, not for ${engineName(platform)}`,
    });
});

test("each platform has a package of this version, which norouter asks for and which is installed everywhere", () => {
  const read = (path: string) => JSON.parse(readFileSync(`${PROJECT}/${path}/package.json`, "utf8"));
  const wanted = Object.entries(read(".").optionalDependencies);
  const there = ENGINE_PLATFORMS.map(engineName).map((name) => read(`engine/packages/${name}`));
  assert.deepEqual(wanted.sort(), there.map(({ name, version }) => [name, version]).sort());
  for (const { version, os, cpu, libc, files } of there) {
    assert.deepEqual([version, os, cpu, libc], [VERSION, undefined, undefined, undefined]);
    assert.ok(files.includes("engine"));
  }
});
