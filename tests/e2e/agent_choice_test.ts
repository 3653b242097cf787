// Hosts get the agent that is asked for, by their key or for all of them, and the log says which one and why.

import assert from "node:assert/strict";
import { dirname } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { runtimeArgv } from "../support/cli.ts";
import { withoutEngine } from "../support/engine/agent.ts";
import { vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { startNetwork } from "../support/network.ts";

const dir = tempDir("choice");
const PATH = `PATH=${dirname(runtimeArgv("node24")[0] ?? "")}:${process.env.PATH}`;
after(() => dir.remove());

test("the option is for hosts whose key does not say", { timeout: 120_000, skip: await withoutEngine() }, async () => {
  const host = (number: number, agent?: string) => ({
    ...{ vip: vip(number), cmd: ["env", PATH], install: true, agentDir: `${dir.path}/${number}` },
    ...(agent && { agent }),
  });
  const manifest = { hosts: { local: { vip: vip(1) }, plain: host(2), own: host(3, "runtime"), free: host(4, "auto") } };
  const network = await startNetwork({ manifest, args: ["--agent", "engine"] });
  try {
    assert.deepEqual((await network.ready(100_000)).failed, [], network.stderr());
    const told = network.events.flatMap((event) => {
      const { type, agent } = event as { readonly type: string; readonly agent?: { readonly chosen?: string } };
      return type === "link.opened" ? [agent?.chosen?.replace(/ \d.*/, "")] : [];
    });
    assert.equal(told.filter((why) => why === "engine: asked for").length, 1, told.join());
    const runtimes = told.filter((why) => why === "node" || why === "deno" || why === "bun");
    assert.equal(runtimes.length, 2, told.join());
  } finally {
    await network.stop();
  }
});
