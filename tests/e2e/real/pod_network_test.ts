// A pod whose one container is a single static program, through the real kubectl: the agent runs in an ephemeral container, which is
// used again, and of which a pod gets no more than it needs.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { runToEnd } from "../../support/child.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { type Cluster, type KubeApi, startKubeApi } from "../../support/real/kube_api.ts";
import { type ContainerEngine, must } from "../../support/real/real.ts";

const skip = ONCE || needs("curl", "gcc", ...NEEDED.kubectl);

describe("a pod's network that is entered", { skip }, () => {
  let engine: ContainerEngine;
  let api: KubeApi;
  let cluster: Cluster;
  let network: Network | undefined;
  const manifest = (image = "norouter-busybox", key: object = { pod: "web-0" }) => ({
    hosts: {
      here: { vip: vip(95) },
      web: {
        kubectl: { ...key, enter: "network", enterImage: image },
        vip: vip(96),
        ports: ["8080:127.0.0.1:80"],
      },
    },
  });
  const start = async (...how: Parameters<typeof manifest>) => {
    network = await startNetwork({ manifest: manifest(...how), env: api.env });
    return network;
  };
  const served = async (...how: Parameters<typeof manifest>) => {
    const started = await start(...how);
    const { failed } = await started.ready(60_000);
    assert.deepEqual(failed, [], JSON.stringify(started.events.filter(({ type }) => type === "link.closed")));
    const page = await runToEnd(["curl", "-sS", "--max-time", "10", `http://${vip(96)}:8080/`]);
    assert.equal(page.stdout, "hello from web\n", page.stderr);
    return started;
  };
  const added = () => api.requests().filter((line) => line.startsWith("PATCH ")).length;
  const agents = async () => {
    const names = (await must(["docker", "ps", "--format", "{{.Names}}"], engine.env)).split("\n");
    const own = names.filter((name) => name.startsWith("norouter-"));
    const processes = await Promise.all(own.map((name) => engine.processesIn(name)));
    return processes.flat().filter(({ argv }) => argv.some((word) => word.endsWith("/agent.mjs")));
  };
  const failure = async (...how: Parameters<typeof manifest>) => {
    const started = await start(...how);
    const closed = await started.event("link.closed");
    await started.stop();
    return JSON.stringify(closed);
  };
  before(async () => {
    engine = await startDocker();
    await engine.run({ name: "web", image: "one" });
    await engine.run({ name: "shell", image: "busybox" }); // so that its image is there
    const [address] = Object.entries(engine.env).map(([name, value]) => `${name}=${value}`);
    const tool = ["env", address ?? "", "docker"];
    const pod = { containers: { main: [...tool, "exec", "-i", "web"] }, ephemeral: { tool, beside: "web" } };
    cluster = { pods: { "web-0": pod }, deployments: { web: { selector: { app: "web-0" } } } };
    api = await startKubeApi(cluster);
  });
  after(async () => {
    await network?.stop();
    await api?.stop();
    await engine?.stop();
  });

  test("its localhost is reached, and the next start uses the same container", { timeout: 120_000 }, async () => {
    const first = await served();
    const [opened] = first.events.filter(({ type, host }) => type === "link.opened" && host === 2);
    const { agent } = opened as unknown as { readonly agent: { readonly chosen: string } };
    assert.match(agent.chosen, /; in a container of its own in the pod$/);
    first.kill("SIGKILL");
    await waitFor(async () => (await agents()).length === 0, { what: "the agent to leave", timeoutMs: 20_000 });
    await first.stop();
    await (await served()).stop();
    await (await served("norouter-busybox", { deployment: "web" })).stop();
    assert.equal(added(), 1);
    await waitFor(async () => (await agents()).length === 0, { what: "the agent to leave", timeoutMs: 20_000 });
  });

  test("what cannot be done is told, and adds no more than one container", { timeout: 120_000 }, async () => {
    const before = added();
    for (const turn of ["first", "second"]) {
      assert.match(
        await failure("no-such-image"),
        /"settings-refused".*Image \\"no-such-image\\" cannot be started in the pod/,
        turn,
      );
      assert.match(await failure("norouter-one"), /"no-shell".*Image \\"norouter-one\\" has no 'sh'/, turn);
    }
    assert.equal(added(), before + 2);
    await api.set({ ...cluster, refuse: "ephemeral" });
    assert.match(await failure("other"), /"access-denied".*cannot patch resource/);
    await api.set(cluster);
    assert.match(await failure("other", { pod: "nope" }), /"container-missing"/);
  });
});
