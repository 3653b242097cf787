// A deployment and a stateful set are scaled from 0 to 1 and back by the real kubectl; their pod is a real container.

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { kubectlTransport } from "../../../transports/kubectl/mod.ts";
import { httpGet } from "../../support/clients.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { type KubeApi, startKubeApi } from "../../support/real/kube_api.ts";
import { type ContainerEngine, must } from "../../support/real/real.ts";
import { starting } from "../../support/starting.ts";

describe("the starter of kubectl", { skip: ONCE || needs(...NEEDED.kubectl) }, () => {
  let engine: ContainerEngine;
  let api: KubeApi;
  const former = { ...process.env };
  const statusOf = async (name: string) =>
    (await must(["docker", "inspect", "-f", "{{.State.Status}}", name], engine.env)).trim();
  const replicas = (target: string) => must(["kubectl", "get", target, "--output=jsonpath={.spec.replicas}"], api.env);
  const pods = (selector: string) => must(["kubectl", "get", "pods", "--selector", selector, "--output=name"], api.env);
  before(async () => {
    engine = await startDocker();
    for (const name of ["web", "db"]) {
      await engine.run({ name });
      await engine.kill9(name);
    }
    const docker = ["env", `DOCKER_HOST=${engine.env.DOCKER_HOST}`, "docker"];
    const pod = (name: string) => ({ containers: { main: [...docker, "exec", "-i", name] } });
    const scaled = (name: string) => ({
      selector: { app: name },
      replicas: 0,
      up: [...docker, "start", name],
      down: [...docker, "stop", "-t", "0", name],
    });
    api = await startKubeApi({
      pods: { web: pod("web"), db: pod("db"), lame: pod("lame"), slow: pod("slow") },
      deployments: {
        web: scaled("web"),
        lame: { ...scaled("lame"), up: ["false"], waiting: "ImagePullBackOff" },
        slow: { ...scaled("slow"), up: ["false"], waiting: "ContainerCreating" },
      },
      statefulsets: { db: scaled("db") },
    });
    Object.assign(process.env, api.env);
  });
  after(async () => {
    process.env = former;
    await api?.stop();
    await engine?.stop();
  });

  for (const [kind, name] of [
    ["deployment", "web"],
    ["statefulset", "db"],
  ] as const)
    test(`a ${kind} goes from 0 to 1 and back`, { timeout: 60_000 }, async () => {
      const host = await starting(kubectlTransport, { [kind]: name });
      assert.equal(await host.start(), "started");
      assert.deepEqual(host.steps, ["scaling up", "waiting for a pod"]);
      assert.equal(await statusOf(name), "running");
      const said = await must(["kubectl", "exec", "-i", `${kind}/${name}`, "--", "hostname"], api.env);
      assert.equal(said.trim(), name);
      assert.equal(await host.start(), "running");
      await host.stop();
      assert.deepEqual([await replicas(`${kind}/${name}`), await pods(`app=${name}`)], ["0", ""]);
      assert.equal(await statusOf(name), "exited");
      await host.stop();
    });

  test("a pod has nothing to scale, and its short form has", async () => {
    await assert.rejects(starting(kubectlTransport, "web"), /No starter claims/);
    await assert.rejects(starting(kubectlTransport, { selector: "app=web" }), /No starter claims/);
    const short = await starting(kubectlTransport, "deploy/web");
    assert.equal(await short.start(), "started");
    await short.stop();
  });

  test("a pod that cannot become ready is told with what the cluster says, and scaled back", { timeout: 60_000 }, async () => {
    const lame = await starting(kubectlTransport, { deployment: "lame" });
    const message = /^Container "main" does not run: Told by the test: ImagePullBackOff$/;
    await assert.rejects(lame.start(), { code: "image-missing", message });
    assert.equal(await replicas("deployment/lame"), "0");
  });

  test("a start that is given up is scaled back", { timeout: 60_000 }, async () => {
    const slow = await starting(kubectlTransport, { deployment: "slow" });
    const given = new AbortController();
    const start = slow.start(given.signal);
    await waitFor(() => api.requests().some((line) => /watch=.*|\/deployments\?.*slow/.test(line) && line.includes("slow")), {
      what: "the wait for the pod",
      timeoutMs: 30_000,
    });
    given.abort();
    await assert.rejects(start, { code: "link-closed" });
    assert.equal(await replicas("deployment/slow"), "0");
  });

  test("a connection scales a deployment up, and back once nobody uses it, by the real program", {
    timeout: 90_000,
  }, async () => {
    const [here, there] = [vip(21), vip(22)];
    const web = {
      vip: there,
      kubectl: { deployment: "web" },
      onDemand: { idle: "1s", ready: 8080, timeout: "60s" },
      ports: ["8080:127.0.0.1:80"],
    };
    const network = await startNetwork({ manifest: { hosts: { here: { vip: here }, web } }, env: { ...engine.env, ...api.env } });
    try {
      await network.ready(30_000);
      assert.equal(await replicas("deployment/web"), "0");
      const pages = await Promise.all(Array.from({ length: 20 }, () => httpGet({ host: there, port: 8080 })));
      assert.deepEqual(new Set(pages.map(({ body }) => body)), new Set(["hello from web\n"]));
      assert.equal(network.events.filter(({ type }) => type === "host.started").length, 1);
      await network.event("host.rested", undefined, 60_000);
      assert.deepEqual([await replicas("deployment/web"), await pods("app=web")], ["0", ""]);
    } finally {
      await network.stop();
    }
  });

  test("what is not there cannot be started, and need not be stopped", async () => {
    const none = await starting(kubectlTransport, { deployment: "none" });
    await assert.rejects(none.start(), { code: "container-missing", message: 'There is no deployment "none"' });
    await none.stop();
  });
});
