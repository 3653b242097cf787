// A service of three containers: even shares, one killed under load, one drained, one whose server is gone.

import assert from "node:assert/strict";
import { Agent, get } from "node:http";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { runToEnd } from "../../support/child.ts";
import { programArgv } from "../../support/cli.ts";
import { signalAll } from "../../support/ending.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { tempDir } from "../../support/lifetime.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { isAgent, NEEDED } from "../../support/real/kinds.ts";
import type { ContainerEngine } from "../../support/real/real.ts";

const HOSTS = ["api1", "api2", "api3"];
const API = vip(40);
const PLAIN = vip(41);
const REQUESTS = 1000;
const AT_ONCE = 10;

/** What became of a request: who answered, or that nobody did. */
interface Answer {
  readonly by: string | undefined;
  readonly began: number;
}

/** One request on a connection of its own. */
function ask(host: string): Promise<Answer> {
  const began = Date.now();
  return new Promise((resolve) => {
    const request = get({ host, port: 8080, agent: new Agent({ keepAlive: false }), timeout: 20_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (more: string) => {
        text += more;
      });
      const by = () => (response.statusCode === 200 ? /^hello from (\S+)\n$/.exec(text)?.[1] : undefined);
      response.on("end", () => resolve({ by: by(), began })).on("error", () => resolve({ by: undefined, began }));
    });
    request.on("error", () => resolve({ by: undefined, began })).on("timeout", () => request.destroy());
  });
}

/** Many requests, some at the same time; `midway` is called once, when half of them are answered. */
async function load(host: string, midway: () => Promise<unknown> = async () => undefined): Promise<Answer[]> {
  const answers: Answer[] = [];
  let left = REQUESTS;
  let acting: Promise<unknown> | undefined;
  const asking = async () => {
    while (left > 0) {
      left -= 1;
      answers.push(await ask(host));
      if (answers.length >= REQUESTS / 2) acting ??= midway();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, asking));
  await acting;
  return answers;
}

const by = (answers: readonly Answer[], name: string) => answers.filter((answer) => answer.by === name).length;
const failed = (answers: readonly Answer[]) => answers.filter((answer) => answer.by === undefined);

describe("a service of three containers", { skip: ONCE || needs(...NEEDED.docker) }, () => {
  let engine: ContainerEngine;
  let network: Network;
  const state = tempDir("services");

  before(async () => {
    engine = await startDocker();
    for (const host of HOSTS) await engine.run({ name: host });
    const hosts = HOSTS.map((host, at) => [host, { docker: host, vip: vip(31 + at), ports: ["8080:127.0.0.1:80"] }]);
    const services = {
      api: { vip: API, hosts: HOSTS, policy: "least-streams", health: { path: "/", every: "200ms" } },
      plain: { vip: PLAIN, hosts: HOSTS },
    };
    const manifest = { hosts: { here: { vip: vip(30) }, ...Object.fromEntries(hosts) }, services };
    network = await startNetwork({ manifest, env: { ...engine.env, XDG_STATE_HOME: state.path } });
    assert.deepEqual((await network.ready(120_000)).failed, []);
    await waitFor(() => healthOf("healthy") === HOSTS.length, { what: "all hosts to be healthy" });
  });
  after(async () => {
    await network?.stop();
    await engine?.stop();
    state.remove();
  });

  /** How many hosts are in a state. */
  const healthOf = (state: "healthy" | "unhealthy") => {
    const last = new Map(
      network.events.filter(({ type }) => type === "health.changed").map((event) => [event.host, event.healthy]),
    );
    return [...last.values()].filter((healthy) => healthy === (state === "healthy")).length;
  };
  const isReady = (count: number) => () => network.events.filter(({ type }) => type === "host.ready").length >= count;

  async function norouter(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runToEnd([...programArgv(), ...args], { env: { XDG_STATE_HOME: state.path } });
    assert.equal(code, 0, stderr);
    return stdout;
  }

  test("shares are within a tenth of even in turns, and within a fifth by the fewest streams", { timeout: 120_000 }, async () => {
    for (const [address, part] of [
      [PLAIN, 10],
      [API, 5],
    ] as const) {
      const answers = await load(address);
      const shares = HOSTS.map((host) => by(answers, host));
      console.log(`# ${REQUESTS} requests, ${AT_ONCE} at a time: ${shares.join(", ")}`);
      assert.equal(failed(answers).length, 0);
      // Who answers sooner has fewer streams, and gets more of them.
      for (const share of shares) assert.ok(Math.abs(share - REQUESTS / 3) <= REQUESTS / 3 / part, `${shares}`);
    }
  });

  test("a drained host gets none, and its own address still leads to it; undone, it has its share again", {
    timeout: 120_000,
  }, async () => {
    assert.match(await norouter("drain", "api2"), /api2 gets no new connections/);
    const answers = await load(API);
    assert.deepEqual([failed(answers).length, by(answers, "api2")], [0, 0]);
    assert.equal((await ask(vip(32))).by, "api2");
    assert.match(await norouter("status"), /api2 .*drained/);
    await norouter("drain", "api2", "--undo");
    const again = await load(API);
    assert.ok(by(again, "api2") >= (REQUESTS / 3) * 0.8);
  });

  test("kill -9 of an agent under load: no request fails but those that were on it", { timeout: 120_000 }, async () => {
    const before = network.events.filter(({ type }) => type === "link.closed").length;
    const ready = network.events.filter(({ type }) => type === "host.ready").length;
    const answers = await load(API, async () => {
      signalAll((await engine.processesIn("api3")).filter(isAgent), "SIGKILL");
    });
    const closed = network.events.filter(({ type }) => type === "link.closed")[before];
    assert.ok(closed, "the link has ended");
    const lost = failed(answers);
    console.log(`# one of three killed under ${REQUESTS} requests: ${lost.length} failed`);
    assert.ok(lost.length <= AT_ONCE, `${lost.length} failed`);
    for (const { began } of lost) assert.ok(began <= Number(closed.at), "what began after the end of the link has failed");
    await waitFor(isReady(ready + 1), { what: "the host to be back", timeoutMs: 30_000 });
  });

  test("a container that is killed under load", { timeout: 120_000 }, async () => {
    await waitFor(() => healthOf("healthy") === HOSTS.length, { what: "all hosts to be healthy" });
    const answers = await load(API, () => engine.kill9("api1"));
    const lost = failed(answers);
    console.log(`# a container of three killed under ${REQUESTS} requests: ${lost.length} failed`);
    assert.ok(lost.length <= AT_ONCE, `${lost.length} failed`);
    assert.ok(by(answers.slice(-100), "api2") > 0 && by(answers.slice(-100), "api1") === 0);
    await engine.start("api1");
  });
});
