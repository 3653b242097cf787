// The ways to name a pod, through the real kubectl: by name, by deployment, by labels, and by container.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type TempDir, tempDir } from "../../support/lifetime.ts";
import { startNetwork } from "../../support/network.ts";
import { type KubeApi, startKubeApi } from "../../support/real/kube_api.ts";

describe("a pod of a cluster", { skip: ONCE || needs("kubectl") }, () => {
  let homes: TempDir;
  let api: KubeApi;
  before(async () => {
    homes = tempDir("pods");
    // Each container is a shell of this machine with a home of its own, so that it can be told which one was reached.
    const container = (name: string) => ["env", `HOME=${homes.path}/${name}`, `NOROUTER_TEST_POD=${name}`];
    api = await startKubeApi({
      pods: {
        "web-0": { labels: { app: "web", tier: "front" }, containers: { main: container("web-0"), side: container("side") } },
        "web-1": { labels: { app: "web" }, phase: "Pending", containers: { main: container("web-1") } },
        "api-0": { namespace: "prod", labels: { app: "api" }, containers: { main: container("api-0") } },
      },
      deployments: { api: { namespace: "prod", selector: { app: "api" } } },
    });
  });
  after(async () => {
    await api?.stop();
    homes?.remove();
  });

  test("is found by name, deployment, labels and container", { timeout: 120_000 }, async () => {
    const ways = {
      name: "web-0",
      kind: "pod/web-0",
      container: { pod: "web-0", container: "side" },
      labels: { selector: "app=web,tier=front" },
      running: { selector: "app=web" },
      deployment: { deployment: "api", namespace: "prod" },
      short: { pod: "deployment/api", namespace: "prod", context: "test", kubeconfig: api.kubeconfig },
    };
    const hosts = Object.entries(ways).map(([name, way], at) => [
      name,
      { kubectl: way, vip: vip(70 + at), loopback: { disable: true } },
    ]);
    const network = await startNetwork({ manifest: { hosts: Object.fromEntries(hosts) }, env: api.env });
    try {
      const { failed } = await network.ready(90_000);
      assert.deepEqual(failed, [], JSON.stringify(network.events.filter(({ type }) => type === "link.closed")));
      const asked = api.requests().filter((line) => line.includes("/exec?"));
      const reached = asked.map((line) => /pods\/([^/]+)\/exec\?.*container=(\w+)/.exec(line)?.slice(1).join(" ")).sort();
      const web = ["web-0 main", "web-0 main", "web-0 main", "web-0 main"];
      assert.deepEqual(reached, ["api-0 main", "api-0 main", ...web, "web-0 side"]);
    } finally {
      await network.stop();
    }
  });
});
