// The installer on a host that has nothing but busybox's tools, under two shells: what it installs, replaces and refuses.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { parsePlatform } from "../../agents/platform.ts";
import { NoRouterError } from "../../core/errors.ts";
import { VERSION } from "../../core/version.ts";
import { ownAgentCache } from "../../tests/support/agent_cache.ts";
import { runToEnd } from "../../tests/support/child.ts";
import { RUNS_ON, runtimeArgv } from "../../tests/support/cli.ts";
import { withoutEngine } from "../../tests/support/engine/agent.ts";
import { needs, pathOf } from "../../tests/support/engines.ts";
import { vip } from "../../tests/support/lab.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { startNetwork } from "../../tests/support/network.ts";
import { type ShowInstallerArgs, showInstaller } from "./show_installer.ts";

const SLOW = { timeout: 300_000 };
const noEngine = await withoutEngine();
const dir = tempDir("installer");
after(() => dir.remove());
const cache = ownAgentCache();
after(() => cache.remove());

const busybox = pathOf("busybox") ?? "busybox";
const SHELLS: Readonly<Record<string, readonly string[]>> = { dash: [pathOf("dash") ?? "dash"], ash: [busybox, "sh"] };

const tools = `${dir.path}/tools`;
const runtimes = `${dir.path}/runtimes`;
const npm = `${dir.path}/npm`;
for (const folder of [tools, runtimes, npm]) mkdirSync(folder);
spawnSync(busybox, ["--install", "-s", tools]);
executable(`${tools}/id`, "echo 1000"); // the tests may run as root, whose folder is not a test's to write to
symlinkSync(process.execPath, `${runtimes}/${RUNS_ON}`);

/** Takes away what stands there first: a tool is a link, and writing through it would change the machine's own busybox. */
function executable(path: string, text: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

async function textOf(args: ShowInstallerArgs): Promise<string> {
  const parts: string[] = [];
  assert.equal(await showInstaller(args, { stdout: (text) => void parts.push(text), stderr: () => undefined }), 0);
  return parts.join("");
}

let homes = 0;
function newHome(): string {
  homes += 1;
  const home = `${dir.path}/it's home ${homes}`;
  mkdirSync(home);
  return home;
}

/** Pipes an installer into a shell, as `ssh host sh` does. */
function install(script: string, home: string, path: readonly string[], shell = "dash") {
  // Busybox's shell takes its own 'id' before that of the PATH, so the folder is named to it.
  const env = { HOME: home, PATH: [...path, tools].join(":"), NOROUTER_BINDIR: shell === "ash" ? `${home}/.local/bin` : "" };
  return runToEnd(SHELLS[shell] ?? [], { input: script, env, cwd: home, timeoutMs: 120_000 });
}

const commandIn = (home: string) => `${home}/.local/bin/norouter`;

describe("show-installer", { skip: needs("busybox", "dash") }, () => {
  for (const shell of Object.keys(SHELLS)) {
    test(`--embed installs the agent under ${shell}, and replaces it`, SLOW, async () => {
      const home = newHome();
      const script = await textOf({ embed: true, platforms: [] });
      const { code, stdout, stderr } = await install(script, home, [runtimes], shell);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.ok(stdout.startsWith(`Installed norouter ${VERSION} as "${commandIn(home)}" (`), stdout);
      assert.match(stdout, /is not in PATH/);
      assert.equal((await runToEnd([commandIn(home), "version"])).stdout, `${VERSION}\n`);

      const again = await install(script, home, [runtimes, `${home}/.local/bin`], shell);
      assert.match(again.stdout, /^Replacing ".+", which is norouter \d+\.\d+\.\d+\nInstalled [^\n]+\n$/);
      assert.equal(readdirSync(`${home}/.local/lib/norouter`).length, 1);
      assert.deepEqual(readdirSync(`${home}/.local/bin`), ["norouter"]);

      const hosts = { here: { vip: vip(1) }, there: { vip: vip(2), cmd: [commandIn(home)], ports: ["8080:127.0.0.1:9"] } };
      const network = await startNetwork({ manifest: { hosts } });
      try {
        assert.deepEqual((await network.ready()).ready, ["here", "there"]);
      } finally {
        await network.stop();
      }
    });
  }

  const own = `${process.platform}-${process.arch}`;
  for (const [name, what, missing] of [
    [`${own}${process.platform === "linux" ? "-bundled" : ""}`, "a program", false],
    [own, "an engine", noEngine],
  ] as const) {
    test(`--embed --platform installs ${what} on a host without a runtime`, { ...SLOW, skip: missing }, async () => {
      assert.equal(parsePlatform(name).os, process.platform);
      const home = newHome();
      const { code, stderr } = await install(await textOf({ embed: true, platforms: [name] }), home, []);
      assert.deepEqual([code, stderr], [0, ""]);
      const { stdout } = await runToEnd([commandIn(home), "version"], { env: { PATH: tools } });
      assert.equal(stdout, `${VERSION}\n`);
    });
  }

  test("a program for another kind of machine is refused", SLOW, async () => {
    const home = newHome();
    const name = `${process.platform}-${process.arch}`;
    const text = (await textOf({ embed: true, platforms: [name], agent: "bun" })).replace(
      /^ {4}(x86_64|aarch64).*\) ;;$/m,
      "    riscv64) ;;",
    );
    const { code, stderr } = await install(text, home, []);
    assert.equal(code, 69);
    assert.match(stderr, /^norouter installer: this host is \S+, and the agent is for/);
    assert.equal(existsSync(`${home}/.local`), false);
  });

  test("without --embed npm fetches exactly this version", SLOW, async () => {
    const home = newHome();
    const script = await textOf({ embed: false, platforms: [] });
    const node = `${dir.path}/node`;
    mkdirSync(node);
    symlinkSync(runtimeArgv("node24")[0] ?? "", `${node}/node`);
    const without = await install(script, home, [node]);
    assert.match(without.stderr, /: npm was not found here; do without it: norouter show-installer --embed \| ssh HOST sh\n$/);
    const main = "$3/node_modules/norouter/cli";
    executable(`${npm}/npm`, `mkdir -p "${main}"; printf 'console.log("%s")' "\${7#norouter@}" > "${main}/norouter.mjs"`);
    const { code, stderr } = await install(script, home, [node, npm]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal((await runToEnd([commandIn(home), "version"])).stdout, `${VERSION}\n`);
    executable(`${npm}/npm`, "exit 1");
    const failed = await install(script, newHome(), [node, npm]);
    assert.match(failed.stderr, /npm could not fetch norouter/);
  });

  test("a host that lacks what the script needs keeps what it has, and is told the command that needs it not", SLOW, async () => {
    for (const [embed, what] of [
      [true, "Node 22, Deno or Bun"],
      [false, "Node 22 or later"],
    ] as const) {
      const home = newHome();
      mkdirSync(`${home}/.local/bin`, { recursive: true });
      executable(commandIn(home), "echo 0.0.1");
      const { code, stdout, stderr } = await install(await textOf({ embed, platforms: [] }), home, []);
      assert.deepEqual([code, stdout], [69, ""]);
      const start = `norouter installer: ${what} was not found here; do without it: norouter show-installer --embed --platform `;
      assert.ok(stderr.startsWith(start), stderr);
      assert.match(stderr.slice(start.length), /^(linux|darwin)-(x64|arm64) \| ssh HOST sh\n$/);
    }
  });

  test("another program stays, the Go program and a broken norouter go", SLOW, async () => {
    const script = await textOf({ embed: true, platforms: [] });
    for (const [text, wanted, said] of [
      ["echo I am something else", 73, /norouter" is another program; remove it, or set NOROUTER_BINDIR/],
      ["echo norouter version 0.6.4", 0, /which is the Go program norouter version 0\.6\.4/],
      ["# norouter 0.0.1, placed by 'norouter show-installer'\nexit 1", 0, /which does not start any more/],
    ] as const) {
      const home = newHome();
      mkdirSync(`${home}/.local/bin`, { recursive: true });
      executable(commandIn(home), text);
      const { code, stdout, stderr } = await install(script, home, [runtimes]);
      assert.equal(code, wanted);
      assert.match(stdout + stderr, said);
      assert.equal(readFileSync(commandIn(home), "utf8").includes(text), wanted !== 0);
    }
  });

  test("a script that is cut short or damaged, and a host without a runtime, change nothing", SLOW, async () => {
    const script = await textOf({ embed: true, platforms: [] });
    for (const [text, path, wanted] of [
      [script.slice(0, script.length / 2), [runtimes], undefined],
      [script.replace("Connection refused", "Connection devused"), [runtimes], 74],
      [script, [], 69],
    ] as const) {
      const home = newHome();
      const { code, stderr } = await install(text, home, path);
      if (wanted !== undefined) assert.deepEqual([code, stderr.startsWith("norouter installer: ")], [wanted, true], stderr);
      assert.equal(existsSync(commandIn(home)), false);
      if (wanted === 74) assert.deepEqual(readdirSync(`${home}/.local/lib/norouter`), []);
      else assert.equal(existsSync(`${home}/.local`), false);
    }
  });
});

test("a script without a runtime names the program for the kind of host", {
  ...SLOW,
  skip: needs("busybox", "dash"),
}, async () => {
  const script = await textOf({ embed: true, platforms: [] });
  const host = `${dir.path}/other host`;
  mkdirSync(host);
  for (const [system, machine, wanted] of [
    ["Darwin", "arm64", /--platform darwin-arm64 \| ssh HOST sh\n$/],
    ["Linux", "riscv64", /was not found here, and there is no other agent for Linux riscv64\n$/],
    ["FreeBSD", "amd64", /was not found here, and there is no other agent for FreeBSD amd64\n$/],
  ] as const) {
    executable(`${host}/uname`, `case $1 in -s) echo ${system};; -m) echo ${machine};; *) echo ${system} ${machine};; esac`);
    const { code, stderr } = await install(script, newHome(), [host]);
    assert.equal(code, 69);
    assert.match(stderr, wanted);
  }
});

test("options that do not go together are refused", async () => {
  for (const args of [
    { embed: false, platforms: ["linux-x64"] },
    { embed: true, platforms: [], agent: "engine" as const },
    { embed: true, platforms: ["linux-x64"], agent: "runtime" as const },
    { embed: true, platforms: ["linux-x64", "linux-arm64"] },
    { embed: true, platforms: ["win32-x64"] },
    { embed: true, platforms: ["wibble"] },
  ]) {
    await assert.rejects(textOf(args), (thrown) => thrown instanceof NoRouterError && thrown.code === "usage");
  }
});
