// Whoever reads the manager's output, and whatever a host reports: the manager's memory is bounded, and a stop waits for nobody.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { after, test } from "node:test";
import { descendantsOf, readProc } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { type Child, startChild } from "../support/child.ts";
import { PROJECT, programArgv, runtimeArgv } from "../support/cli.ts";
import { vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";

const dir = tempDir("slow");
after(() => dir.remove());
const MOST_MB = 300;
const OPTIONS = { timeout: 60_000 };
const FLOODER = "tests/support/fact_flooder_main.ts";
const FLOOD_BYTES = 64 * 1024 * 1024;

function manifest(to: number): string {
  const path = `${dir.path}/to-${to}.json`;
  const cmd = [...runtimeArgv("node24"), `${PROJECT}/${FLOODER}`, `${to}`];
  writeFileSync(path, JSON.stringify({ hosts: { here: { vip: vip(1) }, evil: { vip: vip(2), cmd } } }));
  return path;
}

const numberIn = (text = "", name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? 0);
/** Bytes that the hostile host has written so far; the last of them wait in its pipe. */
function floodedBytes(manager: number): number {
  const host = descendantsOf(manager).find(({ argv }) => argv.some((word) => word.endsWith(FLOODER)));
  return host ? numberIn(readProc(host.pid, "io"), "wchar") : 0;
}

/** Waits until the manager has taken a flood, and tells its largest memory in MB. */
async function flooded({ pid }: Child): Promise<number> {
  await waitFor(() => floodedBytes(pid) > FLOOD_BYTES, { what: "the flood to be read", timeoutMs: 40_000 });
  return numberIn(readProc(pid, "status"), "VmHWM") / 1024;
}

for (const [what, args] of [
  ["--json", ["--json"]],
  ["lines", []],
] as const) {
  test(`${what}: a flood of facts into a pipe that nobody reads stays small, and SIGTERM ends it`, OPTIONS, async (t) => {
    const manager = await startChild([...programArgv(), "run", ...args, manifest(1)]);
    manager.process.stdout?.pause();
    try {
      const most = await flooded(manager);
      t.diagnostic(`largest memory of the manager: ${most.toFixed(0)} MB`);
      assert.ok(most < MOST_MB, `${most} MB`);
      process.kill(manager.pid, "SIGTERM"); // after child.kill() of Deno every exit looks like that signal
      await waitFor(() => manager.process.exitCode !== null, { what: "the manager to end", timeoutMs: 15_000 });
      assert.equal(manager.process.exitCode, 0);
    } finally {
      await manager.stop(0);
    }
  });
}

test("lines name who floods, once, and nothing about hosts that do not exist", OPTIONS, async () => {
  const manager = await startChild([...programArgv(), "run", manifest(60_000)]);
  let text = "";
  manager.process.stdout?.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  try {
    await flooded(manager);
    await waitFor(() => text.includes("evil: refused: It reports something of host 60000"), { what: "the sentence" });
    assert.ok(text.split("\n").length < 20, text.slice(0, 2000));
  } finally {
    await manager.stop(0);
  }
});

test("a full disk under the output is said once, and the network goes on", OPTIONS, async () => {
  const words = [...programArgv(), "run", "--json", manifest(1)].map((word) => `'${word}'`).join(" ");
  const line = `${words} >/dev/full & wait_for=$!; trap 'kill $wait_for' TERM; wait $wait_for; wait $wait_for`;
  const shell = await startChild(["sh", "-c", line]);
  try {
    await waitFor(() => shell.stderr().includes("Output cannot be written"), { what: "the sentence", timeoutMs: 20_000 });
    process.kill(shell.pid, "SIGTERM");
    assert.equal((await shell.exited).code, 0);
    assert.equal(shell.stderr().split("Output cannot be written").length, 2, shell.stderr());
  } finally {
    await shell.stop(0);
  }
});
