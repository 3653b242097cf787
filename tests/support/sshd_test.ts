// A real sshd, on this machine and inside a host.
import assert from "node:assert/strict";
import { test } from "node:test";
import { networkNamespaceOf, processInfo } from "../../conformance/support/processes.ts";
import { runToEnd } from "./child.ts";
import { needs } from "./engines.ts";
import { startSshd } from "./sshd.ts";
import { startUsernsHost } from "./userns_lab.ts";

test("a login over sshd is a clean pipe, with the cipher asked for", { skip: needs("sshd", "ssh", "ssh-keygen") }, async () => {
  const sshd = await startSshd({ ciphers: "aes128-gcm@openssh.com" });
  try {
    const done = await runToEnd([...sshd.command, "-v", "--", "cat; exit 7"], { input: "through" });
    assert.deepEqual([done.code, done.stdout], [7, "through"]);
    assert.match(done.stderr, /cipher: aes128-gcm@openssh\.com/);
  } finally {
    await sshd.stop();
  }
  assert.equal(processInfo(sshd.pid), undefined);
});

test("an sshd inside a host logs in to that host", { skip: needs("sshd", "ssh", "ssh-keygen", "nc", "userns") }, async () => {
  const host = await startUsernsHost({ name: "far", web: "none" });
  try {
    const sshd = await startSshd({ host });
    const done = await runToEnd([...sshd.command, "--", "readlink /proc/self/ns/net"]);
    assert.equal(done.stdout.trim(), networkNamespaceOf(host.pid), done.stderr);
    await sshd.stop();
  } finally {
    await host.stop();
  }
});
