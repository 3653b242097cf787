// Nothing of a host's environment reaches the agent, its runtime or the tools that look, and a shim is not what it seems.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { processInfo } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { RUNS_ON, runtimeArgv } from "../../../tests/support/cli.ts";
import { has } from "../../../tests/support/engines.ts";
import { type FakeHost, fakeHost, type Started, startOn } from "../../../tests/support/fake_host.ts";

const [RUNTIME = ""] = runtimeArgv();

const HOSTILE: readonly string[] = [
  "NODE_OPTIONS=--require ./absent.js",
  "NODE_OPTIONS=--import data:text/javascript,setInterval(()=>console.log('late'),1)",
  "NODE_OPTIONS=--inspect-brk=127.0.0.1:0",
  "NODE_OPTIONS=--permission",
  "BUN_BE_BUN=1",
  "BUN_OPTIONS=--preload ./absent.js",
  "DENO_COVERAGE_DIR=/proc/absent",
  "DENO_V8_FLAGS=--max-heap-size=1",
  "LD_PRELOAD=/absent.so",
  "BLOCK_SIZE=human-readable",
];

async function answers(started: Started, form: string): Promise<void> {
  await waitFor(() => started.output().includes(`${form} agent\n`) || started.ends.length > 0, { what: "the agent" });
  assert.equal(started.output(), `${form} agent\n`, JSON.stringify(started.ends));
  await started.carrier.close();
  assert.equal(started.ends[0]?.exitCode, 0, "it left by itself");
}

/** Starts twice: the agent is sent once, and is the same the second time. */
async function sentOnce(argv: readonly string[], form: "script" | "engine"): Promise<void> {
  const first = await startOn(argv);
  await answers(first, form);
  assert.ok(first.sent() > 0);
  const second = await startOn(argv);
  await answers(second, form);
  assert.equal(second.sent(), 0);
}

for (const variable of HOSTILE) {
  test(`the agent starts, is kept and leaves where the host has ${variable}`, async () => {
    const host = fakeHost({ [RUNS_ON]: RUNTIME });
    await sentOnce(host.argv(["env", variable, "sh"]), "script");
    host.remove();
    const bare = fakeHost();
    await sentOnce(bare.argv(["env", variable, "sh"]), "engine");
    bare.remove();
  });
}

test("functions and aliases of the shell change nothing", { skip: !has("bash") && "bash is not installed" }, async () => {
  const traps = [
    "ls() { echo 1K; }",
    "wc() { echo many; }",
    "head() { :; }",
    "mkdir() { :; }",
    "node() { :; }",
    "command() { :; }",
  ];
  const exported = `${traps.join("; ")}; export -f ls wc head mkdir node command; exec bash --posix`;
  for (const programs of [{}, { [RUNS_ON]: RUNTIME }]) {
    const host = fakeHost(programs);
    const argv = host.argv(["/usr/bin/env", "/usr/bin/bash", "-c", exported.replace("exec bash", "exec /usr/bin/bash")]);
    await sentOnce(argv, RUNS_ON in programs ? "script" : "engine");
    host.remove();
  }
});

test("a host without 'env' is served, without the variables that change runtimes", async () => {
  const host = fakeHost({ [RUNS_ON]: RUNTIME }, ["env"]);
  await sentOnce(host.argv(["/usr/bin/env", HOSTILE[0] ?? "", "sh"]), "script");
  host.remove();
});

test("the agent goes to the folder that is wanted, and no other", async () => {
  for (const [wanted, there] of [
    ["~/a b/it's", "a b/it's"],
    ["", "c/d"],
  ] as const) {
    const host = fakeHost({ [RUNS_ON]: RUNTIME });
    const agentDir = wanted || `${host.home}/${there}`;
    const start = () => startOn(host.argv(), undefined, {}, undefined, { agentDir });
    await answers(await start(), "script");
    assert.equal(readdirSync(`${host.home}/${there}/agents`).length, 1);
    // Deno keeps a cache of its own in the home.
    const made = readdirSync(host.home).filter((name) => name !== ".cache");
    assert.deepEqual(made, [there.split("/")[0]]);
    const second = await start();
    await answers(second, "script");
    assert.equal(second.sent(), 0);
    host.remove();
  }
});

function shim(host: FakeHost, dispatch: string): void {
  writeFileSync(`${host.path}/${RUNS_ON}`, `#!/bin/sh\n${dispatch}\n`, { mode: 0o755 });
}

test("the agent runs on the runtime itself, whatever the shim in the PATH starts by then", async () => {
  const host = fakeHost();
  mkdirSync(`${host.home}/.versions`);
  writeFileSync(`${host.home}/.versions/global`, RUNTIME);
  shim(host, `read -r program <"$HOME/.versions/global"; exec "$program" "$@"`);
  const first = await startOn(host.argv());
  await answers(first, "script");
  writeFileSync(`${host.home}/.versions/global`, "/absent/version");
  const second = await startOn(host.argv());
  await answers(second, "script");
  assert.equal(second.sent(), 0);
  host.remove();
});

test("a shim without a runtime is passed over", async () => {
  const host = fakeHost();
  shim(host, `echo "No version is set for ${RUNS_ON}" >&2; exit 126`);
  await sentOnce(host.argv(), "engine");
  host.remove();
});

for (const without of [[], ["timeout"]]) {
  test(`a shim that hangs is ended and passed over (host without: ${without.join() || "nothing"})`, {
    skip: without.length > 0 && !process.version.startsWith("v24") && "the shell's doing, the same on every runtime",
  }, async () => {
    const host = fakeHost({}, without);
    shim(host, `echo $$ >"$HOME/pid"; exec sleep 1000`);
    const started = await startOn(host.argv());
    await answers(started, "engine");
    const pid = Number(readFileSync(`${host.home}/pid`, "utf8"));
    await waitFor(() => processInfo(pid) === undefined, { what: "the shim to be gone" });
    host.remove();
  });
}

test("files of the folder that a shell starts in change nothing", async () => {
  const host = fakeHost({ [RUNS_ON]: RUNTIME });
  const files = {
    ".env": "BUN_OPTIONS=--absent",
    "bunfig.toml": 'preload = ["./absent.js"]',
    "deno.json": "{",
    "package.json": "{",
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(`${host.home}/${name}`, text);
    assert.equal(readFileSync(`${host.home}/${name}`, "utf8"), text);
  }
  await sentOnce(host.argv(["sh", "-c", "cd && exec sh"]), "script");
  host.remove();
});
