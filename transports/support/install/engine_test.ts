// The engine on a host: sent once and kept beside the agents that it runs, whole or not at all, and nothing else than what is asked for.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { waitFor } from "../../../conformance/support/wait.ts";
import { type AgentChoice, type AgentSource, NoRouterError, shortHash } from "../../../core/mod.ts";
import { RUNS_ON, runtimeArgv } from "../../../tests/support/cli.ts";
import { needs } from "../../../tests/support/engines.ts";
import {
  agentFile,
  ENGINE,
  type FakeHost,
  fakeHost,
  fakeSource,
  SCRIPT,
  type Started,
  startOn,
} from "../../../tests/support/fake_host.ts";

const [RUNTIME = ""] = runtimeArgv();
const ENGINE_FILE = agentFile("engine", ENGINE);
const place = ({ home }: FakeHost) => `${home}/.norouter`;
const enginesOf = (host: FakeHost) => readdirSync(`${place(host)}/engines`);
const agentsOf = (host: FakeHost) => readdirSync(`${place(host)}/agents`);
const engineOf = (host: FakeHost) => `${place(host)}/engines/${shortHash(ENGINE_FILE.sha256)}`;

/** As if no agent had been started for so long. */
function age(host: FakeHost, minutes = 120): void {
  const before = Date.now() / 1000 - minutes * 60;
  for (const folder of ["agents", "engines"].filter((name) => existsSync(`${place(host)}/${name}`)))
    for (const name of readdirSync(`${place(host)}/${folder}`).filter((one) => !one.startsWith(".")))
      utimesSync(`${place(host)}/${folder}/${name}`, before, before);
}

/** What is sent packed, by the names of files. */
async function packed(...files: (typeof ENGINE_FILE)[]): Promise<number> {
  const opened = await Promise.all(files.map((file) => file.open(true)));
  return opened.reduce((sum, { size }) => sum + size, 0);
}

/** A source of another version, or of another engine. */
function sourceOf(version: string, engine = ENGINE_FILE): AgentSource & { readonly file: typeof ENGINE_FILE } {
  const file = agentFile("agent.mjs", new TextEncoder().encode(`${new TextDecoder().decode(SCRIPT)}\n// ${version}\n`));
  return { ...fakeSource(undefined, engine), script: () => Promise.resolve(file), file };
}

/** The bytes of a start whose agent answers. */
async function sentTo(started: Started, form = "engine"): Promise<number> {
  await waitFor(() => started.output().includes(`${form} agent\n`) || started.ends.length > 0, { what: "the agent" });
  assert.equal(started.output(), `${form} agent\n`, JSON.stringify(started.ends));
  await started.carrier.close();
  return started.sent();
}

test("the engine is one file beside the agents, and runs the script", async () => {
  const host = fakeHost();
  const source = sourceOf("one");
  assert.equal(await sentTo(await startOn(host.argv(), source)), await packed(ENGINE_FILE, source.file));
  assert.deepEqual(enginesOf(host), [shortHash(ENGINE_FILE.sha256)]);
  assert.deepEqual(readdirSync(`${place(host)}/agents/${agentsOf(host)[0]}`).sort(), ["agent.mjs", "start"]);
  assert.equal(statSync(engineOf(host)).mode & 0o777, 0o700);
  const asked = await startOn(host.argv(), source, {}, undefined, { agent: "engine" });
  assert.equal(await sentTo(asked), 0);
  assert.equal(asked.debug.at(-1), "Agent chosen: engine: asked for");
  host.remove();
});

test("a new version of the agent sends the script alone, and takes the place of the old one", async () => {
  const host = fakeHost();
  await sentTo(await startOn(host.argv(), sourceOf("one")));
  age(host);
  const two = sourceOf("two");
  assert.equal(await sentTo(await startOn(host.argv(), two)), await packed(two.file));
  assert.deepEqual([agentsOf(host).length, enginesOf(host).length], [1, 1]);
  host.remove();
});

test("a new engine takes the place of the old one", async () => {
  const host = fakeHost();
  await sentTo(await startOn(host.argv(), sourceOf("one")));
  age(host);
  const engine = agentFile("engine", Buffer.concat([ENGINE, Buffer.from("# two\n")]));
  await sentTo(await startOn(host.argv(), sourceOf("two", engine)));
  assert.deepEqual(enginesOf(host), [shortHash(engine.sha256)]);
  host.remove();
});

test("nothing of others is removed while another start is under way, or where they are to be spared", async () => {
  const host = fakeHost();
  await sentTo(await startOn(host.argv(), sourceOf("one")));
  age(host);
  await sentTo(await startOn(host.argv(), { ...sourceOf("two"), sparesOthers: true }));
  assert.equal(agentsOf(host).length, 2);
  age(host);
  const underWay = `${place(host)}/agents/.part-0123abcd`;
  mkdirSync(underWay);
  const engine = agentFile("engine", Buffer.concat([ENGINE, Buffer.from("# two\n")]));
  await sentTo(await startOn(host.argv(), sourceOf("three", engine)));
  assert.deepEqual([agentsOf(host).filter((name) => !name.startsWith(".")).length, enginesOf(host).length], [3, 2]);
  utimesSync(underWay, 0, 0);
  age(host);
  await sentTo(await startOn(host.argv(), sourceOf("four", engine)));
  assert.deepEqual([agentsOf(host).length, enginesOf(host).length], [1, 1]);
  host.remove();
});

test("a script for a runtime takes the place of an engine, unless another start is under way", async () => {
  const host = fakeHost({ [RUNS_ON]: RUNTIME });
  await sentTo(await startOn(host.argv(), sourceOf("one"), {}, undefined, { agent: "engine" }));
  const underWay = `${place(host)}/agents/.part-0123abcd`;
  mkdirSync(underWay);
  age(host);
  await sentTo(await startOn(host.argv(), sourceOf("two")), "script");
  assert.deepEqual([agentsOf(host).length, enginesOf(host).length], [3, 1]);
  utimesSync(underWay, 0, 0);
  age(host);
  await sentTo(await startOn(host.argv(), sourceOf("three")), "script");
  assert.equal(agentsOf(host).length, 1);
  assert.equal(existsSync(`${place(host)}/engines`), false);
  host.remove();
});

test("what was started less than an hour ago stays, and not what was started before", async () => {
  const host = fakeHost();
  await sentTo(await startOn(host.argv(), sourceOf("one")));
  age(host, 59.5);
  await sentTo(await startOn(host.argv(), sourceOf("two")));
  assert.equal(agentsOf(host).length, 2);
  age(host, 61.5);
  await sentTo(await startOn(host.argv(), sourceOf("three")));
  assert.equal(agentsOf(host).length, 1);
  host.remove();
});

test("what another manager started within the hour stays, and its engine too", async () => {
  const host = fakeHost({ [RUNS_ON]: RUNTIME });
  const old = sourceOf("one");
  await sentTo(await startOn(host.argv(), old, {}, undefined, { agent: "engine" }));
  age(host);
  assert.equal(await sentTo(await startOn(host.argv(), old, {}, undefined, { agent: "engine" })), 0);
  const engine = agentFile("engine", Buffer.concat([ENGINE, Buffer.from("# two\n")]));
  await sentTo(await startOn(host.argv(), sourceOf("two", engine), {}, undefined, { agent: "engine" }));
  await sentTo(await startOn(host.argv(), sourceOf("three")), "script");
  assert.deepEqual([agentsOf(host).length, enginesOf(host).length], [3, 2]);
  assert.equal(await sentTo(await startOn(host.argv(), old, {}, undefined, { agent: "engine" })), 0);
  host.remove();
});

test("what starts that were killed left behind goes after a day, also where the agent is kept", async () => {
  const host = fakeHost();
  const source = sourceOf("one");
  await sentTo(await startOn(host.argv(), source));
  const left = [".part-0123abcd", ".try-0123abcd", `${agentsOf(host)[0]}/agent.mjs.compiled.17`];
  const paths = left.map((name) => `${place(host)}/agents/${name}`);
  const [fresh, somebodys] = [`${place(host)}/agents/.part-00000000`, `${place(host)}/agents/.profile`];
  for (const path of [...paths, fresh, somebodys]) writeFileSync(path, "");
  for (const path of [...paths, somebodys]) utimesSync(path, 0, 0);
  assert.equal(await sentTo(await startOn(host.argv(), source)), 0);
  assert.deepEqual(
    [...paths, fresh, somebodys].map((path) => existsSync(path)),
    [false, false, false, true, true],
  );
  host.remove();
});

test("what a host that died during the sending was left with goes at the manager's next start, what others send stays", async () => {
  const host = fakeHost();
  const settings = {};
  const agents = `${place(host)}/agents`;
  let own = "";
  async function* dies() {
    own = readdirSync(agents).find((name) => name.startsWith(".part-")) ?? "";
    yield new Uint8Array(10);
    throw new NoRouterError("link-closed", "The host died");
  }
  const dying = { ...ENGINE_FILE, open: () => Promise.resolve({ size: ENGINE_FILE.size, chunks: dies() }) };
  const first = await startOn(host.argv(), sourceOf("one", dying), {}, undefined, settings);
  await waitFor(() => first.ends.length > 0, { what: "the end" });
  await first.carrier.close();
  assert.match(own, /^\.part-\w{8}$/);
  // A shell that ends by itself removes it.
  for (const name of [own, ".part-00000000"]) mkdirSync(`${agents}/${name}`, { recursive: true });
  await sentTo(await startOn(host.argv(), sourceOf("one"), {}, undefined, settings));
  const left = readdirSync(agents).filter((name) => name.startsWith("."));
  assert.deepEqual(left, [".part-00000000"]);
  host.remove();
});

test("folders of other names in the place are somebody else's, and stay", async () => {
  const host = fakeHost({ [RUNS_ON]: RUNTIME });
  const [own, mine] = [`${place(host)}/agents/own`, `${place(host)}/engines/mine`];
  for (const path of [own, mine]) mkdirSync(path, { recursive: true, mode: 0o700 });
  for (const [version, agent] of [
    ["one", "engine"],
    ["two", "runtime"],
    ["three", "engine"],
    ["four", "engine"],
  ] as const) {
    await sentTo(
      await startOn(host.argv(), sourceOf(version), {}, undefined, { agent }),
      agent === "runtime" ? "script" : undefined,
    );
    age(host);
  }
  assert.deepEqual([existsSync(own), existsSync(mine)], [true, true]);
  assert.deepEqual([agentsOf(host).length, enginesOf(host).length], [2, 2]);
  host.remove();
});

function replacedByFolder(path: string): void {
  rmSync(path);
  mkdirSync(path);
}

const DAMAGES: readonly (readonly [what: string, damage: (path: string) => void, without: readonly string[]])[] = [
  ["is empty", (path) => writeFileSync(path, ""), []],
  ["is cut short", (path) => writeFileSync(path, ENGINE.subarray(0, 20)), ["sha256sum"]],
  [
    "has other bytes",
    (path) =>
      writeFileSync(
        path,
        ENGINE.map((byte, at) => (at === 30 ? byte ^ 1 : byte)),
      ),
    [],
  ],
  ["may not be started", (path) => chmodSync(path, 0o600), []],
  ["is a folder", replacedByFolder, []],
];

for (const [what, damage, without] of DAMAGES) {
  test(`an engine that ${what} is sent again, and the script with it`, async () => {
    const host = fakeHost({}, without);
    const source = sourceOf("one");
    await sentTo(await startOn(host.argv(), source));
    damage(engineOf(host));
    assert.equal(await sentTo(await startOn(host.argv(), source)), await packed(ENGINE_FILE, source.file));
    assert.equal(await sentTo(await startOn(host.argv(), source)), 0);
    host.remove();
  });
}

test("a folder of engines that is a link is not trusted", async () => {
  const host = fakeHost();
  mkdirSync(place(host), { mode: 0o700 });
  mkdirSync(`${host.home}/elsewhere`);
  symlinkSync(`${host.home}/elsewhere`, `${place(host)}/engines`);
  const started = await startOn(host.argv());
  await waitFor(() => started.ends.length > 0, { what: "the end" });
  assert.equal(started.ends[0]?.error?.code, "agent-damaged");
  assert.match(started.ends[0]?.error?.message ?? "", /engines is a link, or belongs to somebody else/);
  assert.deepEqual(readdirSync(`${host.home}/elsewhere`), []);
  host.remove();
});

test("an engine that does not run on the host is not kept", async () => {
  const host = fakeHost();
  const unfit = agentFile("engine", new TextEncoder().encode("#!/bin/sh\nexit 139\n"));
  const started = await startOn(host.argv(), fakeSource(undefined, unfit));
  await waitFor(() => started.ends.length > 0, { what: "the end" });
  const { code, message } = started.ends[0]?.error ?? {};
  assert.deepEqual([code, message?.replace(/.*: /, "")], ["agent-unavailable", "the engine does not run there"]);
  assert.deepEqual([enginesOf(host), agentsOf(host)], [[], []]);
  host.remove();
});

/** A host with a runtime and little memory, as root of a user namespace. */
function small(host: FakeHost): string[] {
  writeFileSync(`${host.home}/meminfo`, "MemTotal: 65536 kB\n");
  const hide = `mount --bind ${host.home}/meminfo /proc/meminfo && exec "$@"`;
  return ["unshare", "-Urm", "sh", "-c", hide, "sh", ...host.argv()];
}

test("where memory is short and the engine is not to be had, the runtime is taken, and the reason told", {
  skip: needs("userns"),
}, async () => {
  const missing = { ...fakeSource(), engine: () => Promise.reject(new NoRouterError("agent-unavailable", "No engine\nhere")) };
  const unfit = fakeSource(undefined, agentFile("engine", new TextEncoder().encode("#!/bin/sh\nexit 139\n")));
  for (const [source, reason, keeps] of [
    [fakeSource(), undefined, true],
    [missing, /^since the engine cannot be used: No engine here$/, false],
    [unfit, /^since the engine cannot be used: .*: the engine does not run there$/, true],
  ] as const) {
    const host = fakeHost({ [RUNS_ON]: RUNTIME });
    const form = reason ? "script" : "engine";
    for (const kept of [false, true]) {
      const started = await startOn(small(host), source);
      assert.equal((await sentTo(started, form)) === 0, kept && keeps, `${reason}, ${kept}`);
      const why = started.debug.filter((line) => line.startsWith("Agent chosen: ")).at(-1);
      if (reason) assert.match(why?.split(", ")[1] ?? "", reason);
    }
    const asked = await startOn(small(host), source, {}, undefined, { agent: "engine" });
    await waitFor(() => asked.output() !== "" || asked.ends.length > 0, { what: "an agent or an end" });
    assert.equal(asked.ends[0]?.error?.code, reason && "agent-unavailable", "what is asked for is done alone");
    if (source === missing)
      assert.match(`${asked.ends[0]?.error?.message}`, /here; or do without the engine, with '--agent bun' or 'agent: bun'$/);
    await asked.carrier.close();
    host.remove();
  }
});

test("another choice sends another agent, and its reason is told, of what is kept too", async () => {
  const host = fakeHost({ [RUNS_ON]: RUNTIME });
  const told: string[] = [];
  const start = async (agent: AgentChoice | undefined, form: string) => {
    const started = await startOn(host.argv(), fakeSource(), {}, undefined, agent ? { agent } : {});
    const sent = await sentTo(started, form);
    const [why = ""] = started.debug.filter((line) => line.startsWith("Agent chosen: "));
    told.push(why.replace("Agent chosen: ", "").replace(/(\d+\.)+\d+.*/, "..."));
    return sent > 0;
  };
  assert.equal(await start(undefined, "script"), true);
  assert.equal(await start("auto", "script"), false);
  assert.equal(await start("runtime", "script"), false);
  assert.equal(await start("engine", "engine"), true);
  assert.equal(await start("engine", "engine"), false);
  assert.equal(await start("bun", "program"), true);
  assert.equal(await start(undefined, "script"), false, "each form has a folder of its own");
  assert.equal(await start("engine", "engine"), false);
  const runtime = `${RUNS_ON} ...`;
  const engine = "engine: asked for";
  assert.deepEqual(told, [runtime, runtime, runtime, engine, engine, "program made with Bun: asked for", runtime, engine]);
  host.remove();
});

test("what the source says holds for hosts that do not say", async () => {
  const host = fakeHost({ [RUNS_ON]: RUNTIME });
  const agents: AgentSource = { ...fakeSource(), choice: "engine" };
  await sentTo(await startOn(host.argv(), agents), "engine");
  await sentTo(await startOn(host.argv(), agents, {}, undefined, { agent: "runtime" }), "script");
  host.remove();
});

test("a host that is no Linux gets the program", async () => {
  const host = fakeHost({}, ["uname"]);
  writeFileSync(`${host.path}/uname`, "#!/bin/sh\necho Darwin arm64\n", { mode: 0o755 });
  await sentTo(await startOn(host.argv()), "program");
  host.remove();
});

describe("where disks are small", { skip: needs("userns") }, () => {
  /** A shell whose home, and other folder, are file systems of their own. */
  const mounted = ({ path }: FakeHost, options: string) => {
    const mounts = `mount -t tmpfs t /mnt && mkdir /mnt/bin /mnt/home /mnt/other && mount --bind ${path} /mnt/bin`;
    const small = `mount -t tmpfs -o ${options} t /mnt/home && for d in /tmp /dev/shm; do mount -t tmpfs -o ro t $d; done`;
    const shell = ["/usr/bin/env", "-i", "HOME=/mnt/home", "PATH=/mnt/bin", "XDG_CACHE_HOME=/mnt/other", "sh"];
    return ["unshare", "-Urm", "sh", "-c", `${mounts} && ${small} && exec "$@"`, "sh", ...shell.slice(0, -1)];
  };

  test("an engine that does not fit is put into the next place, and leaves nothing in the full one", async () => {
    // 'df' tells of blocks, not of files, nor of a user's quota.
    for (const options of ["nr_inodes=4", "nr_inodes=5", "nr_inodes=6", "nr_inodes=7", "nr_inodes=8", "size=8k"]) {
      const host = fakeHost();
      const show = "find /mnt/other/norouter /mnt/home -name start -o -name '.part*' -o -path '*/engines/*'";
      const started = await startOn([...mounted(host, options), "sh", "-c", `sh; ${show}`]);
      await waitFor(() => started.output().includes("engine agent\n") || started.ends.length > 0, { what: "the agent" });
      await started.carrier.close();
      const [, kept = ""] = /^engine agent\n((?:\/mnt\/other\/.*\n)+)$/.exec(started.output()) ?? [];
      assert.match(kept, /\/start\n/, `${options}: ${started.output()} ${JSON.stringify(started.ends)}`);
      assert.match(kept, /\/engines\/[0-9a-f]{16}\n/);
      assert.doesNotMatch(kept, /\.part/);
      host.remove();
    }
  });
});
