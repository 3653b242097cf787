// Commands of a manifest on hosts: their exit codes, and what ends them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { processInfo } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { runCommand } from "./run_command.ts";

const never = new AbortController().signal;

test("a command line gives its exit code, with what a shell makes of it", async () => {
  assert.equal(await runCommand("true", { timeoutMs: 20_000, signal: never }), 0);
  assert.equal(await runCommand("test a = a && exit 7", { timeoutMs: 20_000, signal: never }), 7);
  assert.equal(await runCommand("head -c 300000 /dev/zero | wc -c | grep -q 300000", { timeoutMs: 20_000, signal: never }), 0);
  assert.equal(await runCommand("head -c 3000000 /dev/zero", { timeoutMs: 20_000, signal: never }), 0, "it may say much");
  assert.equal(await runCommand("no-such-program-anywhere 2>/dev/null", { timeoutMs: 20_000, signal: never }), 127);
});

test("a command that takes too long, or that nobody waits for, is ended", async () => {
  assert.equal(await runCommand("exec sleep 100", { timeoutMs: 20, signal: never }), undefined);
  const given = new AbortController();
  const ended = runCommand("exec sleep 100", { timeoutMs: 100_000, signal: given.signal });
  given.abort();
  assert.equal(await ended, undefined);
});

test("a command is ended with what it started, and what a command that succeeds leaves goes on", async () => {
  const folder = tempDir("command");
  const started = async (name: string) =>
    Number(await waitFor(() => readFileSync(join(folder.path, name), "utf8").trim(), { what: name }));
  const line = (name: string) =>
    `sleep 1000 & echo $! > ${folder.path}/${name}.new; mv ${folder.path}/${name}.new ${folder.path}/${name}`;
  try {
    const given = new AbortController();
    const ended = runCommand(`${line("ended")}; wait`, { timeoutMs: 100_000, signal: given.signal });
    const lost = await started("ended");
    given.abort();
    assert.equal(await ended, undefined);
    await waitFor(() => processInfo(lost) === undefined, { what: "the end of what the command started" });
    assert.equal(await runCommand(line("left"), { timeoutMs: 100_000, signal: never }), 0);
    const left = await started("left");
    assert.ok(processInfo(left));
    process.kill(left, "SIGKILL");
  } finally {
    folder.remove();
  }
});
