// However the manager ends, no process and no listener of its network is left anywhere.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { processesWithEnvironment } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { isProgram, programArgv } from "../support/cli.ts";
import { needs } from "../support/engines.ts";
import { agentIn, agentsOf, type Lab, type LabOptions, startLab, throughShell, vip, WEB_PORT } from "../support/lab.ts";
import { endOf } from "../support/probing.ts";
import { startOnTerminal } from "../support/terminal.ts";
import { startUsernsHost } from "../support/userns_lab.ts";

const WITHIN_MS = 10_000; // the requirement

/** By host: commands that make it hard to notice the end. */
const ODD: Readonly<Record<string, string>> = {
  "input-held": `(cat; sleep 1000) | "$@"`, // its standard input never ends
  "output-held": `"$@" | (cat; sleep 1000)`, // its standard output is never closed
  "both-held": `(cat; sleep 1000) | "$@" | (cat; sleep 1000)`, // nothing but silence tells it
  stubborn: `trap "" TERM; (cat; sleep 1000) | "$@"; sleep 1000`, // ends neither with its input nor by SIGTERM
};

const skip = needs("userns", "nginx");

async function withLab(odd: readonly string[], body: (lab: Lab) => Promise<void>): Promise<void> {
  const options: LabOptions = {
    names: ["plain", ...odd],
    bare: true,
    also: { here: { vip: vip(9) } },
    command: (host, agent) => {
      const script = ODD[host.name];
      return script === undefined ? agent : throughShell(script, agent);
    },
  };
  const lab = await startLab(options);
  try {
    assert.equal(agentsOf(lab.network).length, lab.hosts.length);
    for (const host of lab.hosts) assert.ok(host.listens(WEB_PORT));
    await body(lab);
    const here = await endOf({ host: vip(1), port: WEB_PORT });
    assert.equal(here.code, "ECONNREFUSED", "a listener is left on the manager's own host");
    for (const host of lab.hosts) assert.ok(!host.listens(WEB_PORT), `a listener is left on "${host.name}"`);
  } finally {
    await lab.stop();
  }
}

describe("the manager ends", { skip }, () => {
  test("by kill -9: no agent lives on for more than ten seconds", { timeout: 120_000 }, () =>
    withLab(["input-held", "output-held", "both-held", "stubborn"], async ({ network }) => {
      const killedAt = performance.now();
      network.kill("SIGKILL");
      assert.equal((await network.exited).signal, "SIGKILL");
      await waitFor(() => agentsOf(network).length === 0, { what: "all agents to leave", timeoutMs: WITHIN_MS });
      console.log(`# the last agent left ${((performance.now() - killedAt) / 1000).toFixed(1)} s after the kill`);
    }),
  );

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const odd = signal === "SIGTERM" ? ["input-held", "output-held", "both-held", "stubborn"] : ["input-held"];
    test(`by ${signal}: exit code 0 and nothing left`, { timeout: 120_000 }, () =>
      withLab(odd, async ({ network }) => {
        network.kill(signal);
        assert.deepEqual(await network.exited, { code: 0, signal: null });
        await waitFor(() => network.processes().length === 0, { what: "all processes to be gone", timeoutMs: 1000 });
        assert.equal(network.stderr(), "");
        await network.event("network.stopped", ({ reason }) => reason === signal);
      }),
    );
  }

  test("by Ctrl-C on a terminal: exit code 0 and nothing left", { timeout: 120_000, skip: needs("script") }, async () => {
    const host = await startUsernsHost({ name: "plain" });
    const mark = `NOROUTER_TEST_TERMINAL=${process.pid}`;
    const manifest = `${host.home}/manifest.yaml`;
    const hosts = { plain: { vip: vip(1), cmd: agentIn(host), ports: [`${WEB_PORT}:127.0.0.1:80`] } };
    writeFileSync(manifest, JSON.stringify({ hosts }));
    const terminal = await startOnTerminal([...programArgv(), "run", manifest], {
      env: { NOROUTER_TEST_TERMINAL: `${process.pid}` },
    });
    try {
      const ours = () => processesWithEnvironment(mark).filter(isProgram);
      await waitFor(() => /hosts? (are|is) ready/.test(terminal.screen()), { what: "the network to be ready" });
      assert.ok(ours().length >= 2);
      terminal.type("\x03");
      assert.deepEqual(await terminal.exited, { code: 0, signal: null });
      assert.deepEqual(ours(), []);
      assert.ok(!host.listens(WEB_PORT));
      assert.match(terminal.screen(), /Network is stopped\n$/);
    } finally {
      await terminal.stop();
      await host.stop();
    }
  });
});
