// Containers without a shell: the agent is copied into them, or runs beside them, as who they run as, and nothing of it stays that
// should not.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { runToEnd } from "../../support/child.ts";
import { withoutEngine } from "../../support/engine/agent.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { startPodman } from "../../support/real/podman_engine.ts";
import { type ContainerEngine, type ContainerOptions, must } from "../../support/real/real.ts";

const noEngine = await withoutEngine();

interface Container extends ContainerOptions {
  readonly way: "copied into it" | "beside it, in its network";
  /** User and group of the agent. */
  readonly uid: string;
  /** `user` of the key. */
  readonly user?: string | number;
  /** Why no shell could do it. */
  readonly why?: string;
}

const COPIED = { image: "bare", way: "copied into it" } as const;
const BESIDE = { image: "bare", way: "beside it, in its network" } as const;
const READ_ONLY = ["--read-only"];

const CONTAINERS: readonly Container[] = [
  { name: "scratch", ...COPIED, uid: "0:0" },
  { name: "scratch-user", ...COPIED, args: ["--user", "1000:1000"], uid: "1000:1000" },
  { name: "scratch-key", ...COPIED, user: 1000, uid: "1000:1000" },
  { name: "nobody-known", ...COPIED, args: ["--user", "4321:4321"], uid: "4321:4321" },
  { name: "read-only", ...BESIDE, args: READ_ONLY, uid: "0:0" },
  { name: "read-only-user", ...BESIDE, args: [...READ_ONLY, "--user", "user"], uid: "1000:1000" },
  { name: "read-only-key", ...BESIDE, args: READ_ONLY, user: "user", uid: "1000:1000" },
  {
    name: "nowhere",
    way: "beside it, in its network",
    args: READ_ONLY,
    uid: "0:0",
    why: "its shell finds no folder where an agent can be put and started",
  },
];

/** What podman's own defaults would make writable. */
const PODMAN = (args: readonly string[]) => (args.includes("--read-only") ? ["--read-only-tmpfs=false", ...args] : args);

function describeEngine(kind: "docker" | "podman", start: () => Promise<ContainerEngine>): void {
  describe(`containers of ${kind} without a shell`, { skip: ONCE || needs("curl", ...NEEDED[kind]) || noEngine }, () => {
    let engine: ContainerEngine;
    let network: Network;
    const tool = (...words: string[]) => must([kind, ...words], engine.env);
    const manifest = () => {
      const hosts = CONTAINERS.map(({ name, user }, at) => {
        const way = user === undefined ? name : { container: name, user };
        return [name, { [kind]: way, vip: vip(50 + at), ports: ["8080:127.0.0.1:80"] }];
      });
      return { hosts: { here: { vip: vip(49), ports: ["7:127.0.0.1:9"] }, ...Object.fromEntries(hosts) } };
    };
    const agents = async (name: string) =>
      (await engine.processesIn(name)).filter(({ argv }) => argv.some((word) => word.endsWith("/agent.mjs")));
    const runContainer = ({ name, image, args = [] }: Container) =>
      engine.run({ name, ...(image ? { image } : {}), args: kind === "podman" ? PODMAN(args) : args });
    const beside = async () => {
      const names = await tool("ps", "-q", "--no-trunc", "--filter", "label=norouter-agent");
      return names.split("\n").filter((line) => line !== "");
    };
    before(async () => {
      engine = await start();
      for (const container of CONTAINERS) await runContainer(container);
    });
    after(async () => {
      await network?.stop();
      await engine?.stop();
    });

    test("each is served, and tells how", { timeout: 180_000 }, async () => {
      network = await startNetwork({ manifest: manifest(), env: engine.env });
      const { failed } = await network.ready(150_000);
      assert.deepEqual(failed, [], JSON.stringify(network.events.filter(({ type }) => type === "link.closed")));
      for (const [at, { name, way, why = "container has no shell" }] of CONTAINERS.entries()) {
        const page = await runToEnd(["curl", "-sS", "--max-time", "10", `http://${vip(50 + at)}:8080/`]);
        assert.equal(page.stdout, `hello from ${name}\n`, page.stderr);
        const opened = network.events.find(({ type, host }) => type === "link.opened" && host === at + 2);
        const { agent } = opened as unknown as { readonly agent: { readonly runtime: string; readonly chosen: string } };
        assert.match(agent.runtime, /^engine /);
        assert.equal(agent.chosen, `engine: ${why}; ${way}`);
      }
      const failures = network.events.filter(({ type }) => type === "frontend.failed");
      assert.doesNotMatch(JSON.stringify(failures), /read-only/, "a state folder that nobody asked for");
    });

    test("agents run as who is wanted, and can change nothing of what they are", { timeout: 60_000 }, async () => {
      const containers = await Promise.all(
        (await beside()).map((id) => tool("inspect", "--format", "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}}", id)),
      );
      const wanted = CONTAINERS.filter(({ way }) => way === BESIDE.way);
      assert.deepEqual(
        containers.map((line) => line.trim()).sort(),
        wanted.map(({ uid }) => `${uid === "0:0" ? "" : uid} true`.trim()).sort(),
      );
      for (const { name, uid } of CONTAINERS.filter(({ way }) => way === COPIED.way)) {
        const [agent] = await agents(name);
        const status = await must(["sh", "-c", `awk '/^(Uid|Gid):/ { print $2 }' /proc/${agent?.pid}/status`]);
        assert.equal(status.trim().split("\n").join(":"), uid, name);
        const list = await must(["sh", "-c", `ls -lnR /proc/${agent?.pid}/root/.norouter`]);
        assert.match(list, /^-rwxr-xr-x +1 +0 +0 .* engine$/m);
        assert.match(list, /^-rw-r--r-- +1 +0 +0 .* agent\.mjs$/m);
      }
    });

    test("an agent beside a container ends with it, and one that returns is served again", { timeout: 120_000 }, async () => {
      const host = CONTAINERS.findIndex(({ name }) => name === "read-only") + 2;
      const seen = (type: string) => network.events.filter((event) => event.type === type && event.host === host).length;
      const running = (await beside()).length;
      const opened = seen("link.opened");
      await engine.restart("read-only");
      await waitFor(() => seen("link.closed") > 0, { what: "the link to end", timeoutMs: 10_000 });
      await waitFor(() => seen("link.opened") > opened, { what: "another link", timeoutMs: 30_000 });
      const page = await runToEnd(["curl", "-sS", "--max-time", "10", `http://${vip(48 + host)}:8080/`]);
      assert.equal(page.stdout, "hello from read-only\n", page.stderr);
      const closed = seen("link.closed");
      await tool("rm", "-f", ...(kind === "podman" ? ["-t", "0"] : []), "read-only");
      await waitFor(() => seen("link.closed") > closed, { what: "the link to end", timeoutMs: 10_000 });
      await waitFor(async () => (await beside()).length === running - 1, { what: "the agent to leave", timeoutMs: 10_000 });
      await runContainer(CONTAINERS[host - 2] as Container);
      await waitFor(() => seen("link.opened") > opened + 1, { what: "another link", timeoutMs: 60_000 });
    });

    test("a killed manager leaves no agent and no container, and the next start sends nothing", {
      timeout: 120_000,
    }, async () => {
      const images = await tool("image", "ls", "-q", "--filter", "label=norouter-agent");
      network.kill("SIGKILL");
      const left = async () =>
        (await Promise.all(CONTAINERS.map(({ name }) => agents(name)))).flat().length + (await beside()).length;
      await waitFor(async () => (await left()) === 0, { what: "agents to leave", timeoutMs: 20_000 });
      await network.stop();
      network = await startNetwork({ manifest: manifest(), env: engine.env });
      assert.deepEqual((await network.ready(60_000)).failed, []);
      assert.equal(images.trim().split("\n").length, 1);
      assert.equal(await tool("image", "ls", "-q", "--filter", "label=norouter-agent"), images);
      await network.stop();
      await waitFor(async () => (await left()) === 0, { what: "agents to leave", timeoutMs: 20_000 });
    });
  });
}

describeEngine("docker", startDocker);
describeEngine("podman", startPodman);
