// Whatever is wrong with a host, the program says it in one sentence of its own: each case is met on the real tool.

import assert from "node:assert/strict";
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { tempDir } from "../../support/lifetime.ts";
import { type NetworkEvent, startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { type KubeApi, startKubeApi } from "../../support/real/kube_api.ts";
import { startLxd } from "../../support/real/lxd_engine.ts";
import { startPodman } from "../../support/real/podman_engine.ts";
import type { ContainerEngine } from "../../support/real/real.ts";
import { type SshHosts, startSshHosts } from "../../support/real/ssh_hosts.ts";

/** A host that cannot be reached: its key in the manifest, and what is said about it. */
type Case = readonly [way: Readonly<Record<string, unknown>>, code: string, message: RegExp];

/** Runs one network of all cases at once; each is a host that fails. */
async function says(env: Readonly<Record<string, string>>, cases: readonly Case[]): Promise<void> {
  const hosts = Object.fromEntries(cases.map(([way], at) => [`case${at}`, { ...way, vip: vip(100 + at) }]));
  const network = await startNetwork({ manifest: { hosts }, env });
  try {
    await network.ready(60_000);
    for (const [at, [way, code, message]] of cases.entries()) {
      const closed = network.events.find((event) => event.type === "link.closed" && event.host === at + 1);
      const { failure } = closed as NetworkEvent & { readonly failure: { readonly code: string; readonly message: string } };
      assert.equal(failure.code, code, `${JSON.stringify(way)}: ${JSON.stringify(failure)}`);
      assert.match(failure.message, message);
      assert.doesNotMatch(failure.message, /\n/);
    }
  } finally {
    await network.stop();
  }
}

/** What docker and podman are asked alike. */
function containers(kind: "docker" | "podman", start: () => Promise<ContainerEngine>, more: readonly Case[]): void {
  describe(`failures of ${kind}`, { skip: ONCE || needs(...NEEDED[kind]) }, () => {
    let engine: ContainerEngine;
    before(async () => {
      engine = await start();
      await engine.run({ name: "bare", image: "bare" });
      await engine.run({ name: "web" });
      await engine.run({ name: "dead" });
      await engine.kill9("dead");
      await engine.run({ name: "frozen" });
      await engine.pause("frozen");
      const nothing = kind === "podman" ? ["--read-only", "--read-only-tmpfs=false"] : ["--read-only"];
      await engine.run({ name: "nowhere", args: nothing });
      await engine.run({ name: "small", args: ["--memory", "32m"] });
    });
    after(() => engine?.stop());

    test("each has its code and sentence", { timeout: 120_000 }, async () => {
      await says(engine.env, [
        [{ [kind]: "nope" }, "container-missing", /^There is no container "nope"$/],
        [{ [kind]: "dead" }, "container-stopped", /^Container is not running$/],
        [{ [kind]: "frozen" }, "container-stopped", /^Container is (paused; .*|not running)$/],
        [{ [kind]: "bare", agent: "runtime" }, "no-shell", /^Container has no 'sh', .* leave out 'agent', or ask/],
        [{ [kind]: { container: "web", user: "nope" } }, "access-denied", /^Container has no user "nope"$/],
        [{ [kind]: "small", agent: "bun" }, "out-of-memory", /needs 96 MiB of memory, and the host has 32 MiB$/],
        [{ [kind]: "nowhere", agent: "bun" }, "no-place", /^Host (has no folder|starts no programs).*no JavaScript runtime$/],
        [{ [kind]: "bare", agentDir: "~/agents" }, "no-place", /^Agent is copied \(container has no shell\), .* not "~\/agents"/],
        ...more,
      ]);
    });
  });
}

containers("docker", startDocker, [
  [{ docker: { container: "web", host: "unix:///nowhere.sock" } }, "engine-down", /^No docker engine answers at unix:/],
  // Docker passes on what its ssh said, unless that ended before docker wrote to it: about once in a hundred times.
  [
    { docker: { container: "web", host: "ssh://127.0.0.1:1" } },
    "engine-down",
    /^Docker engine cannot be reached: (.*refused|the ssh that docker starts ended at once; start it by hand to read why$)/,
  ],
  [{ docker: { container: "web", context: "nope" } }, "settings-refused", /^There is no docker context "nope"$/],
]);
containers("podman", startPodman, [
  [{ podman: { container: "web", url: "unix:///nowhere.sock" } }, "engine-down", /^No podman service answers: /],
  [{ podman: { container: "web", connection: "nope" } }, "settings-refused", /^There is no podman connection "nope"$/],
]);

describe("failures of lxc", { skip: ONCE || needs(...NEEDED.lxc) }, () => {
  let engine: ContainerEngine;
  before(async () => {
    engine = await startLxd();
    await engine.run({ name: "bare", image: "bare" });
    await engine.run({ name: "dead" });
    await engine.kill9("dead");
    await engine.run({ name: "frozen" });
    await engine.pause("frozen");
  });
  after(() => engine?.stop());

  test("each has its code and sentence", { timeout: 120_000 }, async () => {
    await says(engine.env, [
      [{ lxc: "nope" }, "container-missing", /^There is no such instance$/],
      [{ lxc: "dead" }, "container-stopped", /^Instance is not running$/],
      [{ lxc: "frozen" }, "container-stopped", /^Instance is frozen$/],
      [{ lxc: "bare" }, "no-shell", /^Instance has no 'sh'$/],
      [{ lxc: "nowhere:web" }, "settings-refused", /^There is no remote "nowhere"$/],
    ]);
    await says({ ...engine.env, LXD_DIR: "/nowhere" }, [[{ lxc: "web" }, "engine-down", /^No LXD server answers at \/nowhere/]]);
  });
});

describe("failures of kubectl", { skip: ONCE || needs("kubectl") }, () => {
  const env = ["env", "--"];
  const bare = ["env", "-i", "PATH=/nowhere", "--"];
  let api: KubeApi;
  before(async () => {
    api = await startKubeApi({
      pods: {
        web: { containers: { main: env, bare } },
        pending: { phase: "Pending", containers: { main: env } },
        done: { phase: "Succeeded", containers: { main: env } },
      },
    });
  });
  after(() => api?.stop());

  test("each has its code and sentence", { timeout: 120_000 }, async () => {
    await says(api.env, [
      [{ kubectl: "nope" }, "container-missing", /^There is no pod "nope"$/],
      [{ kubectl: "deployment/nope" }, "container-missing", /^There is no deployment "nope"$/],
      [{ kubectl: { selector: "app=nope" } }, "container-missing", /^No running pod has the labels "app=nope"$/],
      [{ kubectl: { pod: "web", container: "nope" } }, "container-missing", /^Pod "web" has no container "nope"$/],
      [{ kubectl: "pending" }, "container-stopped", /^Pod has no node yet$/],
      [{ kubectl: "done" }, "container-stopped", /^Pod has ended \(Succeeded\)$/],
      [{ kubectl: { pod: "web", context: "nope" } }, "settings-refused", /^There is no context "nope"$/],
      [{ kubectl: { pod: "web", kubeconfig: "/nowhere" } }, "settings-refused", /^The kubeconfig file cannot be used$/],
    ]);
    await says({ ...api.env, KUBECONFIG: "/nowhere" }, [
      [{ kubectl: "web" }, "engine-down", /^No API server answers at localhost/],
    ]);
  });

  test("who is not let in, or may not, is told so", { timeout: 60_000 }, async () => {
    await api.set({ pods: { web: { containers: { main: env } } }, refuse: "login" });
    await says(api.env, [[{ kubectl: "web" }, "not-logged-in", /^Not logged in to the cluster$/]]);
    await api.set({ pods: { web: { containers: { main: env } } }, refuse: "exec" });
    await says(api.env, [[{ kubectl: "web" }, "access-denied", /^Not allowed: .*pods\/exec/]]);
  });
});

describe("failures of ssh", { skip: ONCE || needs(...NEEDED.ssh) }, () => {
  const keys = tempDir("open-key");
  let hosts: SshHosts;
  before(async () => {
    hosts = await startSshHosts([{ name: "one" }, { name: "off" }]);
    await hosts.host("off").stopSshd();
    const folder = hosts.config.slice(0, hosts.config.lastIndexOf("/"));
    copyFileSync(`${folder}/id`, `${keys.path}/open`);
    chmodSync(`${keys.path}/open`, 0o644);
    writeFileSync(`${keys.path}/bare`, readFileSync(hosts.config, "utf8").replaceAll("IdentityFile", "#"));
  });
  after(async () => {
    await hosts?.stop();
    keys.remove();
  });

  test("each has its code and sentence", { timeout: 120_000 }, async () => {
    const of = (host: string, more = {}) => ({ ssh: { host, config: hosts.config, ...more } });
    const openKey = { ssh: { host: "one", config: `${keys.path}/bare`, identityFile: `${keys.path}/open` } };
    const noKey = { ssh: { host: "one", config: `${keys.path}/bare`, identityFile: `${keys.path}/nope` } };
    await says({}, [
      [of("one-wrong-key"), "access-denied", /^Not let in \(the server takes: publickey\); ssh asks for nothing here/],
      [of("one-locked"), "access-denied", /an agent for its passphrase/],
      [of("one-changed"), "host-key-changed", /another key than the one that is known/],
      [of("one-unknown"), "host-key-unknown", /key is not known/],
      [of("off"), "host-unreachable", /port 22: Connection refused$/],
      [of("nosuch.invalid"), "host-unreachable", /^There is no host "nosuch.invalid"$/],
      [of("one-jump"), "host-unreachable", /Connection refused$|Connection was lost/],
      [of("one", { options: ["Nonsense=yes"] }), "settings-refused", /Bad configuration option: nonsense/i],
      [of("one", { config: "/nowhere" }), "settings-refused", /^There is no configuration file "\/nowhere"$/],
      [openKey, "access-denied", /^Others may read the key file/],
      [noKey, "access-denied", /^There is no key file/],
    ]);
  });
});

test("a tool that is not installed is named", { timeout: 60_000 }, async () => {
  const kinds = ["docker", "podman", "kubectl", "lxc", "incus", "ssh"];
  const missing = (kind: string): Case => [{ [kind]: "web" }, "tool-missing", new RegExp(`^"${kind}" is not installed`)];
  await says({ PATH: "/nowhere" }, kinds.map(missing));
});

test("another program by the name of norouter is named", { timeout: 60_000 }, async () => {
  const go = 'echo \'time="2026-01-01T00:00:00Z" level=fatal msg="do not launch agent manually"\' >&2; exit 1';
  await says({}, [[{ cmd: ["sh", "-c", go] }, "foreign-agent", /^Host's 'norouter' is the Go program/]]);
});
