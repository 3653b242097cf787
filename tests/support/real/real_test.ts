// The real engines themselves: each starts, runs a container, is a clean pipe, survives a kill of it, and leaves nothing.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename } from "node:path";
import { after, before, describe, test } from "node:test";
import { processesOf } from "../../../conformance/support/processes.ts";
import { needs } from "../engines.ts";
import { ONCE } from "../lab.ts";
import { startDocker } from "./docker_engine.ts";
import { startLxd } from "./lxd_engine.ts";
import { startPodman } from "./podman_engine.ts";
import { type ContainerEngine, must } from "./real.ts";

const BYTES = Buffer.from(Array.from({ length: 256 * 1024 }, (_, index) => (index * 7 + (index >> 8)) & 255));
const PAGE = ["wget", "-qO-", "http://127.0.0.1/"];

const ENGINES = [
  { start: startDocker, name: "docker", skip: ONCE || needs("root", "dockerd", "docker", "busybox") },
  { start: startPodman, name: "podman", skip: ONCE || needs("root", "podman", "runc", "busybox") },
  { start: startLxd, name: "lxd", skip: ONCE || needs("root", "lxd", "lxc", "busybox") },
];

for (const { start, name, skip } of ENGINES)
  describe(`${name}, the real one`, { skip }, () => {
    let engine: ContainerEngine;
    before(async () => {
      engine = await start();
      console.log(`# ${name} started in ${engine.startMs.toFixed(0)} ms`);
    });
    after(() => engine?.stop());

    test("a container serves its page, and a command in it is a clean pipe with its exit code", async () => {
      await engine.run({ name: "web" });
      assert.equal((await engine.exec("web", PAGE)).stdout.toString(), "hello from web\n");
      const done = await engine.exec("web", ["sh", "-c", "cat; echo over >&2; exit 7"], BYTES);
      assert.deepEqual([done.code, done.stderr, done.stdout.equals(BYTES)], [7, "over\n", true]);
    });

    test("its processes are seen from outside, killed and started again", async () => {
      const first = (await engine.processesIn("web")).map((p) => p.argv.join(" "));
      assert.ok(
        first.some((line) => line.includes("httpd -f -p 80")),
        first.join(", "),
      );
      await engine.kill9("web");
      assert.deepEqual(await engine.processesIn("web"), []);
      assert.notEqual((await engine.exec("web", ["true"])).code, 0);
      await engine.start("web");
      assert.equal((await engine.exec("web", PAGE)).stdout.toString(), "hello from web\n");
      await engine.restart("web");
      assert.equal((await engine.exec("web", PAGE)).code, 0);
    });

    test("one with Node, one without a shell", async () => {
      await engine.run({ name: "js", image: "node" });
      assert.match((await engine.exec("js", ["node", "-p", "process.version"])).stdout.toString(), /^v24\./);
      await engine.run({ name: "bare", image: "bare" });
      assert.ok([126, 127].includes((await engine.exec("bare", ["sh", "-c", "true"])).code ?? 0));
    });

    test("stop leaves no process, mount or file", async () => {
      await engine.pause("web"); // what is frozen is the hardest to end
      const folder = Object.values(engine.env)[0]?.replace("unix://", "").split("/").slice(0, 3).join("/") ?? "";
      assert.ok(folder.startsWith(`${tmpdir()}/norouter-`));
      await engine.stop();
      await engine.stop();
      assert.deepEqual(processesOf(folder), []);
      assert.ok(!readFileSync("/proc/mounts", "utf8").includes(folder));
      assert.equal(await must(["find", "/sys/fs/cgroup", "-name", basename(folder)]), "");
      assert.ok(!readdirSync(tmpdir()).some((entry) => folder.endsWith(entry)));
    });
  });
