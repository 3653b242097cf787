// A docker engine that is reached through the HTTP proxy: the docker command and Python's package, whose answers are quiet for
// longer than a server may take to begin one, and whose connections become the input and output of a program.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { type Child, readOutput, runToEnd, startChild } from "../../support/child.ts";
import { agentArgv } from "../../support/cli.ts";
import { needs } from "../../support/engines.ts";
import { freePort } from "../../support/free_port.ts";
import { rawExchange } from "../../support/http_raw.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import type { ContainerEngine } from "../../support/real/real.ts";
import { startServer, type TestServer } from "../../support/servers.ts";

const EXEC = `import docker, sys
client = docker.DockerClient(base_url="tcp://engine:2375", timeout=20)
box = client.containers.get("box")
print(box.exec_run("echo from docker").output.decode(), end="")
program = client.api.exec_create(box.id, ["sh", "-c", "read line; echo got $line; wc -c"], stdin=True)
socket = client.api.exec_start(program, socket=True)._sock
socket.sendall(b"input\\n" + b"x" * 300000)
socket.shutdown(1)
data = b""
while chunk := socket.recv(65536): data += chunk
print(*(data[at + 8:].split(b"\\n")[0].decode() for at in (0, 18)), sep="\\n")
print(next(iter(box.logs(stream=True))).decode(), end="")
`;

const skip = ONCE || needs(...NEEDED.docker, "socat", "python3");

describe("a docker engine behind the HTTP proxy", { skip }, () => {
  let engine: ContainerEngine;
  let network: Network;
  let gate: Child;
  let silent: TestServer;
  let listen: string;
  const children: Child[] = [];
  const env = () => ({
    DOCKER_HOST: "tcp://engine:2375",
    HTTP_PROXY: `http://${listen}`,
    http_proxy: `http://${listen}`,
    no_proxy: "",
    NO_PROXY: "",
  });
  const inBox = (script: string) => engine.exec("box", ["sh", "-c", script]);
  /** Starts a command of docker that goes on, and returns how to read what it says. */
  const start = async (...args: string[]) => {
    const child = await startChild(["docker", ...args], { env: env() });
    children.push(child);
    return { said: readOutput(child), ended: child.exited };
  };
  /** Lets as much time go by as a server has to begin an answer. */
  const quiet = async () => {
    const answer = await rawExchange(
      { host: "127.0.0.1", port: Number(listen.split(":")[1]) },
      "GET http://engine:81/ HTTP/1.1\r\nHost: engine:81\r\nConnection: close\r\n\r\n",
    );
    assert.match(answer, /^HTTP\/1\.1 504 /);
  };

  before(async () => {
    engine = await startDocker();
    await engine.run({
      name: "box",
      command: ["sh", "-c", "echo first; while ! test -e /said; do sleep 0.1; done; echo second; sleep 1000"],
    });
    const port = await freePort("127.0.0.1");
    const socket = engine.env.DOCKER_HOST?.replace("unix://", "") ?? "";
    gate = await startChild(["socat", "-t", "60", `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr`, `UNIX-CONNECT:${socket}`]);
    silent = await startServer((client) => void client.on("end", () => client.end()).resume());
    listen = `127.0.0.1:${await freePort("127.0.0.1")}`;
    const loopback = { disable: true };
    const ports = [`2375:127.0.0.1:${port}`, `81:127.0.0.1:${silent.port}`];
    network = await startNetwork({
      manifest: {
        hosts: {
          here: { vip: vip(1), http: { listen, outside: "refuse", answerTimeout: 1 } },
          engine: { vip: vip(2), loopback, cmd: agentArgv(), ports },
        },
      },
    });
    await network.ready();
  });
  after(async () => {
    for (const child of children) await child.stop();
    await network?.stop();
    await gate?.stop();
    await silent?.stop();
    await engine?.stop();
  });

  test("the docker command: logs, events and wait are quiet for longer than an answer may take to begin", {
    timeout: 60_000,
  }, async () => {
    const { stdout, stderr } = await runToEnd(["docker", "ps", "--format", "{{.Names}}"], { env: env() });
    assert.equal(stdout, "box\n", stderr);
    const [logs, events, wait] = [await start("logs", "-f", "box"), await start("events"), await start("wait", "box")];
    await waitFor(() => logs.said() === "first\n", { what: "the first line" });
    for (let turn = 0; turn < 2; turn += 1) await quiet();
    await inBox("touch /said");
    await waitFor(() => logs.said() === "first\nsecond\n", { what: "the second line" });
    await waitFor(() => events.said().includes("exec_start: sh -c touch /said"), { what: "the event" });
    await engine.kill9("box");
    assert.equal((await wait.ended).code, 0);
    assert.equal(wait.said(), "137\n");
    assert.equal((await logs.ended).code, 0);
    await engine.start("box");
  });

  test("Python's package: a program in a container gets its input to the end, and its output comes back", {
    timeout: 60_000,
  }, async () => {
    const { code, stdout, stderr } = await runToEnd(["/usr/bin/python3", "-c", EXEC], { env: env() });
    assert.deepEqual([code, stdout], [0, "from docker\ngot input\n300000\nfirst\n"], stderr);
  });

  test("the docker command over CONNECT and over the VIP: a program in a container gets its input to the end", {
    timeout: 60_000,
  }, async () => {
    const port = await freePort("127.0.0.1");
    const [host, proxyPort] = listen.split(":");
    const from = `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr`;
    children.push(await startChild(["socat", "-t", "60", from, `PROXY:${host}:engine:2375,proxyport=${proxyPort}`]));
    for (const at of [`127.0.0.1:${port}`, `${vip(2)}:2375`]) {
      const { code, stdout, stderr } = await runToEnd(["docker", "exec", "-i", "box", "wc", "-c"], {
        env: { ...env(), DOCKER_HOST: `tcp://${at}` },
        input: "x".repeat(300_000),
      });
      assert.deepEqual([code, stdout.trim()], [0, "300000"], stderr);
    }
  });
});
