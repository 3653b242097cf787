// The two things a newcomer does first: the quickstart network, and the published package in an empty folder.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { processesWithEnvironment } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { readOutput, runToEnd, startChild } from "../support/child.ts";
import { PROJECT, runtimeArgv } from "../support/cli.ts";
import { needs } from "../support/engines.ts";
import { tempDir } from "../support/lifetime.ts";
import { deadLinks } from "../support/links.ts";

const WEB = "http://127.0.42.101:8080/";
const DB = "http://127.0.42.102:8080/";

describe("a newcomer", () => {
  test("starts the quickstart, tries its curl lines and stops it", { timeout: 120_000, skip: needs("curl") }, async () => {
    const mark = `NOROUTER_TEST_QUICKSTART=${process.pid}`;
    const [name = "", value = ""] = mark.split("=");
    const child = await startChild([...runtimeArgv(), `${PROJECT}/examples/quickstart.ts`], { env: { [name]: value } });
    const said = readOutput(child);
    try {
      await waitFor(() => said().includes(`http://db:8080/`), { what: "the network and what to try", timeoutMs: 30_000 });
      assert.ok(said().includes("Network is ready: 3 of 3 hosts"), said());
      for (const url of [WEB, DB]) assert.ok(said().includes(`curl ${url}`), said());
      const curl = async (url: string) => (await runToEnd(["curl", "-sS", "--max-time", "10", url])).stdout;
      assert.equal(await curl(WEB), "hello from web\n");
      assert.equal(await curl(DB), "hello from db\n");
      assert.equal(await curl(`${WEB}neighbour`), `web asked ${DB} and heard: hello from db\n`);
      const byName = ["curl", "-sS", "--max-time", "10", "--proxy", "http://127.0.0.1:18080", "http://db:8080/"];
      assert.equal((await runToEnd(byName)).stdout, "hello from db\n");
      process.kill(child.pid, "SIGINT");
      assert.equal((await child.exited).code, 0);
    } finally {
      await child.stop();
    }
    await waitFor(() => processesWithEnvironment(mark).length === 0, { what: "every process to be gone" });
  });

  test("installs the package and runs it on every Node that is supported", { timeout: 240_000, skip: needs("npm") }, async () => {
    const dir = tempDir("package");
    const ok = async (argv: readonly string[]) => {
      const done = await runToEnd(argv, { cwd: dir.path, timeoutMs: 120_000 });
      assert.equal(done.code, 0, `${argv.join(" ")}: ${done.stderr}`);
      return done.stdout;
    };
    const tarball = (await ok(["npm", "pack", "--silent", "--pack-destination", dir.path, PROJECT])).trim().split("\n").at(-1);
    writeFileSync(`${dir.path}/package.json`, "{}");
    await ok(["npm", "install", "--silent", "--no-audit", "--no-fund", `${dir.path}/${tarball}`]);
    assert.deepEqual(deadLinks(`${dir.path}/node_modules/norouter`), []);
    writeFileSync(`${dir.path}/m.yaml`, "hosts:\n  local:\n    vip: 127.0.42.100\n");
    for (const runtime of ["node22", "node24"] as const) {
      const program = [...runtimeArgv(runtime), `${dir.path}/node_modules/norouter/cli/norouter.mjs`];
      assert.match(await ok([...program, "--version"]), /^\d+\.\d+\.\d+\n$/);
      assert.match(await ok([...program, "check", "m.yaml"]), /local:/);
      const script = 'for (const name of ["", "/manifest", "/plugins/loopback", "/conformance"]) await import("norouter" + name)';
      await ok([...runtimeArgv(runtime), "--input-type=module", "-e", script]);
    }
    dir.remove();
  });
});
