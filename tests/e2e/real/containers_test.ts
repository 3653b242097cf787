// Containers of many kinds: with a runtime or without, read-only, of an ordinary user, without `/tmp`. Each gets the agent that it
// can run, where it can be put.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { AgentChoice } from "../../../core/mod.ts";
import { runToEnd } from "../../support/child.ts";
import { withoutEngine } from "../../support/engine/agent.ts";
import { needs, pathOf } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { startPodman } from "../../support/real/podman_engine.ts";
import type { ContainerEngine, ContainerOptions } from "../../support/real/real.ts";

const noEngine = await withoutEngine();

interface Container extends ContainerOptions {
  /** What the agent is expected to run on. */
  readonly runtime: "node" | "engine" | "bun";
  /** What is asked for. */
  readonly agent?: AgentChoice;
  /** Where it is expected to be kept; nowhere by default. */
  readonly place?: string;
  /** Run in it as root before. */
  readonly prepare?: string;
}

const CONTAINERS: readonly Container[] = [
  { name: "busybox", runtime: "engine", place: "/root/.norouter" },
  ...(pathOf("dpkg") ? [{ name: "debian", image: "debian", runtime: "engine", place: "/root/.norouter" } as const] : []),
  { name: "with-node", image: "node", runtime: "node", place: "/root/.norouter" },
  { name: "user", args: ["--user", "1000"], runtime: "engine", place: "/home/user/.norouter" },
  { name: "read-only-node", image: "node", args: ["--read-only", "--tmpfs", "/dev/shm:ro"], runtime: "node" },
  { name: "read-only", args: ["--read-only", "--tmpfs", "/tmp:exec"], runtime: "engine", place: "/tmp/.norouter-0" },
  { name: "asked-for-bun", agent: "bun", runtime: "bun", place: "/root/.norouter" },
  { name: "little-memory", image: "node", args: ["--memory", "128m"], runtime: "engine", place: "/root/.norouter" },
  { name: "node-and-engine", image: "node", agent: "engine", runtime: "engine", place: "/root/.norouter" },
  // The first thing that can be written to, and started from, has 64 MB.
  {
    name: "small-shm",
    args: ["--read-only", "--tmpfs", "/dev/shm:exec,size=64m"],
    runtime: "engine",
    place: "/dev/shm/.norouter-0",
  },
  { name: "no-tmp", prepare: "rm -r /tmp", runtime: "engine", place: "/root/.norouter" },
  {
    name: "no-home-no-tmp-node",
    image: "node",
    args: ["--user", "1000", "--env", "HOME=/nowhere"],
    prepare: "rm -r /tmp",
    runtime: "node",
    place: "/dev/shm/.norouter-1000",
  },
];

/** What podman's own defaults would make writable. */
const PODMAN = (args: readonly string[]) => (args.includes("--read-only") ? ["--read-only-tmpfs=false", ...args] : args);

function describeEngine(kind: "docker" | "podman", start: () => Promise<ContainerEngine>): void {
  describe(`containers of ${kind}`, { skip: ONCE || needs("curl", ...NEEDED[kind]) || noEngine }, () => {
    let engine: ContainerEngine;
    before(async () => {
      engine = await start();
      for (const { name, image, args = [], prepare } of CONTAINERS) {
        await engine.run({ name, ...(image ? { image } : {}), args: kind === "podman" ? PODMAN(args) : args });
        if (prepare) assert.equal((await engine.exec(name, ["true"])).code, 0);
        if (prepare) await runToEnd([kind, "exec", "--user", "0", name, "sh", "-c", prepare], { env: engine.env });
      }
    });
    after(() => engine?.stop());

    test("each gets the agent that it can run", { timeout: 180_000 }, async () => {
      const ports = ["8080:127.0.0.1:80"];
      const hosts = CONTAINERS.map(({ name, agent }, at) => [
        name,
        { [kind]: name, vip: vip(50 + at), ports, ...(agent && { agent }) },
      ]);
      const manifest = { hosts: { here: { vip: vip(49) }, ...Object.fromEntries(hosts) } };
      const network = await startNetwork({ manifest, env: engine.env });
      try {
        const { failed } = await network.ready(150_000);
        assert.deepEqual(failed, [], JSON.stringify(network.events.filter(({ type }) => type === "link.closed")));
        for (const [at, { name, runtime, place }] of CONTAINERS.entries()) {
          const page = await runToEnd(["curl", "-sS", "--max-time", "10", `http://${vip(50 + at)}:8080/`]);
          assert.equal(page.stdout, `hello from ${name}\n`, page.stderr);
          const opened = network.events.find(({ type, host }) => type === "link.opened" && host === at + 2);
          assert.match((opened as unknown as { agent: { runtime: string } }).agent.runtime, new RegExp(`^${runtime} `), name);
          const kept = await engine.exec(name, ["sh", "-c", 'find / -name start -path "*norouter*" 2>/dev/null']);
          assert.match(kept.stdout.toString(), place ? new RegExp(`^${place}/agents/[0-9a-f]+-\\w+/start\n$`) : /^$/, name);
        }
      } finally {
        await network.stop();
      }
    });
  });
}

describeEngine("docker", startDocker);
describeEngine("podman", startPodman);
