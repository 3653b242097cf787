// Whatever is killed, no agent stays behind: the manager, the client command, or the host's own end of it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isAlive, type ProcessInfo, processInfo } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { signalAll } from "../../support/ending.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { KINDS, type Kind, type KindHost, NEEDED, startKind } from "../../support/real/kinds.ts";

const GONE_MS = 10_000;

function describeKind(kind: Kind): void {
  describe(`nothing stays on a ${kind} host`, { skip: ONCE || needs(...NEEDED[kind]) }, () => {
    let host: KindHost;
    before(async () => {
      host = await startKind(kind);
    });
    after(() => host?.stop());

    async function up(): Promise<{ network: Network; agent: ProcessInfo }> {
      const web = { ...host.way, vip: vip(2), ports: ["8080:127.0.0.1:80"] };
      const network = await startNetwork({ manifest: { hosts: { web } }, env: host.env });
      try {
        const { failed } = await network.ready(120_000);
        assert.deepEqual(failed, []);
        const agents = await host.agents();
        assert.equal(agents.length, 1, JSON.stringify(agents));
        return { network, agent: agents[0] as ProcessInfo };
      } catch (error) {
        await network.stop();
        throw error;
      }
    }

    /** Ends a network after `kill` and measures how long its agent stays. */
    async function leavesAfter(what: string, kill: (network: Network, agent: ProcessInfo) => void): Promise<void> {
      const { network, agent } = await up();
      try {
        const began = performance.now();
        kill(network, agent);
        await waitFor(() => !isAlive(agent), { what: `the agent to leave after ${what}`, timeoutMs: GONE_MS });
        console.log(`# ${kind}: kill -9 of ${what}: the agent was gone after ${(performance.now() - began).toFixed(0)} ms`);
      } finally {
        await network.stop();
      }
      await waitFor(async () => (await host.agents()).length === 0, { what: "no agent to be left", timeoutMs: GONE_MS });
    }

    test("after kill -9 of the manager", { timeout: 180_000 }, () =>
      leavesAfter("the manager", (network) => network.kill("SIGKILL")),
    );

    test("after kill -9 of the client command", { timeout: 60_000 }, () =>
      leavesAfter("the client command", (network) => {
        const clients = network.processes().filter(({ pid, argv }) => pid !== network.pid && argv.at(-1) === "sh");
        assert.ok(clients.length >= 1, JSON.stringify(network.processes()));
        signalAll(clients, "SIGKILL");
      }),
    );

    test("after kill -9 of what holds the agent on its host", { timeout: 60_000 }, () =>
      leavesAfter("the host's own end", (_, agent) => {
        const parent = processInfo(agent.parent);
        assert.ok(parent && parent.pid > 1, JSON.stringify(agent));
        signalAll([parent], "SIGKILL");
      }),
    );
  });
}

for (const kind of KINDS) describeKind(kind);
