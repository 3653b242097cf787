// What agents of these tests run on is what was asked for: tests of the engine must not pass by testing something else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { agentArgv, RUNS_ON, TEST_AGENT } from "../support/cli.ts";
import { vip } from "../support/lab.ts";
import { startNetwork } from "../support/network.ts";

test("an agent says what it runs on", { timeout: 60_000 }, async () => {
  const quiet = { loopback: { disable: true } };
  const hosts = { here: { vip: vip(1), ...quiet }, there: { vip: vip(2), cmd: agentArgv(), ...quiet } };
  const network = await startNetwork({ manifest: { hosts } });
  try {
    await network.ready();
    const opened = await network.event("link.opened", ({ host }) => host === 2);
    const { runtime } = opened.agent as { readonly runtime: string };
    assert.equal(runtime.split(" ")[0], process.env[TEST_AGENT] === undefined ? RUNS_ON : "engine");
  } finally {
    await network.stop();
  }
});
