// Ten thousand connections through a SOCKS proxy one after another, a thousand at once: none fails, none leaves anything open.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openFilesOf } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { needs } from "../support/engines.ts";
import { agentOf, type Lab, QUICK, startLab, vip } from "../support/lab.ts";

const PROXY = { host: "127.0.0.1", port: 18081 };
const ECHO_PORT = 7001;
const TARGET = { host: "two", port: ECHO_PORT };
const IN_A_ROW = QUICK ? 1000 : 10_000;
const AT_ONCE = 1000;

describe("a SOCKS proxy under load", { skip: needs("userns") }, () => {
  let lab: Lab;
  let files: () => number[];

  before(async () => {
    lab = await startLab({
      names: ["one", "two"],
      web: "none",
      ports: [`${ECHO_PORT}:127.0.0.1:${ECHO_PORT}`],
      entrances: ({ name }) => (name === "one" ? { socks: { listen: `${PROXY.host}:${PROXY.port}` } } : {}),
      also: { here: { vip: vip(9) } },
    });
    await lab.probe(2).run("serveEcho", { port: ECHO_PORT });
    const agents = [1, 2].map((n) => agentOf(lab.network, lab.host(n)).pid);
    files = () => [lab.network.pid, ...agents].map((pid) => openFilesOf(pid));
  });
  after(() => lab?.stop());

  /** Runs a load and waits until the manager and both agents have as many files open as before it. */
  async function leavesNothing(load: () => Promise<void>): Promise<void> {
    await lab.probe(1).run("echoInARow", PROXY, TARGET, 10); // whatever a process opens once and keeps
    const before = files();
    await load();
    const after = () => files().every((count, at) => count <= (before[at] ?? 0));
    await waitFor(after, { what: `files to be closed: ${before} before, ${files()} after` });
    assert.equal((await lab.probe(2).run("seenBy", ECHO_PORT)).open, 0);
  }

  test(`${IN_A_ROW} connections in a row`, { timeout: 300_000 }, async () => {
    await leavesNothing(async () => {
      const began = performance.now();
      assert.equal(await lab.probe(1).run("echoInARow", PROXY, TARGET, IN_A_ROW), IN_A_ROW);
      console.log(`# SOCKS: ${IN_A_ROW} connections in a row in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    });
  });

  test(`${AT_ONCE} connections at once`, { timeout: 120_000 }, async () => {
    await leavesNothing(async () => {
      assert.equal(await lab.probe(1).run("echoTogether", PROXY, TARGET, AT_ONCE), AT_ONCE);
    });
  });
});
