// Containers of one static program, whose network is entered: the agent runs beside them, serves their own localhost, ends and
// returns with them, and leaves nothing.

import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
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
import { type ContainerEngine, must } from "../../support/real/real.ts";

const noEngine = await withoutEngine();
const FIRST = 80;

/** A container, by its name; `network` and `args` of `run`. */
interface Box {
  readonly name: string;
  readonly network?: string;
  readonly args?: readonly string[];
  readonly port?: number;
  /** On the machine's own network there is no place for addresses of the network a second time. */
  readonly shared?: true;
}

const BOXES: readonly Box[] = [
  { name: "plain" },
  { name: "user", args: ["--user", "1234:99"] },
  { name: "guest", network: "container:plain", port: 8082, shared: true },
  { name: "machine", network: "host", port: 18083, shared: true },
  { name: "all-processes", args: ["--pid", "host"] },
];

function describeEngine(kind: "docker" | "podman", start: () => Promise<ContainerEngine>): void {
  const skip = ONCE || needs("curl", "gcc", ...NEEDED[kind]) || noEngine;
  describe(`networks of ${kind}'s containers that are entered`, { skip }, () => {
    let engine: ContainerEngine;
    let network: Network;
    const tool = (...words: string[]) => must([kind, ...words], engine.env);
    const lines = async (...words: string[]) => (await tool(...words)).split("\n").filter((line) => line !== "");
    const beside = () => lines("ps", "-aq", "--no-trunc", "--filter", "label=norouter-agent");
    const images = () => lines("image", "ls", "-q", "--filter", "label=norouter-agent");
    const address = (name: string) => vip(FIRST + BOXES.findIndex((box) => box.name === name));
    const hostId = (name: string) => BOXES.findIndex((box) => box.name === name) + 2;
    const seen = (type: string, name: string) => network.events.filter((one) => one.type === type && one.host === hostId(name));
    const manifest = (boxes = BOXES) => {
      const hosts = boxes.map(({ name, port = 80, shared }) => [
        name,
        {
          ...{ [kind]: { container: name, enter: "network" }, vip: address(name), ports: [`8080:127.0.0.1:${port}`] },
          ...(shared && { loopback: { disable: true } }),
        },
      ]);
      return { hosts: { here: { vip: vip(FIRST - 1), ports: ["7:127.0.0.1:9"] }, ...Object.fromEntries(hosts) } };
    };
    const run = ({ name, network: on, args, port }: Box) =>
      engine.run({
        ...{ name, image: "one", command: ["/server", `${port ?? 80}`, name] },
        ...(on === undefined ? {} : { network: on }),
        ...(args ? { args } : {}),
      });
    const page = async (name: string) => {
      const { stdout, stderr } = await runToEnd(["curl", "-sS", "--max-time", "10", `http://${address(name)}:8080/`]);
      assert.equal(stdout, `hello from ${name}\n`, stderr);
    };
    const returns = async (name: string, again: () => Promise<unknown>) => {
      const [closed, opened] = [seen("link.closed", name).length, seen("link.opened", name).length];
      await again();
      await waitFor(() => seen("link.closed", name).length > closed, { what: `${name}'s link to end`, timeoutMs: 20_000 });
      await waitFor(() => seen("link.opened", name).length > opened, { what: `${name}'s next link`, timeoutMs: 60_000 });
      await page(name);
    };
    before(async () => {
      engine = await start();
      for (const box of BOXES) await run(box);
    });
    after(async () => {
      await network?.stop();
      await engine?.stop();
    });

    test("the container's own localhost is reached, whatever its network is, and nothing is put into it", {
      timeout: 180_000,
    }, async () => {
      const changed = new Map<string, string[]>();
      for (const { name } of BOXES) changed.set(name, await lines("diff", name));
      network = await startNetwork({ manifest: manifest(), env: engine.env });
      const { failed } = await network.ready(150_000);
      assert.deepEqual(failed, [], JSON.stringify(network.events.filter(({ type }) => type === "link.closed")));
      for (const { name } of BOXES) {
        await page(name);
        const [opened] = seen("link.opened", name) as unknown as { readonly agent: { readonly chosen: string } }[];
        assert.equal(opened?.agent.chosen, "engine: its network is entered; beside it, in its network");
        assert.deepEqual(await lines("diff", name), changed.get(name), name);
      }
      const { length } = BOXES;
      assert.deepEqual([(await beside()).length, (await images()).length], [length, 1]);
    });

    test("the agent runs as the container does", { timeout: 60_000 }, async () => {
      const users = await Promise.all((await beside()).map((id) => tool("inspect", "--format", "{{.Config.User}}", id)));
      assert.deepEqual(users.map((line) => line.trim()).sort(), ["", "", "", "", "1234:99"]);
    });

    test("one that is stopped, restarted or killed is served again", { timeout: 240_000 }, async () => {
      await returns("plain", async () => {
        await tool("stop", "-t", "0", "plain");
        await engine.start("plain");
      });
      await returns("user", () => engine.restart("user"));
      await returns("user", async () => {
        await engine.kill9("user");
        await engine.start("user");
      });
      await returns("all-processes", () => engine.restart("all-processes"));
    });

    test("one is removed at once, and its agent with it", { timeout: 120_000 }, async () => {
      for (const name of ["user", "all-processes"]) {
        const closed = seen("link.closed", name).length;
        const before = (await beside()).length;
        await tool("rm", "-f", ...(kind === "podman" ? ["-t", "0"] : []), name);
        await waitFor(() => seen("link.closed", name).length > closed, { what: "the link to end", timeoutMs: 20_000 });
        await waitFor(async () => (await beside()).length < before, { what: "the agent to leave", timeoutMs: 20_000 });
      }
    });

    test("a manager that ends, or is killed, leaves one image and nothing else", { timeout: 120_000 }, async () => {
      const left = BOXES.slice(2, 4);
      await waitFor(async () => (await beside()).length >= left.length, { what: "all agents", timeoutMs: 60_000 });
      network.kill("SIGKILL");
      await waitFor(async () => (await beside()).length === 0, { what: "agents to leave", timeoutMs: 20_000 });
      await network.stop();
      const [image] = await images();
      network = await startNetwork({ manifest: manifest(left), env: engine.env });
      assert.deepEqual((await network.ready(60_000)).failed, []);
      for (const { name } of left) await page(name);
      await network.stop();
      await waitFor(async () => (await beside()).length === 0, { what: "agents to leave", timeoutMs: 20_000 });
      assert.deepEqual(await images(), [image]);
    });

    test("a container that is made is entered, and both are gone when it is not wanted", { timeout: 120_000 }, async () => {
      const { CONTAINERS_CONF: conf } = engine.env; // what the engine's guard removes is named like its folder
      const group = conf === undefined ? [] : ["--cgroup-parent", `/${basename(dirname(conf))}`];
      const made = {
        ...{ vip: address("plain"), ports: ["8080:127.0.0.1:80"], onDemand: { idle: "1s", ready: 80 } },
        [kind]: {
          image: "norouter-one",
          args: ["--network=none", ...group],
          command: ["/server", "80", "plain"],
          enter: "network",
        },
      };
      const there = () => lines("ps", "-aq", "--filter", "label=norouter.host");
      network = await startNetwork({ manifest: { hosts: { here: { vip: vip(FIRST - 1) }, made } }, env: engine.env });
      await network.event("host.ready", ({ host }) => host === 1);
      for (const times of [1, 2]) {
        assert.deepEqual([await there(), await beside()], [[], []]);
        await page("plain");
        await waitFor(() => network.events.filter(({ type }) => type === "host.rested").length === times, {
          ...{ what: "the container to rest", timeoutMs: 20_000 },
        });
        await waitFor(async () => (await beside()).length === 0, { what: "the agent to leave", timeoutMs: 20_000 });
      }
      const [opened] = seen("link.opened", "plain") as unknown as { readonly agent: { readonly chosen: string } }[];
      assert.equal(opened?.agent.chosen, "engine: its network is entered; beside it, in its network");
      await network.stop();
    });
  });
}

describeEngine("docker", startDocker);
describeEngine("podman", startPodman);
