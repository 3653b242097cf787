// The event stream of a real run is the whole truth: folded anew, it gives what the run itself said and did.
import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { EVENT_VERSION, type NetworkEvent } from "../../core/ledger/events.ts";
import { evolve, fold, type Network } from "../../core/ledger/network.ts";
import { needs } from "../support/engines.ts";
import { agentOf, type Lab, startLab, vip, WEB_PORT } from "../support/lab.ts";

const NAMES = ["one", "two", "three"];

/** Events of the log: everything but the line that tells programs that the network is ready. */
function logOf({ network }: Lab): NetworkEvent[] {
  return network.events.filter(({ type }) => type !== "network.ready") as unknown as NetworkEvent[];
}

function namesIn(network: Network, phase: string): string[] {
  return [...network.hosts.values()].filter((host) => host.phase === phase).map(({ name }) => name);
}

/** Addresses that a host of the fold says it serves. */
function served(network: Network, name: string): string[] {
  const host = [...network.hosts.values()].find((one) => one.name === name);
  return [...(host?.listeners.values() ?? [])]
    .filter(({ failure }) => !failure)
    .map(({ address }) => address)
    .sort();
}

describe("the event stream of a run", { skip: needs("userns", "nginx", "curl") }, () => {
  test("folds to the phases and listeners of the run, at every point", { timeout: 120_000 }, async () => {
    const also = { broken: { vip: vip(8), cmd: ["/no/such/program"] } };
    const lab = await startLab({ names: NAMES, bare: true, also });
    try {
      const { network, host } = lab;
      const addresses = NAMES.map((_, index) => `${vip(index + 1)}:${WEB_PORT}`).sort();

      const ready = await network.ready();
      const until = network.events.indexOf(ready);
      const atReady = fold(network.events.slice(0, until) as unknown as NetworkEvent[]);
      assert.deepEqual(namesIn(atReady, "ready"), ready.ready);
      assert.deepEqual([ready.ready, ready.failed], [NAMES, ["broken"]]);
      for (const name of NAMES) assert.deepEqual(served(atReady, name), addresses, name);
      for (const one of lab.hosts) assert.ok(one.listens(WEB_PORT));

      const page = await host(1).run(["curl", "-sS", `http://${vip(2)}:${WEB_PORT}/`]);
      assert.equal(page.stdout, "hello from two\n");
      await network.event("stream.closed");
      process.kill(agentOf(network, host(3)).pid, "SIGKILL");
      await network.event("link.closed", (event) => event.host === 3);
      const log3 = logOf(lab);
      const afterKill = fold(log3.slice(0, log3.findIndex((event) => event.type === "link.closed" && event.host === 3) + 1));
      assert.deepEqual(namesIn(afterKill, "ready"), ["one", "two"]);
      assert.ok(namesIn(afterKill, "failed").includes("three"));
      assert.deepEqual(served(afterKill, "three"), []);
      await waitFor(() => namesIn(fold(logOf(lab)), "ready").length === 3, { what: "the killed agent's host to be back" });
      assert.deepEqual(served(fold(logOf(lab)), "three"), addresses);
      assert.ok(host(3).listens(WEB_PORT));

      network.kill("SIGTERM");
      assert.deepEqual(await network.exited, { code: 0, signal: null });
      const log = logOf(lab);
      assert.deepEqual(
        log.map(({ seq }) => seq),
        log.map((_, index) => index + 1),
        "numbers without a gap",
      );
      assert.ok(log.every(({ at, by, v }) => typeof at === "number" && by !== "" && v === EVENT_VERSION));
      const whole = fold(log);
      assert.equal(whole.stopped, true);
      assert.deepEqual(namesIn(whole, "ready"), []);
      assert.deepEqual(log.reduce(evolve, fold([])), whole);
      assert.deepEqual(fold(log.slice(40), fold(log.slice(0, 40))), whole);
      assert.deepEqual(network.noise, []);
    } finally {
      await lab.stop();
    }
  });

  test("reading the log again needs nothing but the log", { timeout: 60_000 }, async () => {
    const lab = await startLab({ names: ["one"], bare: true });
    try {
      const log = logOf(lab);
      const again = JSON.parse(JSON.stringify(log)) as NetworkEvent[];
      assert.deepEqual(fold(again), fold(log));
      assert.equal(fold(log).hosts.get(1)?.agent?.pid, agentOf(lab.network, lab.host(1)).pid);
    } finally {
      await lab.stop();
    }
  });
});
