// The runner of tests on the engine, with Node in the engine's place: what must fail fails, and is named.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { processesOf } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { runToEnd } from "../child.ts";
import { IS_NODE24, PROJECT, runtimeArgv } from "../cli.ts";
import { tempDir } from "../lifetime.ts";

/** The beginning of every file. */
const HEAD = `
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
`;

/** Files that fail, and what is said of them; `FILE` is the file's path. */
const FAIL: Readonly<Record<string, readonly [text: string, said: RegExp]>> = {
  equal: [
    'describe("suite", () => test("fails", () => {\n  assert.equal(1, 2);\n}));',
    /^failed: suite > fails \(FILE\): AssertionError: Values are not equal:\n\+ 1\n- 2\n(.*\n)* +at .*equal_test\.ts:5:\d+/m,
  ],
  cause: [
    'test("fails", () => { throw new Error("a", { cause: "b" }); });',
    /^failed: fails .*: Error: a\n(.*\n)*caused by: thrown: b$/m,
  ],
  late: [
    'test("fails", async () => { setTimeout(() => { throw new Error("too late"); }); await new Promise(() => {}); });',
    /^failed: fails \(FILE\): Error: too late$/m,
  ],
  afterwards: [
    'test("passes", () => { setTimeout(() => { throw new Error("too late"); }); });',
    /^failed: the file itself \(FILE\): Thrown outside of every test: Error: too late$/m,
  ],
  unhandled: [
    'test("fails", async () => { void Promise.reject(new Error("unheard")); await new Promise(() => {}); });',
    /^failed: fails \(FILE\): Error: unheard$/m,
  ],
  timeout: ['test("slow", { timeout: 10 }, () => new Promise(() => {}));', /^failed: slow .*: Error: .*10 ms$/m],
  exits: [
    'test("leaves", () => process.exit(0));',
    /^failed: leaves \(FILE\): The process ended with code 0, in or after "leaves"$/m,
  ],
  pending: ['test("waits", () => new Promise(() => {}));', /^failed: waits \(FILE\): The process ended with code 13/m],
  signal: ['test("is ended", () => process.kill(process.pid, 9));', /^failed: is ended .*: The process ended with SIGKILL/m],
  exitCode: ['test("passes", () => { process.exitCode = 3; });', /^failed: the file itself .* code 3, after its last test$/m],
  throws: [
    'test("never runs", () => {}); throw new Error("at once");',
    /^failed: the file itself .* before its first test\n(.*\n)*Error: at once$/m,
  ],
  before: [
    'describe("suite", () => { before(() => { throw new Error("hook"); }); test("never runs", () => {}); });',
    /^failed: suite \(FILE\): Hook "before" failed, so that no test of it ran: Error: hook$/m,
  ],
  after: [
    'test("passes", () => {}); after(() => { throw new Error("hook"); });',
    /^failed: the file itself \(FILE\): Hook "after" failed: Error: hook$/m,
  ],
  afterEach: [
    'test("fails", () => {}); afterEach(() => { throw new Error("hook"); });',
    /^failed: fails \(FILE\): Error: hook$/m,
  ],
  option: [
    'test("concurrent", { concurrency: 2 }, () => {});',
    /Option 'concurrency' of test "concurrent" is not supported here/,
  ],
  within: [
    'test("declares", () => test("never runs", () => {}));',
    /^failed: declares .*Test "never runs" is declared while tests run/m,
  ],
  method: ['test("fails", (t) => t.plan(1));', /^failed: fails \(FILE\): TypeError: t\.plan is not a function$/m],
  nothing: ["", /^failed: the file itself \(FILE\): It has no tests$/m],
  missing: ['await import("./nowhere.ts");', /^failed: the file itself \(FILE\): (.*\n)?.*Could not resolve "\.\/nowhere\.ts"/m],
  module: [
    'import "node:nowhere"; test("never runs", () => {});',
    /^failed: the file itself .* before its first test\n(.*\n)*.*node:nowhere/m,
  ],
};

const PASS = `
import { createServer } from "node:http";
const order = [];
before(() => order.push("before"));
beforeEach(() => order.push("beforeEach"));
afterEach(() => order.push("afterEach"));
test("first", () => { order.push("first"); });
describe("suite", () => {
  before(() => order.push("inner before"));
  beforeEach(() => order.push("inner beforeEach"));
  afterEach(() => order.push("inner afterEach"));
  after(() => order.push("inner after"));
  test("second", () => { order.push("second"); });
});
describe("not this one", { skip: "for a reason" }, () => { throw new Error("it runs"); });
test("nor this one", { skip: true }, () => { throw new Error("it runs"); });
test("not in the end", (t) => t.skip("for a reason"));
test("mocks", (t) => {
  const [object, told, { setTimeout: real }] = [{ method: () => 1 }, [], globalThis];
  t.mock.method(object, "method", () => 2);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  setTimeout((word) => told.push(word), 20, "later");
  setTimeout(() => told.push("sooner"), 10).unref();
  clearTimeout(setTimeout(() => told.push("never"), 10));
  t.mock.timers.tick(19);
  assert.deepEqual([object.method(), ...told], [2, "sooner"]);
  t.mock.timers.tick(1);
  assert.deepEqual(told, ["sooner", "later"]);
  t.mock.restoreAll();
  assert.equal(object.method(), 1);
  assert.equal(globalThis.setTimeout, real);
});
test("the order", (t) => {
  const each = ["beforeEach", "first", "afterEach"];
  const inner = ["inner before", "beforeEach", "inner beforeEach", "second", "inner afterEach", "afterEach", "inner after"];
  const others = ["beforeEach", "afterEach", "beforeEach", "afterEach", "beforeEach"];
  assert.deepEqual(order, ["before", ...each, ...inner, ...others]);
  t.diagnostic("a figure");
  assert.ok(import.meta.url.endsWith("/pass_test.ts"));
});
`;

const PROGRAMS = String.raw`
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
const textOf = async (stream) => {
  let text = "";
  stream.setEncoding("utf8").on("data", (more) => { text += more; });
  await once(stream, "end");
  return text;
};
test("to the end", () => {
  const { status, stdout, stderr, pid } = spawnSync("sh", ["-c", "cat; echo \u2028b >&2; exit 3"], { input: "in", encoding: "utf8" });
  assert.deepEqual([status, stdout, stderr], [3, "in", "\u2028b\n"]);
  assert.ok(pid > 0);
  assert.equal(spawnSync("nowhere").error.code, "ENOENT");
  assert.equal(spawnSync("sleep", ["1000"], { timeout: 10 }).signal, "SIGTERM");
  assert.equal(spawnSync("cat", [], { stdio: ["ignore", "pipe", "pipe"] }).status, 0);
});
test("streams, where it runs, and its end", async () => {
  const env = { PATH: process.env.PATH, OWN: "own" };
  const child = spawn("sh", ["-c", "echo $OWN; pwd; cat; cat >&2 /dev/null; exit 4"], { cwd: "/", env });
  const closed = once(child, "close");
  child.stdin.write("one ");
  child.stdin.end("two");
  assert.equal(await textOf(child.stdout), "own\n/\none two");
  assert.deepEqual(await closed, [4, null]);
  assert.equal(child.exitCode, 4);
});
test("one that cannot be started", async () => {
  const [{ code }] = await once(spawn("nowhere", []), "error");
  assert.equal(code, "ENOENT");
});
test("a signal, and output that nobody reads", async () => {
  const child = spawn("sh", ["-c", "echo out; echo ready >&2; exec sleep 1000"]);
  await once(child.stderr, "data");
  assert.equal(child.kill("SIGKILL"), true);
  assert.deepEqual(await once(child, "close"), [null, "SIGKILL"]);
  assert.equal(child.kill(), false);
});
test("another option", () => assert.throws(() => spawn("true", [], { shell: true }), /'shell'/));
test("one is left running", async () => {
  const child = spawn("sleep", ["SECONDS"], { stdio: "ignore" });
  await once(child, "spawn");
  setTimeout(() => process.exit(0));
  await new Promise(() => {});
});
`;

describe("the runner of tests on the engine", { skip: !IS_NODE24 && "the same on every runtime" }, () => {
  const dir = tempDir("runner");
  after(dir.remove);
  const run = (files: readonly string[], ...flags: readonly string[]) => {
    const argv = [...runtimeArgv(), `${PROJECT}/tests/support/engine/run.ts`, ...flags, ...files];
    const [NOROUTER_ENGINE = ""] = runtimeArgv();
    return runToEnd(argv, { env: { NOROUTER_ENGINE }, cwd: PROJECT });
  };
  const write = (name: string, text: string) => {
    writeFileSync(`${dir.path}/${name}_test.ts`, HEAD + text);
    return `${dir.path}/${name}_test.ts`;
  };

  test("what passes and what is skipped is counted; one that needs what hosts do not have is left out", async () => {
    const used = 'import { createServer } from "node:http"; test("serves", () => createServer().listen());';
    const files = [write("pass", PASS), write("serves", used)];
    const { code, stdout } = await run(files);
    assert.match(stdout, /^tests: 4 passed, 3 skipped, 0 failed; files: 1 run, 1 left out$/m, stdout);
    assert.match(stdout, /^skipped, for a reason: 2$/m);
    assert.match(stdout, /^# a figure$/m);
    assert.ok(stdout.includes(`left out, speaks HTTP with the runtime's own client or server (http): ${files[1]}\n`), stdout);
    assert.equal(code, 0);
  });

  test("programs are started, and do not outlive the file that started them", async () => {
    const seconds = `${100_000 + process.pid}`;
    const { stdout } = await run([write("programs", PROGRAMS.replace("SECONDS", seconds))]);
    assert.match(stdout, /^tests: 5 passed, 0 skipped, 1 failed; files: 1 run, 0 left out$/m, stdout);
    assert.match(stdout, /^failed: one is left running/m);
    await waitFor(() => processesOf(`sleep ${seconds}`).length === 0, { what: "the program to be gone" });
  });

  test("what must fail fails, and says where and why", async () => {
    const files = Object.entries(FAIL).map(([name, [text]]) => write(name, text));
    const { code, stdout } = await run(files);
    assert.equal(code, 1);
    for (const [at, [name, [, said]]] of Object.entries(FAIL).entries()) {
      assert.match(stdout, new RegExp(said.source.replaceAll("FILE", files[at] ?? ""), said.flags), name);
    }
    assert.match(stdout, new RegExp(` ${files.length} failed; files: ${files.length} run, 0 left out\n$`), stdout);
  });

  test("what hangs is ended, and the test is named", async () => {
    const files = [
      write("hangs", 'test("passes", () => {}); test("hangs", () => new Promise((r) => setTimeout(r, 1e6)));'),
      write("open", 'test("leaves a timer", () => void setTimeout(() => {}, 1e6));'),
    ];
    const { code, stdout } = await run(files, "--limit", "2");
    assert.match(stdout, /^failed: hangs \(.*\): The process did not end within 2 s, in or after "hangs"$/m);
    assert.match(stdout, /^failed: the file itself \(.*\): The process did not end within 2 s, after its last test$/m);
    assert.equal(code, 1);
  });
});
