// unbound in front of the name server, as a machine's resolver that forwards some names to it, or all.

import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { startChild } from "../../tests/support/child.ts";
import { dnsNetwork } from "../../tests/support/dns_network.ts";
import { ask, show } from "../../tests/support/dns_tools.ts";
import { needs, pathOf } from "../../tests/support/engines.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { ONCE } from "../../tests/support/lab.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import type { Address } from "../../tests/support/servers.ts";
import { ownVip } from "../../tests/support/tcp_network.ts";

/** Starts one that forwards zones, as its manual has it for a server on the same machine. */
async function startUnbound(to: Address, server: readonly string[], zones: readonly string[]) {
  const folder = tempDir("unbound");
  chmodSync(folder.path, 0o755);
  const host = ownVip();
  const at: Address = { host, port: await freePort(host) };
  const settings = [
    ...[`interface: ${at.host}@${at.port}`, "do-not-query-localhost: no", "access-control: 127.0.0.0/8 allow"],
    ...['chroot: ""', 'username: ""', 'pidfile: ""', `directory: "${folder.path}"`, "use-syslog: no", ...server],
  ];
  const forward = zones.map((zone) => `forward-zone:\n  name: "${zone}"\n  forward-addr: ${to.host}@${to.port}\n`);
  writeFileSync(`${folder.path}/unbound.conf`, `server:\n  ${settings.join("\n  ")}\n${forward.join("")}`);
  const child = await startChild([pathOf("unbound") ?? "", "-d", "-p", "-c", `${folder.path}/unbound.conf`]);
  const stop = async () => {
    await child.stop();
    folder.remove();
  };
  await waitFor(() => ask(at, { name: "localhost", protocol: "tcp" }), { what: "unbound" }).catch(async (thrown: unknown) => {
    await stop();
    throw new Error(child.stderr(), { cause: thrown });
  });
  return { at, stop };
}

const REVERSE = "local-zone: 127.in-addr.arpa nodefault"; // else unbound knows all of it by itself
const INSECURE = ["web", "corp", "www.example.com"];
const STRICT = ["use-caps-for-id: yes", "harden-below-nxdomain: yes", "qname-minimisation-strict: yes"];

/** What stands under `server`, and the zones that are forwarded. */
const SETUPS = [
  [
    [REVERSE, ...INSECURE.map((name) => `domain-insecure: "${name}"`)],
    [...INSECURE, "127.in-addr.arpa"],
  ],
  [[REVERSE, ...STRICT, 'module-config: "iterator"'], ["."]],
  [[REVERSE, "tcp-upstream: yes", 'module-config: "iterator"'], ["."]],
] as const;

test("unbound gets the network's names and those behind hosts from the name server", {
  skip: ONCE || needs("unbound"),
}, async () => {
  const vip = ownVip();
  const network = await dnsNetwork({
    hosts: { local: {}, web: { vip, aliases: ["www.example.com"] }, bastion: {} },
    routes: [{ to: ["*.corp"], via: "bastion" }],
    knows: { bastion: { names: { "db.corp": ["10.1.2.3"] } } },
  });
  const reverse = `${vip.split(".").reverse().join(".")}.in-addr.arpa`;
  const said = async (at: Address) => {
    const questions = [
      ["web", "A"],
      ["WEB", "AAAA"],
      ["www.example.com", "A"],
      ["db.corp", "A"],
      ["no.corp", "A"],
      [reverse, "PTR"],
    ];
    return Promise.all(questions.map(async ([name = "", type = ""]) => show(await ask(at, { name, type }))));
  };
  const found = [`web A "${vip}"`, "", `www.example.com A "${vip}"`, 'db.corp A "10.1.2.3"'].map((answer) =>
    `NOERROR ${answer}`.trim(),
  );
  try {
    for (const [server, zones] of SETUPS) {
      const unbound = await startUnbound(network.server, server, zones);
      try {
        assert.deepEqual(await said(unbound.at), [...found, "NXDOMAIN", `NOERROR ${reverse} PTR "web"`], server.join());
      } finally {
        await unbound.stop();
      }
    }
  } finally {
    await network.stop();
  }
});
