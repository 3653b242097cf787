// The docker command at a Unix socket of this machine that leads to docker's own socket on a host behind ssh: it takes
// connections over for the input and output of programs, and ends each direction by itself.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { type RunOptions, readOutput, runToEnd, startChild } from "../../support/child.ts";
import { agentArgv, PROJECT } from "../../support/cli.ts";
import { needs } from "../../support/engines.ts";
import { ONCE, vip } from "../../support/lab.ts";
import { type TempDir, tempDir } from "../../support/lifetime.ts";
import { type Network, startNetwork } from "../../support/network.ts";
import { startDocker } from "../../support/real/docker_engine.ts";
import { NEEDED } from "../../support/real/kinds.ts";
import type { ContainerEngine } from "../../support/real/real.ts";
import { type Sshd, startSshd } from "../../support/sshd.ts";
import { startOnTerminal } from "../../support/terminal.ts";

/** Debian's has BuildKit in it; newer ones want a plugin for that. */
const DOCKER = existsSync("/usr/bin/docker") ? "/usr/bin/docker" : "docker";

const skip = ONCE || needs(...NEEDED.docker, "sshd", "ssh", "ssh-keygen", "script");
const MIB = 1024 * 1024;

describe("docker's socket of an ssh host", { skip }, () => {
  let engine: ContainerEngine;
  let sshd: Sshd;
  let dir: TempDir;
  let network: Network;
  const argv = (...words: string[]) => [DOCKER, "-H", `unix://${dir.path}/docker.sock`, ...words];
  const docker = (words: readonly string[], options: RunOptions = {}) => runToEnd(argv(...words), options);
  /** What a command of docker prints; it has to succeed. */
  const prints = async (words: readonly string[], options?: RunOptions) => {
    const { code, stdout, stderr } = await docker(words, options);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  before(async () => {
    [engine, sshd] = await Promise.all([startDocker(), startSshd()]);
    await engine.run({ name: "box", command: ["sh", "-c", "echo begun; exec sleep 1000"] });
    dir = tempDir("sockets");
    const target = engine.env.DOCKER_HOST?.replace("unix://", "") ?? "";
    network = await startNetwork({
      manifest: {
        hosts: {
          here: { vip: vip(1), sockets: [`${dir.path}/docker.sock -> build:2375`] },
          build: {
            vip: vip(2),
            cmd: [...sshd.command, "--", "cd", PROJECT, "&&", "exec", ...agentArgv()],
            loopback: { disable: true },
            ports: [`2375:unix:${target}`],
          },
        },
      },
    });
    assert.deepEqual((await network.ready(30_000)).failed, []);
  });
  after(async () => {
    await network?.stop();
    await sshd?.stop();
    await engine?.stop();
    dir?.remove();
  });

  test("ps, run and what a program reads to its end", { timeout: 60_000 }, async () => {
    assert.equal(statSync(`${dir.path}/docker.sock`).mode & 0o777, 0o600);
    assert.equal(await prints(["ps", "--format", "{{.Names}}"]), "box\n");
    const run = (...words: string[]) => ["run", "--rm", "--network=none", ...words];
    assert.equal(await prints(run("norouter-busybox", "echo", "from a container")), "from a container\n");
    const input = "x".repeat(3 * MIB);
    // The end of the input comes through to the program, and its answer comes back after that.
    assert.equal((await prints(run("-i", "norouter-busybox", "wc", "-c"), { input })).trim(), `${input.length}`);
    assert.equal(await prints(["exec", "-i", "box", "cat"], { input }), input);
    const failing = await docker(run("norouter-busybox", "sh", "-c", "echo no >&2; exit 3"));
    assert.deepEqual([failing.code, failing.stdout, failing.stderr], [3, "", "no\n"]);
    assert.equal(await prints(["logs", "box"]), "begun\n");
  });

  test("exec -it: a shell on a terminal", { timeout: 60_000 }, async () => {
    const shell = await startOnTerminal(argv("exec", "-it", "box", "sh"), { columns: 97 });
    try {
      const shows = (what: string) => waitFor(() => shell.written().includes(what), { what: `${what} on the terminal` });
      await shows("# ");
      shell.type("stty size; tty\r");
      await shows("40 97");
      await shows("/dev/pts/");
      shell.type("echo be''gun; sleep 1000\r");
      await shows("begun");
      shell.type("\x03");
      await shows("^C"); // which drops what was typed before
      shell.type("echo $((6 * 7))\r");
      await shows("\r\n42\r\n");
      shell.type("exit 5\r");
      assert.equal((await shell.exited).code, 5);
    } finally {
      await shell.stop();
    }
  });

  for (const [builder, DOCKER_BUILDKIT] of [
    ["the first builder", "0"],
    ["BuildKit", "1"],
  ] as const) {
    test(`build: files of this machine become an image there, by ${builder}`, { timeout: 120_000 }, async () => {
      const context = `${dir.path}/context-${DOCKER_BUILDKIT}`;
      mkdirSync(context);
      writeFileSync(`${context}/big`, Buffer.alloc(4 * MIB, "big"));
      writeFileSync(`${context}/Dockerfile`, "FROM norouter-busybox\nCOPY big /big\nRUN wc -c </big >/size\n");
      const tag = `built-${DOCKER_BUILDKIT}`;
      const options = { env: { DOCKER_BUILDKIT }, timeoutMs: 90_000 };
      await prints(["build", "--network=none", "-t", tag, context], options);
      const size = await prints(["run", "--rm", "--network=none", tag, "cat", "/size"]);
      assert.equal(size.trim(), `${4 * MIB}`);
      rmSync(context, { recursive: true });
    });
  }

  test("what goes on for long: events, and wait", { timeout: 60_000 }, async () => {
    const [events, wait] = await Promise.all([startChild(argv("events")), startChild(argv("wait", "box"))]);
    try {
      const [told, waited] = [readOutput(events), readOutput(wait)];
      await waitFor(
        async () => {
          await prints(["exec", "box", "true"]);
          return told().includes("exec_start: true");
        },
        { what: "the event", timeoutMs: 20_000 },
      );
      await prints(["kill", "box"]);
      assert.equal((await wait.exited).code, 0);
      assert.equal(waited(), "137\n");
    } finally {
      await Promise.all([events.stop(), wait.stop()]);
    }
  });
});
