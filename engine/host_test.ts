// The host layer: each check of host/checks in a program that looks for errors in itself, fuzzers, and the program as it is
// delivered where there is little of everything.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { transformSync } from "esbuild";
import { IS_NODE24 } from "../tests/support/cli.ts";
import { needs } from "../tests/support/engines.ts";
import { tempDir } from "../tests/support/lifetime.ts";
import { buildChecked, buildEngine, ENGINE, engineInputs } from "./build.ts";
import { buildFuzzer, FUZZERS } from "./fuzzers.ts";

const CHECKS = join(ENGINE, "host/checks");
/** A check takes a second, on a busy machine ten. */
const LIMIT_MS = 120_000;
/** Bytes that a process may map, in units of 1024: a quarter of what the smallest hosts have. */
const LITTLE_MEMORY = 16_000;

const skip = IS_NODE24 ? needs("gcc", "make", "xz") : "it runs on Node 24 alone";
const dir = tempDir("engine-host");
const options = { modules: CHECKS };
const own = { os: "linux", arch: process.arch };

before(async () => {
  if (skip !== false) return;
  await buildChecked(join(dir.path, "checked"), options);
  await buildEngine(own, join(dir.path, "plain"), options);
});

interface Run {
  readonly program?: string;
  /** Words of a shell before the program. */
  readonly limits?: string;
  /** A program that runs this one. */
  readonly through?: string;
}

/** Runs a script in a folder of its own. */
function runScript(name: string, text: string, { program = "checked", limits = "", through = "" }: Run = {}) {
  const folder = join(dir.path, `run-${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.mjs`), text);
  const words = ["-c", `${limits} exec ${through} "$0" "$@"`, join(dir.path, program, "engine"), `${name}.mjs`];
  const env = { ...process.env, ENGINE_CHECK: "yes" };
  return spawnSync("sh", words, { cwd: folder, encoding: "utf8", timeout: LIMIT_MS, env });
}

function assertPassed({ status, signal, stdout, stderr }: ReturnType<typeof runScript>): void {
  assert.deepEqual({ status, signal, stdout, stderr }, { status: 0, signal: null, stdout: "", stderr: "" });
}

const scriptOf = (name: string) => transformSync(readFileSync(join(CHECKS, `${name}.ts`), "utf8"), { loader: "ts" }).code;

for (const name of globSync("check_*.ts", { cwd: CHECKS }).map((file) => file.replace(/\.ts$/, ""))) {
  const limits = name === "check_descriptors" ? "ulimit -n 40;" : "";
  test(`${name} passes`, { skip }, () => assertPassed(runScript(name, scriptOf(name), { limits })));
}

for (const [name, inputs] of Object.entries(FUZZERS)) {
  test(`the fuzzer of ${name}.c finds nothing`, { skip }, async () => {
    const { path, args } = await buildFuzzer(name, dir.path);
    const { status, stderr } = spawnSync(path, args(inputs), { cwd: dir.path, encoding: "utf8", timeout: LIMIT_MS });
    assert.equal(status, 0, stderr);
  });
}

const arm64 = { os: "linux", arch: "arm64" };
const noArm64 =
  skip || (process.arch === "arm64" ? "it is this machine's own" : needs("aarch64-linux-gnu-gcc", "qemu-aarch64-static"));

test("the program for arm64 passes checks", { skip: noArm64 }, async () => {
  await buildEngine(arm64, join(dir.path, "arm64"), options);
  for (const name of ["check_files", "check_jobs", "check_loop", "check_modules", "check_sockets", "check_texts", "check_timers"])
    assertPassed(runScript(name, scriptOf(name), { program: "arm64", through: "qemu-aarch64-static" }));
});

test("the same sources give the same bytes", { skip }, async () => {
  const bytesOf = (program: string) => readFileSync(join(dir.path, program, "engine"));
  await buildEngine(own, join(dir.path, "again"), options);
  assert.equal(Buffer.compare(bytesOf("plain"), bytesOf("again")), 0);
  assert.match(await engineInputs(), /^[0-9a-f]{16}$/);
});

test("what fails to start says so, with an exit code of its own", { skip }, () => {
  const outcomeOf = (text: string, run?: Run) => {
    const { status, stdout, stderr } = runScript("start", text, run);
    return [status, `${stdout}${stderr}`.split("\n")[0]];
  };
  assert.deepEqual(outcomeOf("await new Promise(() => undefined)"), [13, ""]);
  assert.deepEqual(outcomeOf("host.setHooks({}); throw new Error('one')"), [70, "Uncaught Error: one"]);
  assert.deepEqual(outcomeOf("host.setHooks({}); await Promise.reject('two')"), [70, "Uncaught two"]);
  assert.deepEqual(outcomeOf("host.setHooks({ uncaught() { throw 'three' } }); throw 1"), [70, "Uncaught three"]);
  const engine = join(dir.path, "plain/engine");
  const { status, stderr } = spawnSync(engine, ["/none"], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [70, 'engine: "/none" cannot be read: No such file or directory\n']);
  assert.match(
    spawnSync(engine, ["--version"], { encoding: "utf8" }).stdout,
    /^engine \d.*, QuickJS 2025-04-26, musl 1\.2\.5\n$/,
  );
  assert.equal(spawnSync(engine).status, 64);
});

test("it runs with little memory, a small stack and few descriptors", { skip }, () => {
  const deep =
    "const f = () => f() + 1; try { f(); fail('It never ended') } catch (thrown) { expect(String(thrown), 'InternalError: stack overflow') }";
  for (const limits of ["ulimit -s 64;", "ulimit -s 8192;", "ulimit -s unlimited;"]) {
    assertPassed(runScript("stack", deep, { program: "plain", limits }));
  }
  const texts = { limits: `ulimit -v ${LITTLE_MEMORY}; ulimit -n 64; ulimit -s 256;`, program: "plain" };
  for (const name of ["check_texts", "check_timers", "check_modules", "check_sockets", "check_jobs"])
    assertPassed(runScript(name, scriptOf(name), texts));
  const full = `
    let kept = [];
    let calls = 0;
    hook({ uncaught: (thrown) => { kept = []; calls += 1; expect(String(thrown), "InternalError: out of memory") } });
    const timer = host.setTimer(() => { if (calls > 3) return host.clearTimer(timer); for (;;) kept.push(new Uint8Array(10_000)) }, 1, true)`;
  assertPassed(runScript("full", full, texts));
});

test("it runs in an empty root, with standard streams closed", { skip: skip || needs("userns") }, () => {
  const root = join(dir.path, "root");
  mkdirSync(root);
  copyFileSync(join(dir.path, "plain/engine"), join(root, "engine"));
  const script = `
    expect(host.memory()[0] > 0, true);
    host.fillRandom(new Uint8Array(10));
    expect(host.spawn("/bin/true", ["true"], [], () => undefined), -2);
    host.lookUp("127.0.0.1", (failed, found) => {
      const fd = host.open("/done", 0o101, 0o644);
      expect(fd > 2, true);
      host.write(fd, host.encodeUtf8(String(failed || found.length > 0)), 0);
    });`;
  writeFileSync(join(root, "script.mjs"), script);
  const words = ["-Ur", "chroot", root, "/engine", "/script.mjs"];
  for (const streams of ["", "0<&- >&- 2>&-"]) {
    const { status, stderr } = spawnSync("sh", ["-c", `exec unshare "$@" ${streams}`, "sh", ...words], { encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(readFileSync(join(root, "done"), "utf8"), "true");
  }
});
