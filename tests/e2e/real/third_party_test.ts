// The transport of the page for authors, word for word: as a file beside a manifest and as an installed package, it keeps the
// contract and reaches a real container.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { type TransformOptions, transform } from "esbuild";
import { runToEnd } from "../../support/child.ts";
import { PROJECT, programArgv } from "../../support/cli.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type TempDir, tempDir } from "../../support/lifetime.ts";
import { startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { type ContainerEngine, firstOf } from "../../support/real/real.ts";

const LONGEST = 40;
const [, SOURCE = ""] = /```ts\n([\s\S]*?)```/.exec(readFileSync(`${PROJECT}/transports/README.md`, "utf8")) ?? [];

test("the page's transport is short", () => {
  assert.match(SOURCE, /shellTransport/);
  assert.ok(SOURCE.trimEnd().split("\n").length <= LONGEST);
});

describe("a third party's transport", { skip: ONCE || needs("nsenter", "curl", ...NEEDED.docker) }, () => {
  let engine: ContainerEngine;
  let target: string;
  let dir: TempDir;
  before(async () => {
    engine = await startDocker();
    await engine.run({ name: "web" });
    target = String(firstOf(await engine.processesIn("web"))?.pid);
    dir = tempDir("third-party");
  });
  after(async () => {
    await engine?.stop();
    dir?.remove();
  });

  async function keepsTheContract(specifier: string, cwd: string): Promise<void> {
    const words = ["verify", specifier, "--settings", `{ nsenter: "${target}" }`];
    const { code, stdout, stderr } = await runToEnd([...programArgv(), ...words], { cwd, timeoutMs: 120_000 });
    assert.deepEqual([code, stdout.split("\n").filter((line) => line !== "" && !line.startsWith("ok "))], [0, []], stderr);
  }

  async function serves(specifier: string, folder: string): Promise<void> {
    const web = { nsenter: target, vip: vip(2), ports: ["8080:127.0.0.1:80"] };
    const manifest = { plugins: [specifier], hosts: { here: { vip: vip(1) }, web } };
    const network = await startNetwork({ manifest, folder });
    try {
      assert.deepEqual((await network.ready(120_000)).failed, []);
      const page = await runToEnd(["curl", "-sS", "--max-time", "10", `http://${vip(2)}:8080/`]);
      assert.equal(page.stdout, "hello from web\n", page.stderr);
    } finally {
      await network.stop();
    }
  }

  test("works as a file", { timeout: 200_000 }, async () => {
    writeFileSync(`${dir.path}/nsenter.ts`, SOURCE);
    await keepsTheContract("./nsenter.ts", dir.path);
    await serves("./nsenter.ts", dir.path);
  });

  test("works as an installed package", { timeout: 200_000 }, async () => {
    const [source, project] = [`${dir.path}/package`, `${dir.path}/project`];
    for (const folder of [source, project]) mkdirSync(folder);
    const options: TransformOptions = { loader: "ts", format: "esm" };
    writeFileSync(`${source}/nsenter.js`, (await transform(SOURCE, options)).code);
    const about = { name: "norouter-transport-nsenter", version: "1.0.0", type: "module", exports: "./nsenter.js" };
    writeFileSync(`${source}/package.json`, JSON.stringify(about));
    writeFileSync(`${project}/package.json`, "{}");
    const install = ["npm", "install", "--offline", "--no-audit", "--no-fund", "--install-links", source];
    const installed = await runToEnd(install, { cwd: project, timeoutMs: 60_000 });
    assert.equal(installed.code, 0, installed.stderr);
    await keepsTheContract("norouter-transport-nsenter", project);
    await serves("norouter-transport-nsenter", project);
  });
});
