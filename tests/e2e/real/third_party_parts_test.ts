// Plugins of others on hosts that know nothing of them: the SOCKS proxy as a package of its own, under another name and key, with
// the built-in one off, and an egress that echoes; in a container with nothing but busybox, and on a machine that ssh reaches.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { runToEnd } from "../../support/child.ts";
import { exchange } from "../../support/clients.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type TempDir, tempDir } from "../../support/lifetime.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { packageOf } from "../../support/package_of_others.ts";
import { codeBlocks } from "../../support/pages.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import { startPodman } from "../../support/real/podman_engine.ts";
import { type ContainerEngine, firstOf } from "../../support/real/real.ts";
import { type SshHosts, startSshHosts } from "../../support/real/ssh_hosts.ts";

const SOCKS = { from: "socks", exports: ["socksPlugin", "socksHost"], names: ["socks", "my-socks"] } as const;
const PROXY = "127.0.0.1:1080";

/** The egress of the page for authors, word for word. */
const [ECHO = "", ECHO_HOST = ""] = codeBlocks("docs/plugins.md", "js");

describe("plugins of others on other hosts", { skip: ONCE || needs("curl", "nsenter", ...NEEDED.podman, ...NEEDED.ssh) }, () => {
  let engine: ContainerEngine;
  let machines: SshHosts;
  let dir: TempDir;
  let network: Network;
  before(async () => {
    dir = tempDir("third-party-parts");
    await packageOf(SOCKS, `${dir.path}/my-socks`);
    writeFileSync(`${dir.path}/echo.mjs`, ECHO);
    writeFileSync(`${dir.path}/echo_host.mjs`, ECHO_HOST);
    [engine, machines] = await Promise.all([startPodman(), startSshHosts([{ name: "box" }])]);
    await engine.run({ name: "web" });
    const shared = { "my-socks": { listen: PROXY }, ports: ["8080:127.0.0.1:80", "7007:127.0.0.1:1"] };
    const manifest = {
      plugins: { socks: false, "my-socks": "./my-socks/plugin.mjs", echo: "./echo.mjs" },
      hosts: {
        here: { vip: vip(1) },
        web: { vip: vip(2), podman: "web", ...shared },
        box: { vip: vip(3), ssh: { host: "box", config: machines.config }, ...shared },
      },
    };
    network = await startNetwork({ manifest, folder: dir.path, env: engine.env });
    assert.deepEqual((await network.ready(180_000)).failed, [], network.stderr());
  });
  after(async () => {
    await network?.stop();
    await Promise.all([engine?.stop(), machines?.stop()]);
    dir?.remove();
  });

  async function through(pid: number, host: string): Promise<string> {
    const curl = ["curl", "-sS", "--max-time", "10", "--socks5-hostname", PROXY, `http://${host}:8080/`];
    const { stdout, stderr } = await runToEnd(["nsenter", `--net=/proc/${pid}/ns/net`, ...curl]);
    return stdout || stderr;
  }

  test("curl goes through the SOCKS proxy on each host to the other", { timeout: 240_000 }, async () => {
    const inContainer = firstOf(await engine.processesIn("web"))?.pid ?? assert.fail("the container has no process");
    assert.equal(await through(inContainer, "box"), "hello from box\n");
    assert.equal(await through(machines.host("box").pid, "web"), "hello from web\n");
    for (const by of ["web", "box"]) {
      const { frontend } = await network.event("frontend.listening", (event) => event.by === by && event.address === PROXY);
      assert.equal(frontend, "my-socks");
    }
  });

  test("the echo of the page for authors answers on each host", async () => {
    for (const at of [2, 3]) assert.equal(await exchange({ host: vip(at), port: 7007 }, "hello"), "hello");
  });

  test("no plugin failed anywhere", () => {
    assert.deepEqual(
      network.events.filter(({ type }) => type === "plugin.failed"),
      [],
    );
  });
});
