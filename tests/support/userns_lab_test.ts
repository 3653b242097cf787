// Hosts in user namespaces: their own network, their own page, unprivileged, able to run the project, gone afterwards.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { networkNamespaceOf, processesOf } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { startChild } from "./child.ts";
import { runtimeArgv } from "./cli.ts";
import { needs } from "./engines.ts";
import { type Host, startUsernsHost } from "./userns_lab.ts";

const skip = needs("userns", "nginx", "curl");

describe("userns hosts", { skip }, () => {
  const hosts: Host[] = [];
  before(async () => {
    hosts.push(await startUsernsHost({ name: "one" }), await startUsernsHost({ name: "two", as: "self" }));
  });
  after(() => Promise.all(hosts.map((host) => host.stop())).then(() => {}));

  test("each serves its own page, on its own loopback", async () => {
    for (const host of hosts) {
      const page = await host.run(["curl", "-sS", "http://127.0.0.1/"]);
      assert.deepEqual(page, { code: 0, signal: null, stdout: `hello from ${host.name}\n`, stderr: "" });
      assert.ok(host.listens(80));
      assert.ok(!host.listens(81));
      assert.notEqual(networkNamespaceOf(host.pid), networkNamespaceOf(process.pid));
    }
  });

  test("the user is unprivileged outside", async () => {
    for (const host of hosts) {
      assert.equal((await host.run(["cat", "/proc/self/uid_map"])).stdout.trim().replace(/\s+/g, " "), `0 ${host.uid} 1`);
      assert.notEqual((await host.run(["mknod", `${host.home}/device`, "c", "1", "3"])).code, 0);
    }
    assert.equal(hosts[1]?.uid, process.getuid?.());
  });

  test("the project's files can be read and run there, with the runtime of this test", async () => {
    const file = new URL("../../conformance/support/pseudo_random.ts", import.meta.url).href;
    const code = `import { pseudoRandomSha256 } from ${JSON.stringify(file)};\nconsole.log(pseudoRandomSha256(1, 10));\n`;
    for (const host of hosts) {
      writeFileSync(`${host.home}/probe.mjs`, code);
      const done = await host.run([...runtimeArgv(), `${host.home}/probe.mjs`]);
      assert.match(done.stdout, /^[0-9a-f]{64}\n$/, done.stderr);
    }
  });

  test("names and the resolver are its own", async () => {
    const done = await hosts[0]?.run([
      "sh",
      "-c",
      "cat /etc/resolv.conf; echo '127.0.42.1 three' >>/etc/hosts; getent hosts three",
    ]);
    assert.match(done?.stdout ?? "", /^nameserver 127.0.0.1\n127.0.42.1 +three\n$/);
  });

  test("stop ends what runs inside, also what was started by hand, and deletes the folder", async () => {
    const host = await startUsernsHost({ name: "three" });
    const needle = `sleep 8${process.pid}`;
    const child = await startChild([...host.enter, "sh", "-c", `${needle} & wait`]);
    await waitFor(() => processesOf(needle).length === 2, { what: "the sleeper" });
    await host.stop();
    assert.deepEqual(processesOf(needle), []);
    assert.equal(existsSync(host.home), false);
    await child.stop();
    await host.stop();
  });

  test("a host that cannot start says why and leaves nothing", async () => {
    await assert.rejects(startUsernsHost({ name: "four", web: ["false"], port: 1 }), /"four" did not start/);
  });
});
