// A network that outlives what started it: nohup, setsid, systemd, and process 1 of a container.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { afterEach, describe, test } from "node:test";
import { join } from "shlex";
import { childrenOf, isAlive, processesWithEnvironment, readProc } from "../../conformance/support/processes.ts";
import { waitFor } from "../../conformance/support/wait.ts";
import { runToEnd, startChild } from "../support/child.ts";
import { agentArgv, IS_NODE24, PROJECT, programArgv, READY } from "../support/cli.ts";
import { needs } from "../support/engines.ts";
import { vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { startSystemd } from "../support/systemd.ts";
import { startOnTerminal } from "../support/terminal.ts";

const MARK = "NOROUTER_TEST_LONG";

/** A network of this machine and one agent, in files of a folder. */
function files() {
  const dir = tempDir("long");
  const manifest = `${dir.path}/net.yaml`;
  const log = `${dir.path}/log`;
  const hosts = { here: { vip: vip(1) }, there: { vip: vip(2), cmd: agentArgv() } };
  writeFileSync(manifest, JSON.stringify({ hostTemplate: { dns: { disable: true }, stateDir: { disable: true } }, hosts }));
  writeFileSync(log, "");
  const events = () =>
    readFileSync(log, "utf8")
      .split("\n")
      .flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
  const event = (type: string) => waitFor(() => events().find((one) => one.type === type), { what: type });
  return { dir, manifest, log, event, run: `${join([...programArgv(), "run", "--json", manifest])}` };
}

const ours = () => processesWithEnvironment(`${MARK}=${process.pid}`).filter(({ argv }) => argv.includes("run"));

describe("a terminal that closes", { skip: needs("script", "bash", "nohup", "setsid") }, () => {
  let stop: () => Promise<void> = () => Promise.resolve();
  afterEach(() => stop());

  /** Types a command line into bash, waits for the network and closes the terminal. */
  async function closeUnder(line: (network: ReturnType<typeof files>) => string) {
    const network = files();
    const env = { [MARK]: `${process.pid}` };
    const terminal = await startOnTerminal(["bash", "--norc", "--noprofile", "-i"], { env });
    stop = async () => {
      for (const { pid } of ours()) process.kill(pid, "SIGTERM");
      await waitFor(() => ours().length === 0, { what: "the manager to end" });
      await terminal.stop();
      network.dir.remove();
    };
    terminal.type(`${line(network)}\r`);
    await network.event(READY);
    const [shell] = childrenOf(terminal.pid);
    const [manager] = ours();
    assert.ok(shell && manager);
    process.kill(terminal.pid, "SIGKILL");
    await waitFor(() => !isAlive(shell), { what: "the shell to be gone" });
    return { network, manager };
  }

  for (const [name, line] of [
    ["nohup", (run: string, log: string) => `nohup ${run} >${log} &`],
    ["setsid", (run: string, log: string) => `setsid ${run} </dev/null >${log} 2>&1 &`],
  ] as const) {
    test(`does not end a network under ${name}`, async () => {
      const { network, manager } = await closeUnder(({ run, log }) => line(run, log));
      process.kill(manager.pid, "SIGTERM");
      assert.equal((await network.event("network.stopped")).reason, "SIGTERM");
      await waitFor(() => !isAlive(manager), { what: "the manager to end" });
    });
  }

  test("ends a network that was started on it, though its output goes to a file", async () => {
    const { network, manager } = await closeUnder(({ run, log }) => `${run} >${log} 2>&1`);
    assert.equal((await network.event("network.stopped")).reason, "SIGHUP");
    await waitFor(() => !isAlive(manager), { what: "the manager to end" });
  });
});

/** The unit of the page, as a user's own on this machine. */
function unitFor(manifest: string, log: string): string {
  const page = readFileSync(`${PROJECT}/docs/running.md`, "utf8");
  const unit = /```ini\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  const start = `ExecStart=${join([...programArgv(), "run", "--json", manifest])}\nStandardOutput=append:${log}\nStandardError=inherit`;
  const changed = unit.replace(/^ExecStart=.*$/m, start).replace(/^User=.*\n/m, "");
  assert.notEqual(changed, unit);
  return changed;
}

describe("the systemd unit of the page", {
  skip: !IS_NODE24 ? "the same on every runtime" : needs("root", "systemctl", "systemd-analyze", "unshare", "nsenter"),
}, () => {
  test("has no mistake", async () => {
    const { dir, manifest, log } = files();
    const path = `${dir.path}/norouter.service`;
    writeFileSync(path, unitFor(manifest, log));
    const { code, stdout, stderr } = await runToEnd(["systemd-analyze", "--recursive-errors=no", "verify", path]);
    assert.deepEqual([code, stdout, stderr], [0, "", ""]);
    dir.remove();
  });

  test("starts, stops in order, starts again after a crash, and not before a manifest is mended", async () => {
    const { dir, manifest, log, event } = files();
    const systemd = await startSystemd();
    try {
      const unit = "norouter.service";
      await systemd.unit(unit, unitFor(manifest, log).replace(/^RestartSec=.*$/m, "RestartSec=0"));
      const state = async (wanted: string) => (await systemd.property(unit, "ActiveState")) === wanted;
      await systemd.systemctl("start", unit);
      await event(READY);
      writeFileSync(log, "");
      writeFileSync(log, "");
      await systemd.systemctl("kill", "--kill-who=main", "--signal=SIGKILL", unit);
      await event(READY);
      assert.equal(await systemd.property(unit, "NRestarts"), "1");
      const hosts = { here: { vip: vip(1) } };
      writeFileSync(manifest, JSON.stringify({ hostTemplate: { dns: { disable: true }, stateDir: { disable: true } }, hosts }));
      await systemd.systemctl("reload", unit);
      await event("host.left");
      await systemd.systemctl("stop", unit);
      assert.equal((await event("network.stopped")).reason, "SIGTERM");
      assert.equal(await systemd.property(unit, "Result"), "success");
      assert.equal(await systemd.property(unit, "ExecMainStatus"), "0");
      writeFileSync(manifest, "hosts: 1");
      await systemd.systemctl("start", unit);
      await waitFor(() => state("failed"), { what: "the service to have failed" });
      assert.equal(await systemd.property(unit, "ExecMainStatus"), "65");
      assert.equal(await systemd.property(unit, "NRestarts"), "0");
    } finally {
      await systemd.stop();
      dir.remove();
    }
  });
});

/** Ended children of a process that it has not taken away. */
function zombiesOf(parent: number): number {
  const stats = readdirSync("/proc").map((pid) => (/^\d+$/.test(pid) ? readProc(Number(pid), "stat") : undefined));
  return stats.filter((stat) => stat?.slice(stat.lastIndexOf(")") + 2).startsWith(`Z ${parent} `)).length;
}

test("process 1 of a container says that it needs an init, and has no ended processes under one", {
  skip: !IS_NODE24 ? "the same on every runtime" : needs("userns", "tini"),
}, async () => {
  const { dir, manifest, log, event, run } = files();
  const orphan = ["sh", "-c", "(sleep 0; :) & exit 3"];
  const hosts = { here: { vip: vip(1) }, leaves: { vip: vip(2), cmd: orphan } };
  writeFileSync(manifest, JSON.stringify({ hostTemplate: { dns: { disable: true }, stateDir: { disable: true } }, hosts }));
  for (const init of ["", "tini -- "]) {
    writeFileSync(log, "");
    const child = await startChild(["unshare", "-Urpf", "--kill-child", "sh", "-c", `exec ${init}${run} >${log}`]);
    try {
      await event("link.retrying");
      const [first] = childrenOf(child.pid);
      assert.ok(first);
      const orphans = () => zombiesOf(first.pid);
      if (init === "") await waitFor(() => orphans() > 0, { what: "an ended process that nobody takes away" });
      else await waitFor(() => orphans() === 0, { what: "ended processes to be taken away" });
      assert.equal(/process 1.*docker run --init/s.test(child.stderr()), init === "", child.stderr());
      process.kill(first.pid, "SIGTERM");
      assert.equal((await child.exited).code, 0);
      assert.equal((await event("network.stopped")).reason, "SIGTERM");
      assert.equal(readProc(first.pid, "stat"), undefined);
    } finally {
      await child.stop();
    }
  }
  dir.remove();
});
