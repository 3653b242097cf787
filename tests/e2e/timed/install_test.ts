// A host needs nothing but a shell: the first start sends the agent, the second finds it there. On every real engine.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { runToEnd } from "../../support/child.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { tempDir } from "../../support/lifetime.ts";
import { startNetwork } from "../../support/network.ts";
import { EACH_KIND, type Kind, type KindHost, NEEDED, startKind } from "../../support/real/kinds.ts";

/** The first host of all waits until the agent was made. */
const FIRST_MS = 120_000;

/** Starts a network of this machine and one host, fetches the host's page, and ends it. Milliseconds until it was ready. */
async function fetchOnce(host: KindHost, env: Readonly<Record<string, string>> = {}): Promise<number> {
  const web = { ...host.way, vip: vip(2), ports: ["8080:127.0.0.1:80"] };
  const began = performance.now();
  const network = await startNetwork({ manifest: { hosts: { here: { vip: vip(1) }, web } }, env: { ...host.env, ...env } });
  try {
    const ready = await network.ready(FIRST_MS);
    const took = performance.now() - began;
    assert.deepEqual(ready.failed, [], JSON.stringify(network.events.filter(({ type }) => type === "link.closed")));
    const page = await runToEnd(["curl", "-sS", "--max-time", "10", `http://${vip(2)}:8080/`]);
    assert.equal(page.stdout, `hello from ${host.kind}\n`, page.stderr);
    return took;
  } finally {
    await network.stop();
    await waitFor(async () => (await host.agents()).length === 0, { what: `agents in ${host.kind} to be gone` });
  }
}

/** Names, sizes and inodes of what is kept of agents on a host; the words pass through the shell of ssh as they are. */
async function keptOn(host: KindHost): Promise<readonly string[]> {
  const found = await host.run(["find", "/root/.norouter/agents", "-type", "f", "-exec", "stat", "-c", "%n=%s=%i", "{}", "+"]);
  return found.stdout.toString().split("\n").filter(Boolean).sort();
}

function describeKind(kind: Kind): void {
  describe(`a ${kind} host with nothing but busybox`, { skip: needs("curl", ...NEEDED[kind]) }, () => {
    let host: KindHost;
    before(async () => {
      host = await startKind(kind);
    });
    after(() => host?.stop());

    test("answers, and again without another agent sent", async () => {
      const first = await fetchOnce(host);
      const kept = await keptOn(host);
      const second = await fetchOnce(host);
      console.log(`# ${kind}: first start ${first.toFixed(0)} ms, second start ${second.toFixed(0)} ms`);
      assert.ok(kept.length > 0);
      assert.deepEqual(await keptOn(host), kept);
      assert.ok(second < first, `the second start took ${second} ms, the first ${first} ms`);
    });
  });
}

for (const kind of EACH_KIND) describeKind(kind);

const skip = ONCE || needs("curl", ...NEEDED.docker);
test("with nothing made yet, the agent is made, packed and sent", { skip }, async () => {
  const host = await startKind("docker");
  const cache = tempDir("cache");
  try {
    const took = await fetchOnce(host, { XDG_CACHE_HOME: cache.path });
    console.log(`# docker: the very first start, with the agent being made, ${took.toFixed(0)} ms`);
  } finally {
    await host.stop();
    cache.remove();
  }
});
