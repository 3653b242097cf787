// What a user's own ssh configuration says, with the real ssh and a real server: a host is reached all the same, and tells why not.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import type { CarrierEnd, ErrorCode } from "../../core/mod.ts";
import { runToEnd, startChild } from "../../tests/support/child.ts";
import { needs, pathOf } from "../../tests/support/engines.ts";
import { fakeSource } from "../../tests/support/fake_host.ts";
import { openHost } from "../../tests/support/fake_tool.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { type Sshd, startSshd } from "../../tests/support/sshd.ts";
import { sshTransport } from "./mod.ts";

const dir = tempDir("ssh-config");
let sshd: Sshd;

/** Configuration in which `box` is the server, and these lines hold for it. */
function configWith(lines: readonly string[]): string {
  const key = sshd.command[sshd.command.indexOf("-i") + 1];
  const known = ["StrictHostKeyChecking no", "UserKnownHostsFile /dev/null", "IdentitiesOnly yes"];
  const base = [
    "HostName 127.0.0.1",
    `Port ${sshd.port}`,
    ...known,
    ...(lines.join().includes("IdentityFile") ? [] : [`IdentityFile ${key}`]),
  ];
  const file = `${dir.path}/config`;
  writeFileSync(file, ["Host *", ...[...lines, ...base].map((line) => `  ${line}`), ""].join("\n"));
  return file;
}

/** Opens the host; resolves with what its agent says, or how it ended. */
function reach(lines: readonly string[], helloMs = 20_000, failed?: ErrorCode): Promise<string | CarrierEnd> {
  return reachBy(configWith(lines), helloMs, failed);
}

async function reachBy(config: string, helloMs = 20_000, failed?: ErrorCode): Promise<string | CarrierEnd> {
  const value = { host: "box", config };
  const further = { agentDir: `${dir.path}/agents`, ...(failed === undefined ? {} : { failed }) };
  const carrier = await openHost(sshTransport, value, fakeSource(), { helloMs }, further);
  let output = "";
  let ended: CarrierEnd | undefined;
  carrier.start({
    data: (chunk) => {
      output += new TextDecoder().decode(chunk);
    },
    drain: () => undefined,
    closed: (end) => {
      ended = end;
    },
  });
  await waitFor(() => ended || output.includes("agent\n"), { what: "an agent or an end" });
  await carrier.close();
  return output.includes("agent\n") ? "reached" : (ended ?? "nothing");
}

describe("a user's configuration", {
  skip: needs("sshd", "ssh", "ssh-keygen") || process.versions.bun !== undefined || process.versions.deno !== undefined,
}, () => {
  before(async () => {
    sshd = await startSshd();
  });
  after(async () => {
    await sshd.stop();
    dir.remove();
  });

  const SETTINGS: readonly (readonly string[])[] = [
    ["RemoteCommand tmux attach"],
    ["SessionType none"],
    ["SessionType subsystem"],
    ["StdinNull yes"],
    ["ForkAfterAuthentication yes"],
    ["RequestTTY force", "EscapeChar x"],
    ["PermitLocalCommand yes", "LocalCommand cat >/dev/null"],
    ["Tunnel yes", "ExitOnForwardFailure yes"],
    ["ForwardX11 yes", "ForwardAgent yes", "VisualHostKey yes", "UpdateHostKeys ask", "AddKeysToAgent ask"],
    ["SendEnv *", "SetEnv ENV=/x BASH_ENV=/x", "IgnoreUnknown UseKeychain", "UseKeychain yes"],
  ];
  for (const lines of SETTINGS) {
    test(`a host is reached with ${lines.join(", ")}`, async () => assert.equal(await reach(lines), "reached"));
  }

  for (const [release, unknown] of [
    ["8.6", /^(SessionType|StdinNull|ForkAfterAuthentication)=/],
    ["7.5", /^(RemoteCommand|SessionType|StdinNull|ForkAfterAuthentication)=/],
  ] as const) {
    test(`a host is reached by an ssh like OpenSSH ${release}, which knows fewer options`, async () => {
      const bin = `${dir.path}/${release}`;
      mkdirSync(bin);
      const names = unknown.source.slice(1).replace(/[()=]/g, "");
      const refuse = `case $word in ${names
        .split("|")
        .map((name) => `${name}=*`)
        .join("|")}) echo "Bad configuration option" >&2; exit 255;; esac`;
      writeFileSync(`${bin}/ssh`, `#!/bin/sh\nfor word; do ${refuse}; done\nexec ${pathOf("ssh")} "$@"\n`, { mode: 0o755 });
      const before = process.env.PATH;
      process.env.PATH = `${bin}:${before}`;
      try {
        assert.equal(await reach([]), "reached");
      } finally {
        process.env.PATH = before;
      }
    });
  }

  test("a host is reached through another one, whatever the configuration has for both", async () => {
    const beyond = await startSshd();
    const keyOf = ({ command }: Sshd) => command[command.indexOf("-i") + 1];
    const block = (name: string, server: Sshd) => [`Host ${name}`, `Port ${server.port}`, `IdentityFile ${keyOf(server)}`];
    const known = ["StrictHostKeyChecking no", "UserKnownHostsFile /dev/null", "IdentitiesOnly yes"];
    const entered = () => sshd.log().match(/Accepted publickey/g)?.length ?? 0;
    try {
      for (const hard of [[], ["RemoteCommand tmux attach", "RequestTTY force", "LogLevel QUIET", "ForwardAgent yes"]]) {
        const before = entered();
        const config = `${dir.path}/jump`;
        const all = ["Host *", "HostName 127.0.0.1", ...known, ...hard];
        const lines = [...block("box", beyond), "ProxyJump gate", ...block("gate", sshd), ...all];
        writeFileSync(config, `${lines.join("\n")}\n`);
        assert.equal(await reachBy(config), "reached");
        assert.equal(entered(), before + 1);
      }
    } finally {
      await beyond.stop();
    }
  });

  test("a host is reached when the port of a forward is taken", async () => {
    assert.equal(await reach(["ExitOnForwardFailure yes", `LocalForward 127.0.0.1:${sshd.port} localhost:1`]), "reached");
  });

  test("ssh says why it fails, also at LogLevel QUIET", async () => {
    const end = await reach(["LogLevel QUIET", "IdentityFile /nosuch"]);
    assert.equal(typeof end === "string" ? end : end.error?.code, "access-denied");
  });

  test("no connection of others depends on ours: it does not become a master", async () => {
    const socket = `${dir.path}/none`;
    assert.equal(await reach(["ControlMaster auto", `ControlPath ${socket}`, "ControlPersist 60"]), "reached");
    const master = await runToEnd(["ssh", "-F", `${dir.path}/config`, "-O", "check", "box"]);
    assert.notEqual(master.code, 0);
  });

  test("a master that is there is used; one that is silent is passed by at the next try", async () => {
    const socket = `${dir.path}/master`;
    const config = configWith([]);
    const argv = ["ssh", "-F", config, "-M", "-N", "-o", "BatchMode=yes", "-o", `ControlPath=${socket}`, "box"];
    const master = await startChild(argv);
    const check = ["ssh", "-F", config, "-o", `ControlPath=${socket}`, "-O", "check", "box"];
    await waitFor(async () => (await runToEnd(check)).code === 0, { what: "the master" });
    // Only the master leads to the host: nothing else can connect.
    assert.equal(await reach([`ControlPath ${socket}`, "ProxyCommand false"]), "reached");
    process.kill(master.pid, "SIGSTOP");
    try {
      const end = await reach([`ControlPath ${socket}`], 1000);
      assert.equal(typeof end === "string" ? end : end.error?.code, "agent-silent");
      assert.equal(await reach([`ControlPath ${socket}`], 20_000, "agent-silent"), "reached");
      assert.equal(await reach([`ControlPath ${socket}`], 20_000, "link-silent"), "reached");
    } finally {
      process.kill(master.pid, "SIGCONT");
      await master.stop();
    }
  });
});
