// kill -9 of an agent, of its carrier and of its whole container: the host is back by itself, and the others miss no request.

import assert from "node:assert/strict";
import { get } from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { median } from "../../../bench/stats.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { signalAll } from "../../support/ending.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { isAgent, NEEDED } from "../../support/real/kinds.ts";
import type { ContainerEngine } from "../../support/real/real.ts";

const KILLS = 20;
/** Killed in turn, so that a host has been up for a while before it is killed again. */
const VICTIMS = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
const WATCHED = "watched";
const NAMES = [...VICTIMS, WATCHED];
const addressOf = (name: string) => vip(20 + NAMES.indexOf(name));
const WORST_MS = 15_000;

/** The page of a host, or undefined when there was none. */
function page(name: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: addressOf(name), port: 8080, agent: false, timeout: 15_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (more: string) => {
        text += more;
      });
      response.on("end", () => resolve(text)).on("error", () => resolve(undefined));
    });
    request.on("error", () => resolve(undefined)).on("timeout", () => request.destroy());
  });
}

describe("what is killed comes back", { skip: ONCE || needs(...NEEDED.docker) }, () => {
  let engine: ContainerEngine;
  let network: Network;
  let watching = true;
  let asked = 0;
  const missed: string[] = [];
  let watch: Promise<void> = Promise.resolve();
  let turn = 0;

  before(async () => {
    engine = await startDocker();
    for (const name of NAMES) await engine.run({ name });
    const hosts = NAMES.map((name) => [name, { docker: name, vip: addressOf(name), ports: ["8080:127.0.0.1:80"] }]);
    const manifest = { hosts: { here: { vip: vip(19) }, ...Object.fromEntries(hosts) } };
    network = await startNetwork({ manifest, env: engine.env });
    const { failed } = await network.ready(180_000);
    assert.deepEqual(failed, []);
    watch = (async () => {
      for (; watching; asked += 1) {
        if ((await page(WATCHED)) !== `hello from ${WATCHED}\n`) missed.push(new Date().toISOString());
        await pause(5);
      }
    })();
  });
  after(async () => {
    watching = false;
    await watch;
    await network?.stop();
    await engine?.stop();
  });

  async function killed(what: string, kill: (name: string) => Promise<void>): Promise<void> {
    const took: number[] = [];
    for (let at = 0; at < KILLS; at += 1, turn += 1) {
      const name = VICTIMS[turn % VICTIMS.length] as string;
      const hostId = network.events.find((event) => event.type === "host.admitted" && event.name === name)?.host;
      const lost = () => network.events.filter(({ type, host }) => type === "link.closed" && host === hostId).length;
      const before = lost();
      const began = performance.now();
      await kill(name);
      await waitFor(() => lost() > before, { what: `the link of "${name}" to end`, everyMs: 2 });
      await waitFor(async () => (await page(name)) === `hello from ${name}\n`, {
        what: `"${name}" to be back`,
        timeoutMs: 30_000,
      });
      took.push(performance.now() - began);
    }
    const [middle, worst] = [median(took), Math.max(...took)];
    console.log(
      `# ${KILLS} times kill -9 of ${what}: back in service after ${middle.toFixed(0)} ms (median), ${worst.toFixed(0)} ms (worst)`,
    );
    assert.ok(worst < WORST_MS, `${worst} ms`);
  }

  test("an agent", { timeout: 280_000 }, () =>
    killed("an agent", async (name) => signalAll((await engine.processesIn(name)).filter(isAgent), "SIGKILL")),
  );

  test("a carrier", { timeout: 280_000 }, () =>
    killed("a carrier", async (name) => {
      const carriers = network.processes().filter(({ argv }) => argv[0] === "docker" && argv.includes(name));
      assert.equal(carriers.length, 1);
      signalAll(carriers, "SIGKILL");
    }),
  );

  test("a container", { timeout: 280_000 }, () =>
    killed("a container, and its restart", async (name) => {
      await engine.kill9(name);
      await engine.start(name);
    }),
  );

  test("the others missed nothing, and no agent is there twice", async () => {
    assert.deepEqual(missed, []);
    assert.ok(asked > KILLS * 3, `${asked} requests`);
    for (const name of NAMES) {
      const agents = async () => (await engine.processesIn(name)).filter(isAgent).length;
      await waitFor(async () => (await agents()) === 1, { what: `one agent in "${name}"` });
    }
    console.log(`# ${asked} requests to another host meanwhile, none was missed`);
  });
});
