// The example of a reverse proxy in front of a network.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { waitFor } from "../conformance/support/wait.ts";
import { readOutput, runToEnd, startChild } from "../tests/support/child.ts";
import { PROJECT, programArgv, runtimeArgv } from "../tests/support/cli.ts";
import { needs } from "../tests/support/engines.ts";
import { freePort } from "../tests/support/free_port.ts";
import { vip } from "../tests/support/lab.ts";
import { tempDir } from "../tests/support/lifetime.ts";
import { serveHello } from "./hello.ts";

test("a host's page by its name; what is not there is a 404", { skip: needs("curl") }, async () => {
  const web = await serveHello("web", 0, "");
  const address = web.address();
  const target = typeof address === "object" && address ? address.port : 0;
  const dir = tempDir("example");
  const hosts = {
    here: { vip: vip(1) },
    web: { vip: vip(2), cmd: programArgv(), loopback: { disable: true }, ports: [`8080:127.0.0.1:${target}`] },
  };
  const template = { dns: { disable: true }, stateDir: { disable: true } };
  writeFileSync(`${dir.path}/m.yaml`, JSON.stringify({ hostTemplate: template, hosts }));
  const port = await freePort("127.0.0.1");
  const program = await startChild([...runtimeArgv(), `${PROJECT}/examples/reverse_proxy.ts`, `${dir.path}/m.yaml`, `${port}`]);
  const output = readOutput(program);
  const ask = async (name: string) => {
    const resolve = `${name}.localhost:${port}:127.0.0.1`;
    return (await runToEnd(["curl", "-sS", "--resolve", resolve, `http://${name}.localhost:${port}/`])).stdout;
  };
  try {
    await waitFor(() => output().includes("web is ready"), { what: "the host" });
    assert.equal(await ask("web"), "hello from web\n");
    assert.match(await ask("other"), /There is nothing at other\.localhost/);
    process.kill(program.pid, "SIGINT");
    await program.exited;
  } finally {
    await program.stop();
    web.close();
    dir.remove();
  }
});
