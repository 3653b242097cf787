// Machines that only ssh leads to: a clean pipe, a shell and no runtime, no way among them, and errors on demand.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { processesOf } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { needs } from "../engines.ts";
import { type Piped, pipeThrough } from "./real.ts";
import { type SshHosts, startSshHosts } from "./ssh_hosts.ts";

const BYTES = Buffer.from(Array.from({ length: 256 * 1024 }, (_, index) => (index * 7 + (index >> 8)) & 255));
const skip = needs("root", "sshd", "ssh", "ssh-keygen", "ip", "unshare", "busybox");

describe("machines behind ssh", { skip }, () => {
  let hosts: SshHosts;
  const login = (alias: string, command: string, input: string | Uint8Array = ""): Promise<Piped> =>
    pipeThrough([...hosts.command, alias, "--", command], { input });
  const page = async (alias: string) => (await login(alias, "wget -qO- http://127.0.0.1/")).stdout.toString();

  before(async () => {
    hosts = await startSshHosts([
      { name: "one" },
      { name: "two" },
      { name: "js", files: "node" },
      { name: "plain", files: "host" },
    ]);
    console.log(`# 4 machines behind ssh started in ${hosts.startMs.toFixed(0)} ms`);
  });
  after(() => hosts?.stop());

  test("a login is a clean pipe with the command's exit code", async () => {
    const done = await login("one", "cat; echo over >&2; exit 7", BYTES);
    assert.deepEqual([done.code, done.stderr, done.stdout.equals(BYTES)], [7, "over\n", true]);
    assert.match((await login("one-user", "id")).stdout.toString(), /^uid=1000\(user\)/);
  });

  test("each has its own page and files, and no way to another", async () => {
    for (const name of ["one", "two", "js", "plain"]) assert.equal(await page(name), `hello from ${name}\n`);
    assert.equal((await login("one", "which node deno bun")).stdout.toString(), "");
    assert.match((await login("js", "node -p process.version")).stdout.toString(), /^v24\./);
    const tried = await login("one", `nc -w 1 ${hosts.host("two").address} 22`);
    assert.match(tried.stderr, /unreachable/);
  });

  test("errors on demand", async () => {
    const errors = { "wrong-key": /Permission denied/, changed: /has changed/, unknown: /No .* host key is known/ };
    const more = { locked: /Permission denied/, jump: /Connection refused/ };
    for (const [alias, error] of Object.entries({ ...errors, ...more })) {
      const done = await login(`one-${alias}`, "true");
      assert.equal(done.code, 255);
      assert.match(done.stderr, error);
    }
  });

  test("sshd stops and starts, sessions are cut, packets are lost", async () => {
    const one = hosts.host("one");
    await one.stopSshd();
    assert.match((await login("one", "true")).stderr, /Connection refused/);
    await one.startSshd();
    const sleeping = login("one", "echo up; exec sleep 1000");
    await waitFor(() => one.sessionProcesses().some((argv) => argv[0] === "sleep"), { what: "the sleeper" });
    await one.cutSessions();
    assert.equal((await sleeping).code, 255);
    await one.setSilent(true);
    const lost = await pipeThrough([...hosts.command, "-o", "ConnectTimeout=1", "one", "true"]);
    assert.match(lost.stderr, /timed out/);
    await one.setSilent(false);
    assert.equal(await page("one"), "hello from one\n");
  });

  test("stop leaves no process", async () => {
    const folder = hosts.host("one").root.replace(/\/root$/, "");
    await hosts.stop();
    await hosts.stop();
    assert.deepEqual(processesOf(folder), []);
  });
});
