// Waiting and looking at processes.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { readOutput, runToEnd, startChild } from "../../tests/support/child.ts";
import { runtimeArgv } from "../../tests/support/cli.ts";
import { has, needs, pathOf } from "../../tests/support/engines.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { childrenOf, memoryOf, processesOf, waitFor } from "./wait.ts";

test("waitFor returns the value once the condition holds", async () => {
  let looks = 0;
  assert.equal(await waitFor(() => (++looks > 2 ? "there" : ""), { what: "the third look" }), "there");
});

test("waitFor names what it waited for and keeps the last error as the cause", async () => {
  const failing = waitFor(() => Promise.reject(new Error("not yet")), { what: "a moon", timeoutMs: 30 });
  await assert.rejects(failing, (error: Error) => /30 ms for a moon/.test(error.message) && /not yet/.test(String(error.cause)));
});

test("a child and its own child are found, weighed and ended by pid", async () => {
  const needle = `3${process.pid}.25`;
  const child = await startChild(["sh", "-c", `sleep ${needle} & wait`]);
  try {
    await waitFor(() => childrenOf(child.pid).length === 1, { what: "the sleeper" });
    assert.ok(childrenOf(process.pid).some((p) => p.pid === child.pid));
    assert.equal(processesOf(`sleep ${needle}`).length, 2);
    assert.ok(memoryOf(child.pid).rssKiB > 0);
  } finally {
    await child.stop();
  }
  assert.deepEqual(processesOf(`sleep ${needle}`), []);
  await child.stop();
});

test("runToEnd gives output and exit code, and kills what takes too long", async () => {
  const done = await runToEnd(["sh", "-c", "cat; echo no >&2; exit 3"], { input: "yes" });
  assert.deepEqual(done, { code: 3, signal: null, stdout: "yes", stderr: "no\n" });
  assert.equal((await runToEnd(["sleep", "600"], { timeoutMs: 50 })).signal, "SIGKILL");
  await assert.rejects(runToEnd(["/nonexistent/program"]), /ENOENT/);
});

test("a missing tool is a reason to skip, and an error under CI", () => {
  const before = process.env.CI;
  try {
    process.env.CI = "";
    assert.equal(needs("sh"), false);
    assert.equal(needs("sh", "no-such-tool"), "no-such-tool is not installed");
    process.env.CI = "true";
    assert.throws(() => needs("no-such-tool"), /no-such-tool is not installed; install it: apt-get install no-such-tool/);
  } finally {
    if (before === undefined) delete process.env.CI;
    else process.env.CI = before;
  }
  assert.equal(has("no-such-tool"), false);
  assert.match(pathOf("sh") ?? "", /^\/.*\/sh$/);
});

test("what a process made is gone when it ends without cleaning up, also by a signal", async () => {
  const dir = tempDir("lifetime");
  const script = `
    import { startChild } from ${JSON.stringify(new URL("../../tests/support/child.ts", import.meta.url).href)};
    import { tempDir } from ${JSON.stringify(new URL("../../tests/support/lifetime.ts", import.meta.url).href)};
    const child = await startChild(["sleep", "7${process.pid}"]);
    console.log(tempDir("left").path + " " + child.pid);
    setInterval(() => {}, 1000);`;
  writeFileSync(`${dir.path}/leaves.mjs`, script);
  const child = await startChild([...runtimeArgv(), `${dir.path}/leaves.mjs`]);
  try {
    const output = readOutput(child);
    await waitFor(() => output().includes("\n"), { what: "the script to start", timeoutMs: 20_000 });
    const path = output().split(" ")[0] ?? "";
    assert.ok(existsSync(path));
    process.kill(child.pid, "SIGTERM");
    assert.deepEqual(await child.exited, { code: 143, signal: null });
    assert.equal(existsSync(path), false);
    await waitFor(() => processesOf(`sleep 7${process.pid}`).length === 0, { what: "its child to end" });
  } finally {
    await child.stop();
    dir.remove();
  }
});
