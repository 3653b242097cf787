// Agents behind real ssh logins: in a host of their own, with a key that is refused, and with a server that dies.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LinkFailure } from "../../core/ledger/events.ts";
import { agentArgv, PROJECT } from "../support/cli.ts";
import { httpGet } from "../support/clients.ts";
import { needs } from "../support/engines.ts";
import { agentIn, vip, WEB_PORT } from "../support/lab.ts";
import { startNetwork } from "../support/network.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { startUsernsHost } from "../support/userns_lab.ts";

const skip = needs("sshd", "ssh", "ssh-keygen", "nc", "userns", "nginx", "curl");
const PORTS = [`${WEB_PORT}:127.0.0.1:80`];

/** Logs in and runs the agent there; a remote shell joins the words. */
const overSsh = (sshd: Sshd) => [...sshd.command, "--", "cd", PROJECT, "&&", "exec", ...agentArgv()];

describe("agents over ssh", { skip }, () => {
  test("a host behind ssh is reached and reaches; when its server dies, the others stay", { timeout: 120_000 }, async () => {
    const [far, near] = await Promise.all([startUsernsHost({ name: "far" }), startUsernsHost({ name: "near" })]);
    const sshd = await startSshd({ host: far });
    const hosts = {
      here: { vip: vip(9) },
      far: { vip: vip(1), cmd: overSsh(sshd), ports: PORTS },
      near: { vip: vip(2), cmd: agentIn(near), ports: PORTS },
    };
    const network = await startNetwork({ manifest: { hosts } });
    try {
      assert.deepEqual((await network.ready(30_000)).failed, []);
      for (const from of [far, near]) {
        for (const [name, address] of [
          ["far", vip(1)],
          ["near", vip(2)],
        ] as const) {
          const page = await from.run(["curl", "-sS", "--max-time", "10", `http://${address}:${WEB_PORT}/`]);
          assert.deepEqual([page.stdout, page.stderr], [`hello from ${name}\n`, ""], `${from.name} to ${name}`);
        }
      }
      assert.equal((await httpGet({ host: vip(1), port: WEB_PORT })).body, "hello from far\n");
      await sshd.stop();
      const { failure } = (await network.event("link.closed")) as unknown as { failure: LinkFailure };
      assert.deepEqual([failure.code, failure.exitCode], ["link-closed", 255]);
      assert.match(failure.stderr.join("\n"), /closed|reset|broken/i);
      assert.equal((await httpGet({ host: vip(2), port: WEB_PORT })).body, "hello from near\n");
      // Its server is gone: who asks now is kept waiting for as long as it may return, and then refused.
      await assert.rejects(httpGet({ host: vip(1), port: WEB_PORT }), /ECONNRESET/);
    } finally {
      await network.stop();
      await sshd.stop();
      await Promise.all([far.stop(), near.stop()]);
    }
  });

  test("a key that is refused shows ssh's own words", { timeout: 120_000 }, async () => {
    const [sshd, other] = await Promise.all([startSshd(), startSshd()]);
    const key = (server: Sshd) => server.command.indexOf("-i") + 1;
    const wrong = sshd.command.with(key(sshd), other.command[key(other)] ?? "");
    const hosts = {
      here: { vip: vip(9) },
      right: { vip: vip(1), cmd: overSsh(sshd), loopback: { disable: true } },
      wrong: { vip: vip(2), cmd: [...wrong, "--", ...agentArgv()], loopback: { disable: true } },
    };
    const network = await startNetwork({ manifest: { hosts } });
    try {
      const ready = await network.ready(30_000);
      assert.deepEqual([ready.ready, ready.failed], [["here", "right"], ["wrong"]]);
      const { failure } = (await network.event("link.closed")) as unknown as { failure: LinkFailure };
      assert.deepEqual([failure.code, failure.exitCode], ["agent-failed", 255]);
      assert.match(failure.stderr.join("\n"), /Permission denied \(publickey\)/);
    } finally {
      await network.stop();
      await Promise.all([sshd.stop(), other.stop()]);
    }
  });
});
