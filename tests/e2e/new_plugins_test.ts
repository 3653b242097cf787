// A network of plugins as `norouter plugin new` writes them, one of each kind, all at once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { freeAddress } from "../../conformance/support/free_address.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { runToEnd } from "../support/child.ts";
import { programArgv } from "../support/cli.ts";
import { exchange } from "../support/clients.ts";
import { vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { startNetwork } from "../support/network.ts";

const KINDS = ["transport", "front-end", "egress", "rule", "store", "observer"];

test("one new plugin of each kind: a client goes in by one, over one, and is answered by one", { timeout: 300_000 }, async () => {
  const dir = tempDir("new-plugins");
  for (const kind of KINDS) {
    const { code, stderr } = await runToEnd([...programArgv(), "plugin", "new", `my-${kind}`, "--kind", kind, "--dir", dir.path]);
    assert.deepEqual([code, stderr], [0, ""]);
  }
  const listen = await freeAddress();
  const ports = ["7007:127.0.0.1:7007"];
  const manifest = {
    plugins: { journal: false, ...Object.fromEntries(KINDS.map((kind) => [`my-${kind}`, `./my-${kind}/mod.mjs`])) },
    hosts: {
      here: { vip: vip(1), "my-front-end": { listen, to: "there", port: 7007 } },
      there: { vip: vip(2), "my-transport": dir.path, ports },
    },
    routes: [{ "my-rule": ["example.com"], action: "refuse" }],
  };
  const network = await startNetwork({ manifest, folder: dir.path, env: { HOME: dir.path } });
  try {
    assert.deepEqual((await network.ready(180_000)).failed, [], network.stderr());
    const [host = "", port] = listen.split(":");
    assert.equal(await exchange({ host, port: Number(port) }, "hello"), "hello");
    const said = () => network.stderr();
    await waitFor(() => said().includes("my-observer: there is ready at"), { what: "the observer's line" });
    assert.match(said(), /my-store: the log of manifest\S* is kept in memory/);
    assert.ok(
      network.events.some(({ type, routes }) => type === "routes.set" && JSON.stringify(routes).includes("*.example.com")),
    );
  } finally {
    await network.stop();
    dir.remove();
  }
});
