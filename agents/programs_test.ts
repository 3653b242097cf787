// Agents as programs: made once, kept, run without a runtime, and made anew when what is kept is damaged.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, statSync, truncateSync, utimesSync } from "node:fs";
import { after, test } from "node:test";
import { NoRouterError } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import { ownAgentCache } from "../tests/support/agent_cache.ts";
import { runToEnd } from "../tests/support/child.ts";
import { cacheFolder } from "./cache.ts";
import { elfNeeds } from "./elf.ts";
import { agentSource } from "./mod.ts";
import { ownPlatforms, parsePlatform, platformName } from "./platform.ts";
import { ABOUT_PROGRAM } from "./programs.ts";
import type { StoredFile } from "./store.ts";

const SLOW = { timeout: 300_000 };
const dir = ownAgentCache();
after(() => dir.remove());

const notes: string[] = [];
const agents = agentSource({ note: (line) => notes.push(line) });
const [plain, bundled] = ownPlatforms();

test("a program is made once for all who ask, and kept", SLOW, async () => {
  assert.ok(plain);
  const long = new Date(Date.now() - 2 * 60 * 60 * 1000);
  const old = `${cacheFolder()}/0123456789abcdef`;
  mkdirSync(`${old}/linux-x64`, { recursive: true });
  utimesSync(old, long, long);
  const both = await Promise.all([agents.program(plain), agents.program(plain)]);
  const [agent, same] = both.map(([file]) => file as StoredFile);
  assert.ok(agent && same);
  assert.deepEqual([agent.sha256, notes.length], [same.sha256, 2]);
  assert.ok(agent.path.startsWith(`${cacheFolder()}/${(await agents.script()).sha256.slice(0, 16)}/${platformName(plain)}/`));
  assert.equal(existsSync(old), false, "what an older version left is gone");

  for (const size of ["size", "packedSize"] as const)
    assert.ok(Math.abs(agent[size] - ABOUT_PROGRAM[size]) < ABOUT_PROGRAM[size] / 10, `${size}: ${agent[size]}`);

  const { code, stdout } = await runToEnd([agent.path, "version"], { env: { PATH: "/nowhere" }, cwd: dir.path });
  assert.deepEqual([code, stdout], [0, `${VERSION}\n`]);

  await agents.program(plain);
  assert.equal(notes.length, 2, "nothing was made again");
});

test("a program with libraries of its own brings all that it wants", {
  ...SLOW,
  skip: bundled ? false : "not Linux",
}, async () => {
  assert.ok(bundled);
  const files = (await agents.program(bundled)) as StoredFile[];
  const [agent, loader, ...libraries] = files;
  assert.deepEqual([agent?.name, loader?.name], ["agent", "loader"]);
  assert.ok(agent && loader);
  const wanted = (await elfNeeds(agent.path))?.libraries.filter((name) => !name.startsWith("ld-linux"));
  assert.ok(wanted && wanted.length > 0);
  for (const name of wanted)
    assert.ok(
      libraries.some((file) => file.name === name),
      name,
    );
  const folder = loader.path.replace(/\/loader$/, "");
  const { stdout } = await runToEnd([loader.path, "--library-path", folder, "--inhibit-cache", agent.path, "version"]);
  assert.equal(stdout, `${VERSION}\n`);

  const { size } = statSync(`${loader.path}.gz`);
  truncateSync(`${loader.path}.gz`, 1000);
  await agents.program(bundled);
  assert.equal(statSync(`${loader.path}.gz`).size, size, "what was damaged was made anew");
});

test("a host of a kind that no program is made for is refused before anything is made", async () => {
  for (const [os, arch] of [
    ["win32", "x64"],
    ["linux", "riscv64"],
  ] as const) {
    const before = notes.length;
    await assert.rejects(
      agents.program({ os, arch, glibc: true }),
      (thrown) =>
        thrown instanceof NoRouterError &&
        thrown.code === "agent-unavailable" &&
        thrown.message.endsWith(`not for ${os}-${arch}`),
    );
    assert.equal(notes.length, before);
  }
});

test("what cannot be made is an error that names the platform", SLOW, async () => {
  const other = { os: "linux", arch: process.arch === "x64" ? "arm64" : "x64", glibc: false };
  await assert.rejects(
    agents.program(other),
    (thrown) => thrown instanceof NoRouterError && thrown.code === "agent-unavailable" && thrown.message.includes(other.arch),
  );
});

test("names of platforms read back", () => {
  for (const name of ["linux-x64", "linux-arm64-bundled", "darwin-arm64"]) {
    assert.equal(platformName(parsePlatform(name)), name);
  }
  for (const name of ["", "linux", "darwin-arm64-bundled", "linux-x64-musl"]) {
    assert.throws(() => parsePlatform(name), /is no platform; one such as 'linux-x64'/);
  }
  for (const name of ["linux-mips", "freebsd-x64", "win32-x64"]) {
    assert.throws(
      () => parsePlatform(name),
      new RegExp(`^NoRouterError: Programs are made for Linux and macOS .*not for ${name}$`),
    );
  }
});
