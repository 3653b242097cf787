// A network that is asked and changed from other terminals while it runs, as people and scripts do it.
import assert from "node:assert/strict";
import { realpathSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { after, test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { cellsOf } from "../../core/manifest/mod.ts";
import { type Finished, readOutput, runToEnd, startChild } from "../support/child.ts";
import { agentArgv, PROJECT, programArgv } from "../support/cli.ts";
import { vip } from "../support/lab.ts";
import { tempDir } from "../support/lifetime.ts";
import { type Network, type NetworkOptions, startNetwork } from "../support/network.ts";
import { startEcho } from "../support/servers.ts";

const SLOW = { timeout: 120_000 };
const PORT = 7000;
const dir = tempDir("commands");
after(() => dir.remove());
const LONG = "a-host-whose-name-is-as-long-as-names-of-hosts-can-be-and-longer";

/** A folder for the state of some networks, and the program as it finds them. */
function place(name: string) {
  const env = { XDG_STATE_HOME: `${dir.path}/${name}` };
  const ask = async (...args: string[]): Promise<Finished> => {
    const done = await runToEnd([...programArgv(), ...args], { cwd: PROJECT, env });
    for (const line of done.stdout.split("\n")) if (!args.includes("--json")) assert.ok(cellsOf(line) <= 80, line);
    assert.doesNotMatch(done.stdout + done.stderr, /\n\s+at .+[:(]\d+/);
    assert.ok(!`${done.stdout}${done.stderr}`.includes("\x1b"), "no escape character of others is printed");
    return done;
  };
  const start = (options: NetworkOptions) => startNetwork({ ...options, env });
  return { env, ask, start };
}

/** A host of this machine in a process of its own. */
const there = (number: number, more: object = {}) => ({
  vip: vip(number),
  cmd: agentArgv(),
  loopback: { disable: true },
  ...more,
});
const here = (more: object = {}) => ({ vip: vip(1), ...more });
const json = ({ code, stdout, stderr }: Finished) => {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
};

async function during(network: Network, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } finally {
    await network.stop();
  }
}

test("status, streams and logs say what there is, in 80 columns and as JSON, in two terminals at once", SLOW, async () => {
  const { ask, start } = place("asked");
  const echo = await startEcho();
  const failing = { vip: vip(3), cmd: ["sh", "-c", `echo 'no \x1b[31mentry ${"x".repeat(200)}' >&2; exit 3`] };
  const web = there(2, { ports: [`${PORT}:127.0.0.1:${echo.port}`] });
  const network = await start({
    // While it is started again, nothing is said of its failure.
    manifest: { hosts: { here: here(), web, [LONG.slice(0, 63)]: failing }, limits: { retryLeastMs: 60_000 } },
    args: ["--name", "lab"],
  });
  await during(network, async () => {
    await network.ready();
    const client = connect(PORT, vip(2)).on("error", () => undefined); // it is reset when the network is stopped
    await network.event("stream.opened");
    const [one, two] = await Promise.all([ask("status"), ask("status", "--name", "lab")]);
    for (const { code, stdout } of [one, two]) {
      assert.equal(code, 0);
      assert.match(stdout, /^network {3}lab, norouter \S+, process \d+\nmanifest {2}/);
      assert.match(stdout, /\nhosts {5}2 of 3 ready, 1 connection open\n/);
      assert.match(
        stdout,
        new RegExp(`\nhere {2}${vip(1)} {2}ready +1 out, 0 in\nweb {3}${vip(2)} {2}ready +0 out, 1 in +port ${PORT}\n`),
      );
      assert.match(stdout, /\n {2}Host's command ended before an agent answered \(agent-failed\)\n/);
    }
    const state = json(await ask("status", "--json"));
    assert.deepEqual([state.name, state.pid, state.hosts.length, state.streams], ["lab", network.pid, 3, 1]);
    assert.match((await ask("streams")).stdout, new RegExp(`^\\d\\d:\\d\\d:\\d\\d {2}here to web:${PORT}\n$`));
    assert.equal(json(await ask("streams", "--json")).streams[0].to, "web");
    const log = await ask("logs");
    assert.match(log.stdout, /^\d\d:\d\d:\d\d web: starting \(/);
    assert.match(log.stdout, /\n\d\d:\d\d:\d\d Network is up: 2 of 3 hosts are ready\n/);
    assert.match(log.stdout, /\n {9}exit code: 3\n|\n\d\d:\d\d:\d\d {3}exit code: 3\n/);
    const opened = network.events.find(({ type }) => type === "stream.opened");
    const since = await ask("logs", "--json", "--since", `${Number(opened?.seq) - 1}`);
    assert.deepEqual(JSON.parse(since.stdout.split("\n")[0] ?? ""), opened);
    assert.deepEqual([(await ask("logs", "--since", "9999")).stdout, (await ask("streams", "--frob")).code], ["", 64]);
    const led = await ask("explain", `web:${PORT}`);
    assert.equal(led.code, 0, led.stderr);
    assert.match(
      led.stdout,
      new RegExp(`^destination +web:${PORT}, a name\nleads to +target 127.0.0.1:${echo.port}, dialled by web\n`),
    );
    const nowhere = await ask("explain", "web:1", "--from", "here", "--name", "lab");
    assert.deepEqual([nowhere.code, /\nleads to +nothing: web publishes port 7000\n/.test(nowhere.stdout)], [69, true]);
    assert.equal(json(await ask("explain", `web:${PORT}`, "--json")).decision, "host");
    assert.match((await ask("explain", "web", "--from", "nobody")).stderr, /There is no host "nobody"/);
    client.destroy();
  });
  await echo.stop();
});

test("add, retry, remove, reload and stop change it, are told where it runs, and say what they did", SLOW, async () => {
  const { env, ask, start } = place("changed");
  const network = await start({ manifest: { hosts: { here: here() } } });
  await during(network, async () => {
    await network.ready();
    const follower = await startChild([...programArgv(), "logs", "--follow", "--since", "2"], { cwd: PROJECT, env });
    const followed = readOutput(follower);
    const spec = JSON.stringify({ vip: vip(2), cmd: ["sh", "-c", "exit 3"] });
    assert.equal((await ask("add", "db", "--spec", spec)).stdout, "Network has changed: added db\n");
    await network.event("link.retrying", ({ attempt }) => attempt === 2);
    const before = network.events.filter(({ type }) => type === "link.starting").length;
    const retried = await ask("retry", "db");
    // It may be just being started.
    if (retried.code === 0) assert.equal(retried.stdout, "Host db is being started\n");
    else assert.match(retried.stderr, /Host "db" is starting and does not wait/);
    await waitFor(() => network.events.filter(({ type }) => type === "link.starting").length > before, { what: "the start" });
    const layers = json(await ask("status", "--json")).hosts.map(({ name, layer }: { name: string; layer: string }) => [
      name,
      layer,
    ]);
    assert.deepEqual(layers, [
      ["here", "manifest"],
      ["db", "added"],
    ]);
    network.rewrite({ hosts: { here: here(), web: there(3) } });
    const reloaded = json(await ask("reload", "--json"));
    assert.deepEqual([reloaded.added, reloaded.changed, reloaded.removed], [["web"], [], []]);
    assert.match((await ask("reload")).stdout, /^Nothing has changed/);
    await network.event("host.ready", ({ host }) => host === 3);
    assert.equal((await ask("remove", "db")).stdout, "Network has changed: removed db\n");
    const stopped = await ask("stop");
    assert.deepEqual([stopped.code, stopped.stdout], [0, "Network manifest is stopped\n"]);
    assert.deepEqual(await network.exited, { code: 0, signal: null });
    assert.equal((await network.event("network.stopped")).reason, "norouter stop");
    assert.deepEqual(await follower.exited, { code: 0, signal: null });
    const changes = followed()
      .split("\n")
      .filter((line) => line.includes("changed"));
    assert.deepEqual(
      changes.map((line) => line.slice(9)),
      ["Network has changed: added db", "Network has changed: added web", "Network has changed: removed db"],
    );
    assert.match(followed(), /Network is stopped\n$/);
  });
});

test("what is refused has the exit code of its error, its findings, and changes nothing", SLOW, async () => {
  const { ask, start } = place("refused");
  const none = await ask("status");
  assert.deepEqual([none.code, none.stdout, none.stderr.split("\n")[0]], [69, "", "norouter: No network runs here"]);
  const network = await start({ manifest: { hosts: { here: here() } } });
  await during(network, async () => {
    await network.ready();
    const { seq } = json(await ask("status", "--json"));
    for (const [args, code, said] of [
      [["remove", "nobody"], 69, /There is no host "nobody"/],
      [["remove", "here"], 69, /Host "here" is in the manifest; take it out there and reload/],
      [["retry", "here"], 69, /Host "here" is ready and does not wait/],
      [["retry", "no/body"], 69, /There is no host "no\/body"/],
      [["add", "db", "--spec", "{ cmd: [x] , vip: 127.0.0.300 }"], 65, /^host 'db':1:\d+: error: .*\n[^\n]*127.0.0.300/],
      [["add", "db", "--spec", ""], 64, /'--spec' is empty/],
      [["status", "--name", "other"], 69, /No network "other" runs here; only "manifest" does/],
      [["logs", "--since", "noon"], 64, /"noon" is no moment/],
    ] as const) {
      const done = await ask(...args);
      assert.deepEqual([done.code, done.stdout], [code, ""], args.join(" "));
      assert.match(done.stderr, said);
    }
    network.rewrite("hosts:\n  here:\n    vip: not-an-address\n");
    const refused = await ask("reload");
    assert.equal(refused.code, 65);
    assert.match(refused.stderr, /manifest\.yaml:3:10: error: .*\n {4}vip: not-an-address\n/);
    assert.match(refused.stderr, /Nothing has changed\n$/);
    const asJson = await ask("reload", "--json");
    assert.deepEqual([asJson.code, JSON.parse(asJson.stdout).error.diagnostics[0].line], [65, 3]);
    // Also where it runs.
    await waitFor(() => network.stderr().split("The manifest is refused").length === 3, { what: "both refusals" });
    assert.match(network.stderr(), /manifest\.yaml:3:10: error: /);
    assert.equal(network.events.filter(({ type }) => type === "manifest.invalid").length, 2);
    assert.equal(json(await ask("status", "--json")).seq, seq);
  });
});

test("several networks have names of their own, and a command says which there are", SLOW, async () => {
  const { env, ask, start } = place("several");
  const first = await start({ manifest: { hosts: { here: here() } } });
  await first.ready();
  const second = await start({ manifest: { hosts: { here: { vip: vip(2) } } } });
  await second.ready();
  const third = await start({ manifest: { hosts: { here: { vip: vip(3) } } }, args: ["--name", "lab", "--no-journal"] });
  await third.ready();
  try {
    const { code, stderr } = await ask("status");
    assert.equal(code, 64);
    assert.match(stderr, /Several networks run here, "lab", "manifest", "manifest-2"; say which with '--name'/);
    assert.equal(json(await ask("status", "--json", "--name", "manifest-2")).pid, second.pid);
    assert.match((await ask("why", "here")).stderr, /Network "lab" runs with a journal at another path, or without one; name a/);
    const taken = await runToEnd([...programArgv(), "run", "--name", "lab", first.manifestPath], { cwd: PROJECT, env });
    assert.equal(taken.code, 69);
    assert.match(taken.stderr, /A network "lab" runs already\n {2}Choose another '--name', or stop that network with/);
    // A follower of one that is killed does not wait for ever.
    const follower = await startChild([...programArgv(), "logs", "-f", "--name", "lab", "--json"], { cwd: PROJECT, env });
    const followed = readOutput(follower);
    await waitFor(() => followed().includes("host.ready"), { what: "the log" });
    third.kill("SIGKILL");
    assert.equal((await follower.exited).code, 69);
    assert.match(follower.stderr(), /The network does not answer/);
  } finally {
    for (const network of [first, second, third]) await network.stop();
  }
  assert.equal((await ask("status")).code, 69);
});

test("status tells where the manifest is, also when it was named from another folder", SLOW, async () => {
  const { env, ask } = place("elsewhere");
  writeFileSync(`${dir.path}/elsewhere.yaml`, JSON.stringify({ hosts: { here: here({ loopback: { disable: true } }) } }));
  const network = await startChild([...programArgv(), "run", "--json", "elsewhere.yaml"], { cwd: dir.path, env });
  try {
    const shown = await waitFor(async () => (({ code, stdout }) => code === 0 && stdout)(await ask("status", "--json")), {
      what: "the network's API",
    });
    assert.equal(JSON.parse(shown).manifest, `${realpathSync(dir.path)}/elsewhere.yaml`);
  } finally {
    await network.stop();
  }
});
