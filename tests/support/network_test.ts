// The network harness, with a stand-in for the program: events, readiness, failures, and nothing left behind.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { after, test } from "node:test";
import { processesOf } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { runtimeArgv } from "./cli.ts";
import { tempDir } from "./lifetime.ts";
import { startNetwork } from "./network.ts";

const dir = tempDir("network-test");
after(() => dir.remove());

function program(name: string, body: string): string[] {
  const path = `${dir.path}/${name}.mjs`;
  writeFileSync(path, `import { spawn } from "node:child_process";\nimport process from "node:process";\n${body}`);
  return [...runtimeArgv(), path];
}

const AGENT = `sleep 9${process.pid}`;
const GOOD = `
  spawn("setsid", [${AGENT.split(" ")
    .map((word) => JSON.stringify(word))
    .join(", ")}], { stdio: "ignore" });
  console.log(JSON.stringify({ type: "argv", argv: process.argv.slice(2), env: process.env.EXTRA }));
  console.log("a stray line");
  setTimeout(() => console.log(JSON.stringify({ type: "network.ready" })), 50);
  setInterval(() => {}, 1000);`;

test("events are collected, ready resolves, and stop ends everything", async () => {
  const manifest = { hosts: { a: { vip: "127.0.42.1" } } };
  const network = await startNetwork({ manifest, program: program("good", GOOD), env: { EXTRA: "1" } });
  try {
    await network.ready();
    const seen = await network.event("argv", (event) => event.env === "1");
    assert.deepEqual(seen.argv, ["run", "--json", network.manifestPath]);
    const written = JSON.parse(readFileSync(network.manifestPath, "utf8")) as { hosts: unknown; hostTemplate: unknown };
    assert.deepEqual(written.hosts, manifest.hosts);
    const sideBySide = { dns: { disable: true }, stateDir: { disable: true } };
    assert.deepEqual(written.hostTemplate, sideBySide, "no port and no file that other networks would have, too");
    assert.deepEqual(network.noise, ["a stray line"]);
    assert.equal(network.processes().filter((p) => p.argv.join(" ") === AGENT).length, 1);
    network.rewrite({ hostTemplate: {}, hosts: {} });
    assert.deepEqual(JSON.parse(readFileSync(network.manifestPath, "utf8")), { hostTemplate: {}, hosts: {} });
    network.rewrite("hosts: {}\n");
    assert.equal(readFileSync(network.manifestPath, "utf8"), "hosts: {}\n");
  } finally {
    await network.stop();
  }
  assert.deepEqual(processesOf(AGENT), []);
  assert.equal(existsSync(network.manifestPath), false);
  await network.stop();
});

test("orphans of a killed manager are found and ended", async () => {
  const network = await startNetwork({ manifest: "", program: program("killed", GOOD) });
  try {
    await network.ready();
    network.kill("SIGKILL");
    assert.equal((await network.exited).signal, "SIGKILL");
    await waitFor(() => network.processes().length === 1, { what: "only the orphan to be left" });
  } finally {
    await network.stop();
  }
  assert.deepEqual(network.processes(), []);
});

test("a program that fails makes ready fail at once, with its standard error", async () => {
  const network = await startNetwork({ manifest: "", program: program("bad", `console.error("no manifest"); process.exit(2);`) });
  try {
    await assert.rejects(network.ready(), /ended before event "network\.ready"; standard error:\nno manifest/);
    assert.equal((await network.exited).code, 2);
  } finally {
    await network.stop();
  }
});
