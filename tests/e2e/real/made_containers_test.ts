// Hosts whose containers are made at their first use and removed when nobody uses them, by the real program on real engines.

import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { httpGet } from "../../support/clients.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type TempDir, tempDir } from "../../support/lifetime.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { startPodman } from "../../support/real/podman_engine.ts";
import { type ContainerEngine, must } from "../../support/real/real.ts";

const SECRET = "hunter22";
const PORT = 8080;
const WEB = vip(2);
const SERVES = "trap 'exit 0' TERM; httpd -f -p 80 -h /www & while :; do sleep 0.1; done";

function hosts(kind: "docker" | "podman", startEngine: () => Promise<ContainerEngine>): void {
  describe(`made containers of ${kind}`, { skip: ONCE || needs(...NEEDED[kind]) }, () => {
    let engine: ContainerEngine;
    let folder: TempDir;
    before(async () => {
      engine = await startEngine();
      await engine.run({ name: "seed" }); // has the image made
      folder = tempDir("made");
    });
    after(async () => {
      await engine?.stop();
      folder?.remove();
    });
    const made = async () => {
      const words = ["ps", "-a", "--no-trunc", "--filter", "label=norouter.host=web", "--format", "{{.ID}}"];
      return (await must([kind, ...words], engine.env)).trim();
    };
    const run = (more: object = {}): Promise<Network> => {
      const { CONTAINERS_CONF: conf } = engine.env; // what the engine's guard removes is named like its folder
      const group = conf === undefined ? [] : ["--cgroup-parent", `/${basename(dirname(conf))}`];
      const image = {
        image: "norouter-busybox",
        args: ["--network=none", ...group, "-e", `PASSWORD=${SECRET}`],
        command: ["sh", "-c", SERVES],
        ...more,
      };
      const web = { vip: WEB, [kind]: image, onDemand: { idle: "1s", ready: 80 }, ports: [`${PORT}:127.0.0.1:80`] };
      return startNetwork({ manifest: { hosts: { here: { vip: vip(1) }, web } }, env: engine.env, folder: folder.path });
    };
    const ready = (network: Network) => network.event("host.ready", ({ host }) => host === 1);
    const page = () => httpGet({ host: WEB, port: PORT });
    const counted = (network: Network, type: string) => network.events.filter((event) => event.type === type).length;

    test("one start for all who want it, and nothing is left when nobody does", { timeout: 60_000 }, async () => {
      const network = await run();
      try {
        await ready(network);
        assert.equal(await made(), "");
        const pages = await Promise.all(Array.from({ length: 50 }, page));
        assert.deepEqual([...new Set(pages.map(({ body }) => body))], ["hello\n"]);
        assert.equal(counted(network, "host.started"), 1);
        await network.event("host.rested");
        assert.equal(await made(), "");
        assert.equal((await page()).body, "hello\n");
        assert.equal(counted(network, "host.started"), 2);
        const said = JSON.stringify([network.events, network.noise, network.stderr()]);
        assert.doesNotMatch(said, new RegExp(SECRET));
      } finally {
        await network.stop();
      }
      assert.equal(await made(), "");
    });

    test("a container that is killed is made anew at the next use", { timeout: 60_000 }, async () => {
      const network = await run();
      try {
        await ready(network);
        await page();
        const first = await made();
        await engine.kill9(first);
        await network.event("link.closed");
        await waitFor(async () => (await page()).body === "hello\n", { what: "the page", timeoutMs: 30_000 });
        assert.notEqual(await made(), first);
      } finally {
        await network.stop();
      }
    });

    test("a manager that was killed leaves its container to the next one", { timeout: 60_000 }, async () => {
      const killed = await run();
      await ready(killed);
      await page();
      const first = await made();
      killed.kill("SIGKILL");
      await killed.exited;
      await killed.stop();
      assert.equal(await made(), first);
      const network = await run();
      try {
        await ready(network);
        assert.equal((await page()).body, "hello\n");
        assert.equal(await made(), first);
        await network.event("host.rested");
        assert.equal(await made(), "");
      } finally {
        await network.stop();
      }
    });

    test("a host that leaves the network while it runs leaves no container", { timeout: 60_000 }, async () => {
      const network = await run();
      try {
        await ready(network);
        assert.equal((await page()).body, "hello\n");
        network.rewrite({ hosts: { here: { vip: vip(1) } } });
        network.kill("SIGHUP");
        await network.event("host.left");
        await waitFor(async () => (await made()) === "", { what: "its container to be removed", timeoutMs: 30_000 });
      } finally {
        await network.stop();
      }
    });

    test("what cannot be started is told with its code, and its words are in the log", { timeout: 60_000 }, async () => {
      const network = await run({ command: ["sh", "-c", "echo no config for $PASSWORD; exit 3"] });
      try {
        await ready(network);
        await assert.rejects(page());
        const { failure } = (await network.event("link.closed")) as unknown as { failure: { code: string; message: string } };
        assert.deepEqual(failure.code, "container-ended");
        assert.match(failure.message, /^Container ended with exit code 3: no config for \*{8}$/);
        await waitFor(async () => (await made()) === "", { what: "its container to be removed" });
      } finally {
        await network.stop();
      }
    });
  });
}

hosts("docker", startDocker);
hosts("podman", startPodman);
