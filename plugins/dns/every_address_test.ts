// A name server on every address of a machine that has several: each answer comes from the address that was asked.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import type { TcpPlace } from "../../core/mod.ts";
import { agentArgv } from "../../tests/support/cli.ts";
import { needs } from "../../tests/support/engines.ts";
import { vip } from "../../tests/support/lab.ts";
import { startNetwork } from "../../tests/support/network.ts";
import { startUsernsHost } from "../../tests/support/userns_lab.ts";
import { listenOnEach, type NameListener } from "./every_address.ts";

describe("on every address", { skip: needs("userns", "dig", "ip") }, () => {
  for (const [listen, others] of [
    ["0.0.0.0:10053", ["10.99.0.2"]],
    ["[::]:10053", ["10.99.0.2", "fd99::2"]],
  ] as const) {
    test(`${listen}: dig gets each answer from where it asked, and from an address that came later`, async () => {
      const host = await startUsernsHost({ name: "far", web: "none" });
      const add = (address: string) => host.run(["ip", "addr", "add", address, "dev", "lo"]);
      for (const address of ["10.99.0.1/24", "10.99.0.2/24", "fd99::1/64", "fd99::2/64"]) await add(address);
      const far = { vip: vip(2), cmd: [...host.enter, ...agentArgv()], dns: { listen, disable: false } };
      const network = await startNetwork({ manifest: { hosts: { local: { vip: vip(1), loopback: { disable: true } }, far } } });
      try {
        await network.ready();
        await network.event("frontend.listening", ({ frontend }) => frontend === "dns");
        const ask = async (at: string) => {
          const from = at.includes(":") ? "fd99::1" : at.startsWith("127.") ? "127.0.0.1" : "10.99.0.1";
          const asked = ["dig", "-b", from, `@${at}`, "-p", "10053", "+short", "+tries=1", "+time=2", "far"];
          return (await host.run(asked)).stdout.trim();
        };
        for (const at of [...others, vip(1)]) assert.equal(await ask(at), vip(2), at);
        if (listen.startsWith("[")) return; // shown once
        await add("10.99.0.3/24");
        await waitFor(async () => (await ask("10.99.0.3")) === vip(2), { what: "the new address to answer", everyMs: 200 });
      } finally {
        await network.stop();
        await host.stop();
      }
    });
  }
});

test("an address that cannot be had is no matter while another can; a port that is taken is", async () => {
  const open: string[] = [];
  const opener =
    (failing: Readonly<Record<string, string>>) =>
    async ({ host }: TcpPlace): Promise<NameListener> => {
      const code = failing[host];
      if (code !== undefined) throw Object.assign(new Error(code), { code });
      open.push(host);
      return { close: () => void open.splice(open.indexOf(host), 1) };
    };
  const some = await listenOnEach(() => ["a", "b"], 53, opener({ a: "EADDRNOTAVAIL" }));
  assert.deepEqual(open, ["b"]);
  await some.close();
  for (const code of ["EADDRINUSE", "EACCES"]) {
    const failing = code === "EACCES" ? { a: code, b: code } : { a: code };
    await assert.rejects(
      listenOnEach(() => ["a", "b"], 53, opener(failing)),
      { code },
    );
  }
  assert.deepEqual(open, []);
});
