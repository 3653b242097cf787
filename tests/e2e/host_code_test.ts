// A third party's part on hosts, with the program itself: on the manager's own host, on one with its own norouter, and on one
// that is sent an agent, which keeps the code.

import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { agentArgv } from "../support/cli.ts";
import { exchange } from "../support/clients.ts";
import { vip } from "../support/lab.ts";
import { type TempDir, tempDir } from "../support/lifetime.ts";
import { type Network, startNetwork } from "../support/network.ts";

/** Claims a port that no built-in egress may have, and answers with what it got and where it is. */
const PART = `import { hostname } from "node:os";
export default ({ PLUGIN_API }) => ({
  name: "parrot",
  api: PLUGIN_API,
  setup: (context) => context.egress((host) => ({
    name: "parrot",
    claims: ({ kind, port }) => kind === "published" && port === 7007,
    open(stream) {
      stream.accept();
      stream.write(new TextEncoder().encode(host.self().name + " " + typeof hostname() + " "));
      stream.attach({
        data: (chunk) => stream.write(chunk.slice()),
        end: () => stream.end(),
        reset: () => undefined,
        drain: () => stream.resume(),
      });
    },
    stop: async () => undefined,
  })),
});
`;
const PLUGIN = `export default ({ PLUGIN_API }) => ({
  name: "parrot",
  api: PLUGIN_API,
  before: ["forward"],
  setup: () => undefined,
  host: { module: "./parrot_host.mjs" },
});
`;
const BROKEN = `export default ({ PLUGIN_API }) => ({
  name: "broken",
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(() => { throw new Error("no way"); }),
});
`;

describe("a part of a third party", () => {
  let dir: TempDir;
  let network: Network | undefined;
  const agentDir = () => `${dir.path}/agents`;
  before(() => {
    dir = tempDir("host-code");
    writeFileSync(`${dir.path}/parrot.mjs`, PLUGIN);
    writeFileSync(`${dir.path}/parrot_host.mjs`, PART);
    writeFileSync(`${dir.path}/broken.mjs`, PLUGIN.replaceAll("parrot", "broken").replace('before: ["forward"],', ""));
    writeFileSync(`${dir.path}/broken_host.mjs`, BROKEN);
  });
  after(async () => {
    await network?.stop();
    dir?.remove();
  });

  async function answers(): Promise<void> {
    const ports = ["7007:127.0.0.1:1"];
    const manifest = {
      plugins: ["./parrot.mjs", "./broken.mjs"],
      hosts: {
        local: { vip: vip(1), ports },
        own: { vip: vip(2), cmd: agentArgv(), ports },
        sent: { vip: vip(3), cmd: ["env"], install: true, agentDir: agentDir(), ports },
      },
    };
    network = await startNetwork({ manifest, folder: dir.path });
    assert.deepEqual((await network.ready(120_000)).failed, [], network.stderr());
    for (const [at, name] of ["local", "own", "sent"].entries())
      assert.equal(await exchange({ host: vip(at + 1), port: 7007 }, "hello"), `${name} string hello`);
    for (const by of ["local", "own", "sent"]) {
      const { code, message } = await network.event("plugin.failed", (event) => event.by === by);
      assert.deepEqual([code, message], ["plugin-invalid", 'Plugin "broken" fails: no way']);
    }
    await network.stop();
  }

  test("answers on every host, and is kept beside the agent that was sent", { timeout: 300_000 }, async () => {
    await answers();
    await answers();
    const kept = readdirSync(agentDir(), { recursive: true }).filter((name) => String(name).endsWith(".part"));
    assert.equal(kept.length, 2, String(kept));
    await answers();
  });
});
