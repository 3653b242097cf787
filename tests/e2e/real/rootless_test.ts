// A container of an ordinary user's podman, whose network is entered by that user: from a container beside it, and by nsenter.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { runToEnd } from "../../support/child.ts";
import { runtimeArgv } from "../../support/cli.ts";
import { withoutEngine } from "../../support/engine/agent.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { type RootlessPodman, startRootlessPodman, unreadable } from "../../support/real/rootless_podman.ts";

const noEngine = await withoutEngine();
const skip = ONCE || needs("curl", "gcc", "nsenter", "setpriv", "userns", ...NEEDED.podman) || noEngine || (await unreadable());

describe("a container of a user's own podman", { skip }, () => {
  let own: RootlessPodman;
  let network: Network | undefined;
  before(async () => {
    own = await startRootlessPodman();
    await own.podman("run", "-d", "--name", "box", "--network", "none", "norouter-one", "/server", "8080", "box");
  });
  after(async () => {
    await network?.stop();
    await own?.stop();
  });

  test("is reached beside it and by nsenter, again after a restart, and is left as it was", { timeout: 120_000 }, async () => {
    const key = { container: "box", enter: "network" };
    const hosts = {
      here: { vip: vip(100) },
      beside: { podman: key, vip: vip(101), ports: ["8080:127.0.0.1:8080"] },
      // Both are one network, which has room for one of them.
      nsenter: {
        ...{ podman: { ...key, nsenter: true }, vip: vip(102), ports: ["8080:127.0.0.1:8080"] },
        loopback: { disable: true },
      },
    };
    const manifest = { hosts };
    const started = await startNetwork({ manifest, folder: own.home, runtime: [...own.as, ...runtimeArgv()] });
    network = started;
    const { failed } = await started.ready(90_000);
    assert.deepEqual(failed, [], JSON.stringify(started.events.filter(({ type }) => type === "link.closed")));
    const pages = async () => {
      for (const at of [101, 102]) {
        const { stdout, stderr } = await runToEnd(["curl", "-sS", "--max-time", "10", `http://${vip(at)}:8080/`]);
        assert.equal(stdout, "hello from box\n", stderr);
      }
    };
    await pages();
    const opened = () => started.events.filter(({ type, host }) => type === "link.opened" && (host === 2 || host === 3)).length;
    await own.podman("restart", "-t", "0", "box");
    await waitFor(() => opened() === 4, { what: "both to return", timeoutMs: 60_000 });
    await pages();
    await started.stop();
    assert.equal((await own.podman("ps", "-a", "--format", "{{.Names}}")).trim(), "box");
  });
});
