// Hosts that start on demand on real engines: a page whose server waits for its database, which nobody had started; many at once; and
// containers that are killed at every moment of their lives.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { runToEnd } from "../../support/child.ts";
import { httpGet } from "../../support/clients.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { startPodman } from "../../support/real/podman_engine.ts";
import { type ContainerEngine, must } from "../../support/real/real.ts";

const [HERE, WEB, DB] = [vip(11), vip(12), vip(13)];
const PORT = 8080;

/** Serves a page once the database has answered; ends when it is told to. */
const WEB_COMMAND = [
  "trap 'exit 0' TERM",
  `until echo | nc -w 1 ${DB} 3306 2>/dev/null | grep -q ready; do sleep 0.1; done`,
  "mkdir -p /site; echo 'page of web, with its database' > /site/index.html; httpd -p 80 -h /site",
  "while :; do sleep 0.1; done",
].join("; ");
/** Answers each connection with a word; takes a moment before it listens. */
const DB_COMMAND = "trap 'exit 0' TERM; sleep 0.5; (while :; do nc -l -p 3306 -e echo ready; done) & while :; do sleep 0.1; done";

function hosts(kind: "docker" | "podman", startEngine: () => Promise<ContainerEngine>): void {
  describe(`hosts of ${kind} on demand`, { skip: ONCE || needs("curl", ...NEEDED[kind]) }, () => {
    let engine: ContainerEngine;
    let network: Network;

    const stopped = async (name: string) => {
      const said = await must([kind, "inspect", "--type", "container", "--format", "{{.State.Running}}", name], engine.env);
      return said.trim() === "false";
    };
    const down = (name: string) => waitFor(() => stopped(name), { what: `${name} to be down`, timeoutMs: 30_000, everyMs: 100 });
    const idOf = (name: string) => 1 + ["here", "web", "db"].indexOf(name);
    const of = (type: string, name: string) =>
      network.events.filter((event) => event.type === type && event.host === idOf(name)).length;
    const rested = (name: string, times: number) =>
      waitFor(() => of("host.rested", name) >= times, { what: `${name} to rest`, timeoutMs: 40_000 });
    const page = () => httpGet({ host: WEB, port: PORT });

    before(async () => {
      engine = await startEngine();
      await engine.run({ name: "web", command: ["sh", "-c", WEB_COMMAND] });
      await engine.run({ name: "db", command: ["sh", "-c", DB_COMMAND] });
      for (const name of ["web", "db"]) await must([kind, "stop", "--time", "1", name], engine.env);
      network = await startNetwork({
        manifest: {
          hosts: {
            here: { vip: HERE },
            web: {
              vip: WEB,
              [kind]: "web",
              onDemand: { idle: "2s", ready: PORT, timeout: "60s" },
              ports: [`${PORT}:127.0.0.1:80`],
            },
            db: {
              vip: DB,
              [kind]: "db",
              onDemand: { idle: "2s", ready: "netstat -tln | grep -q :3306", timeout: "60s" },
              ports: ["3306:127.0.0.1:3306"],
            },
          },
        },
        env: engine.env,
      });
      await network.ready(60_000);
    });
    after(async () => {
      await network?.stop();
      await engine?.stop();
    });

    test("nothing runs; curl starts web, whose start starts db; after a while both are stopped", {
      timeout: 120_000,
    }, async () => {
      assert.ok((await stopped("web")) && (await stopped("db")));
      const got = await runToEnd(["curl", "-sS", "--max-time", "60", `http://${WEB}:${PORT}/`]);
      assert.equal(got.stdout, "page of web, with its database\n", got.stderr);
      const wanted = network.events.filter(({ type }) => type === "host.wanted").map(({ host, from }) => [host, from]);
      assert.deepEqual(wanted, [
        [idOf("web"), idOf("here")],
        [idOf("db"), idOf("web")],
      ]);
      await rested("web", 1);
      await rested("db", 1);
      assert.ok((await stopped("web")) && (await stopped("db")));
    });

    test("200 connections at once: one start, and all are answered", { timeout: 120_000 }, async () => {
      const before = of("host.started", "web");
      const pages = await Promise.all(Array.from({ length: 200 }, page));
      assert.deepEqual(new Set(pages.map(({ body }) => body)), new Set(["page of web, with its database\n"]));
      assert.equal(of("host.started", "web"), before + 1);
    });

    test("killed while idle counts: the next connection starts it anew", { timeout: 120_000 }, async () => {
      await page();
      const rests = of("host.rested", "web");
      await engine.kill9("web");
      await rested("web", rests + 1);
      assert.equal((await page()).body, "page of web, with its database\n");
    });

    test("killed while it starts: who waits is served by the next start", { timeout: 120_000 }, async () => {
      await rested("web", of("host.rested", "web") + 1);
      await down("db");
      const starts = of("host.started", "web");
      const waits = page();
      await waitFor(() => of("host.started", "web") > starts, { what: "the first start", timeoutMs: 30_000 });
      await engine.kill9("web");
      assert.equal((await waits).body, "page of web, with its database\n");
    });

    test("killed while it is being stopped: the next connection is served", { timeout: 120_000 }, async () => {
      await page();
      const releases = of("host.released", "web");
      await waitFor(() => of("host.released", "web") > releases, { what: "the release", timeoutMs: 30_000 });
      const [, got] = await Promise.all([engine.kill9("web").catch(() => undefined), page()]);
      assert.equal(got.body, "page of web, with its database\n");
    });

    test("the end of the network stops what it started", { timeout: 120_000 }, async () => {
      await page();
      network.kill("SIGTERM");
      await network.exited;
      assert.ok((await stopped("web")) && (await stopped("db")));
    });
  });
}

hosts("docker", startDocker);
hosts("podman", startPodman);
