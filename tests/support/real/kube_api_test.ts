// The real kubectl against the API of the tests: a clean pipe to pods, deployments and labels, and the refusals of a real API.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { needs } from "../engines.ts";
import { type Cluster, type KubeApi, startKubeApi } from "./kube_api.ts";
import { type Piped, pipeThrough } from "./real.ts";

const BYTES = Buffer.from(Array.from({ length: 1024 * 1024 }, (_, index) => (index * 7 + (index >> 8)) & 255));
const HERE = { main: ["env"], side: ["env", "SIDE=1"] };

const CLUSTER: Cluster = {
  pods: {
    web: { containers: HERE },
    other: { namespace: "prod", containers: HERE },
    pending: { phase: "Pending", containers: HERE },
    over: { phase: "Succeeded", containers: HERE },
    down: { down: true, containers: HERE },
  },
  deployments: { shop: { selector: { app: "web" } } },
};

describe("kubectl", { skip: needs("kubectl") }, () => {
  let api: KubeApi;
  const kubectl = (args: readonly string[], input: string | Uint8Array = ""): Promise<Piped> =>
    pipeThrough(["kubectl", ...args], { env: api.env, input });
  const exec = (pod: string, ...more: string[]) => kubectl(["exec", "-i", pod, "-c", "main", ...more, "--", "true"]);

  before(async () => {
    api = await startKubeApi(CLUSTER);
    console.log(`# the Kubernetes API started in ${api.startMs.toFixed(0)} ms`);
  });
  after(() => api?.stop());

  test("exec is a clean pipe with the command's exit code", async () => {
    const done = await kubectl(["exec", "-i", "web", "-c", "main", "--", "sh", "-c", "cat; echo over >&2; exit 7"], BYTES);
    assert.deepEqual([done.code, done.stdout.equals(BYTES)], [7, true]);
    assert.equal(done.stderr, "over\ncommand terminated with exit code 7\n");
  });

  test("pods are found by deployment, container, namespace and label", async () => {
    assert.equal((await exec("deployment/shop")).code, 0);
    assert.equal((await exec("other", "-n", "prod")).code, 0);
    const side = await kubectl(["exec", "web", "-c", "side", "--", "printenv", "SIDE"]);
    assert.equal(side.stdout.toString(), "1\n");
    assert.equal((await kubectl(["get", "pods", "-l", "app=web", "-o", "name"])).stdout.toString(), "pod/web\n");
  });

  test("refusals are those of a real API", async () => {
    const cases = [
      [await exec("nope"), /pods "nope" not found/],
      [await exec("deployment/nope"), /deployments.apps "nope" not found/],
      [await exec("web", "-n", "nope"), /namespaces "nope" not found/],
      [await kubectl(["exec", "web", "-c", "nope", "--", "true"]), /container nope is not valid for pod web/],
      [await exec("pending"), /pod pending does not have a host assigned/],
      [await exec("over"), /cannot exec into a container in a completed pod; current phase is Succeeded/],
      [await exec("down"), /unable to upgrade connection: container not found \("main"\)/],
    ] as const;
    await api.set({ ...CLUSTER, refuse: "login" });
    const login = await exec("web");
    await api.set({ ...CLUSTER, refuse: "exec" });
    const forbidden = await exec("web");
    await api.set(CLUSTER);
    const more = [
      [login, /You must be logged in to the server/],
      [forbidden, /pods "web" is forbidden: User "user" cannot create resource "pods\/exec"/],
    ] as const;
    for (const [done, error] of [...cases, ...more]) {
      assert.equal(done.code, 1);
      assert.match(done.stderr, error);
    }
  });

  test("an API that is gone", async () => {
    await api.end();
    assert.match((await exec("web")).stderr, new RegExp(`The connection to the server 127.0.0.1:${api.port} was refused`));
  });
});
