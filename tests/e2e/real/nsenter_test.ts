// Networks of podman's containers that this machine's nsenter enters: no container is added, and the agent has the
// container's names.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { allProcesses } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { runToEnd } from "../../support/child.ts";
import { withoutEngine } from "../../support/engine/agent.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type TempDir, tempDir } from "../../support/lifetime.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { startPodman } from "../../support/real/podman_engine.ts";
import { type ContainerEngine, must } from "../../support/real/real.ts";

const noEngine = await withoutEngine();
const skip = ONCE || needs("curl", "gcc", "nsenter", "unshare", ...NEEDED.podman) || noEngine;

describe("a container's network that nsenter enters", { skip }, () => {
  let engine: ContainerEngine;
  let network: Network;
  let home: TempDir;
  const lines = async (...words: string[]) =>
    (await must(["podman", ...words], engine.env)).split("\n").filter((line) => line !== "");
  const manifest = {
    hosts: {
      here: { vip: vip(90) },
      box: {
        podman: { container: "box", enter: "network", nsenter: true },
        vip: vip(91),
        ports: ["8080:127.0.0.1:80", "8081:only-there:80"],
      },
    },
  };
  const page = async (port: number) => {
    const { stdout, stderr } = await runToEnd(["curl", "-sS", "--max-time", "10", `http://${vip(91)}:${port}/`]);
    assert.equal(stdout, "hello from box\n", stderr);
  };
  const seen = (type: string) => network.events.filter((one) => one.type === type && one.host === 2);
  /** The agents that have this home, wherever they are. */
  const agents = () =>
    allProcesses().filter(({ argv }) => argv.some((word) => word.startsWith(home.path) && word.endsWith("/agent.mjs")));
  before(async () => {
    home = tempDir("nsenter");
    engine = await startPodman();
    await engine.run({ name: "box", image: "one", args: ["--add-host", "only-there:127.0.0.1"] });
  });
  after(async () => {
    await network?.stop();
    await engine?.stop();
    home?.remove();
  });

  test("its localhost and its names are reached, and there is no other container", { timeout: 90_000 }, async () => {
    network = await startNetwork({ manifest, env: { ...engine.env, HOME: home.path } });
    const { failed } = await network.ready(60_000);
    assert.deepEqual(failed, [], JSON.stringify(network.events.filter(({ type }) => type === "link.closed")));
    await page(8080);
    await page(8081);
    const [opened] = seen("link.opened") as unknown as { readonly agent: { readonly chosen: string } }[];
    assert.match(opened?.agent.chosen ?? "", /^engine.*; on this machine, in its network$/);
    assert.deepEqual(
      [(await lines("ps", "-aq")).length, await lines("image", "ls", "-q", "--filter", "label=norouter-agent")],
      [1, []],
    );
  });

  test("the agent ends with the container, and returns with it", { timeout: 90_000 }, async () => {
    const before = agents();
    assert.equal(before.length, 1);
    const opened = seen("link.opened").length;
    await engine.restart("box");
    await waitFor(() => seen("link.opened").length > opened, { what: "the next link", timeoutMs: 60_000 });
    await page(8080);
    await waitFor(() => agents().length === 1 && agents()[0]?.pid !== before[0]?.pid, { what: "the old agent to leave" });
  });

  test("a killed manager leaves no agent", { timeout: 60_000 }, async () => {
    network.kill("SIGKILL");
    const left = () => network.processes().length + agents().length;
    await waitFor(() => left() === 0, { what: "all processes to leave", timeoutMs: 20_000 });
  });
});
