// From a bare shell to a running agent, on every shell and in every state a host can be in.

import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { test } from "node:test";
import { pseudoRandomBytes } from "../../../conformance/support/pseudo_random.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import type { AgentSource } from "../../../core/mod.ts";
import { RUNS_ON, runtimeArgv } from "../../../tests/support/cli.ts";
import { has, needs } from "../../../tests/support/engines.ts";
import {
  agentFile,
  type FakeHost,
  fakeHost,
  fakeSource,
  PROGRAM,
  type Started,
  startOn,
  VERSION,
} from "../../../tests/support/fake_host.ts";

const [RUNTIME = ""] = runtimeArgv();
const SHELLS = [["dash"], ["bash"], ["busybox", "sh"]].filter(([shell = ""]) => has(shell));

async function says(started: Started, wanted: string): Promise<void> {
  const found = () => started.output().includes(wanted) || started.ends.length > 0;
  await waitFor(found, { what: `the agent to say "${wanted}"`, timeoutMs: 15_000 });
  assert.ok(started.output().includes(wanted), `${started.output()} ${JSON.stringify(started.ends)}`);
}

/** What hosts without a runtime get: of itself, and where it is asked for. */
const WITHOUT_RUNTIME: readonly (readonly [form: "engine" | "program", agents: AgentSource])[] = [
  ["engine", fakeSource()],
  ["program", fakeSource([agentFile("agent", PROGRAM)])],
];

/** The agent answers, both ways, and leaves when its input ends. */
async function works(started: Started, form: "script" | "engine" | "program"): Promise<void> {
  await says(started, `${form} agent\n`);
  started.carrier.write([new TextEncoder().encode("ping\n")]);
  await says(started, "ping\n");
  await started.carrier.close();
  assert.equal(started.ends.length, 1);
}

async function fails(started: Started, code: string, message: RegExp): Promise<void> {
  await waitFor(() => started.ends.length > 0, { what: "the end" });
  const [end] = started.ends;
  assert.equal(end?.error?.code, code, JSON.stringify(end));
  assert.match(end?.error?.message ?? "", message);
}

const agentsOf = ({ home }: FakeHost) => (existsSync(`${home}/.norouter/agents`) ? readdirSync(`${home}/.norouter/agents`) : []);

for (const shell of SHELLS) {
  const name = shell.join(" ");
  const absolute = (host: FakeHost) => host.argv(shell.map((word, at) => (at === 0 ? `/usr/bin/${word}` : word)));

  test(`${name}: a script is sent once and kept`, async () => {
    const host = fakeHost({ [RUNS_ON]: RUNTIME });
    const first = await startOn(absolute(host));
    await works(first, "script");
    assert.ok(first.sent() > 0);
    const second = await startOn(absolute(host));
    await works(second, "script");
    assert.equal(second.sent(), 0);
    assert.deepEqual(readdirSync(`${host.home}/.norouter/agents/${agentsOf(host)[0]}`).sort(), ["agent.mjs", "start"]);
    assert.equal(statSync(`${host.home}/.norouter`).mode & 0o777, 0o700);
    host.remove();
  });

  for (const [form, agents] of WITHOUT_RUNTIME) {
    test(`${name}: without a runtime ${form === "engine" ? "an engine" : "a program"} is sent once and kept, packed or not`, async () => {
      for (const without of [[], ["gzip"], ["gzip", "sha256sum"], ["ls", "find"]]) {
        const host = fakeHost({}, without);
        const first = await startOn(absolute(host), agents);
        await works(first, form);
        const second = await startOn(absolute(host), agents);
        await works(second, form);
        assert.equal(second.sent(), 0);
        host.remove();
      }
    });
  }
}

test("a program of several files has each of them", async () => {
  const host = fakeHost();
  const data = new Uint8Array(300_000).map((_, at) => at % 251);
  const program = new TextEncoder().encode(`#!/bin/sh\nhere=\${0%/*}\necho "program $(wc -c <"$here/data")"\nexec cat\n`);
  const started = await startOn(host.argv(), fakeSource([agentFile("agent", program), agentFile("data", data)]));
  await says(started, "program 300000");
  await started.carrier.close();
  host.remove();
});

test("a program that the host's libraries do not suit brings its own, and is not sent twice", async () => {
  const host = fakeHost();
  const unfit = new TextEncoder().encode("#!/bin/sh\n[ $# = 0 ] || exit 1\n");
  const loader = new TextEncoder().encode(`#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done\necho "program $1"\nexec cat\n`);
  const asked: boolean[] = [];
  const source: AgentSource = {
    ...fakeSource([]),
    program: ({ glibc }) => {
      asked.push(glibc);
      const agent = agentFile("agent", unfit);
      return Promise.resolve(glibc ? [agent] : [agent, agentFile("loader", loader)]);
    },
  };
  const started = await startOn(host.argv(), source);
  await works(started, "program");
  assert.deepEqual(asked, existsSync("/lib64/ld-linux-x86-64.so.2") ? [true, false] : [false]);
  host.remove();
});

test("a program that does not run on the host at all is not kept", async () => {
  const host = fakeHost();
  const unfit = agentFile("agent", new TextEncoder().encode("#!/bin/sh\nexit 134\n"));
  const source = fakeSource([unfit, agentFile("loader", new TextEncoder().encode("#!/bin/sh\nexit 134\n"))]);
  await fails(await startOn(host.argv(), source), "agent-unavailable", /does not run there/);
  assert.deepEqual(agentsOf(host), []);
  host.remove();
});

test("older agents and what a broken start left behind are removed", async () => {
  for (const [form, agents] of WITHOUT_RUNTIME) {
    const host = fakeHost();
    mkdirSync(`${host.home}/.norouter/agents`, { recursive: true, mode: 0o700 });
    for (const old of ["0123456789abcdef-program", ".part-0123abcd"]) {
      mkdirSync(`${host.home}/.norouter/agents/${old}`);
      utimesSync(`${host.home}/.norouter/agents/${old}`, 0, 0);
    }
    const started = await startOn(host.argv(), agents);
    await works(started, form);
    assert.equal(agentsOf(host).length, 1);
    assert.match(agentsOf(host)[0] ?? "", new RegExp(`^[0-9a-f]{16}-${form}$`));
    host.remove();
  }
});

test("a 'norouter' of the same version that somebody put there is started; another is not", async () => {
  for (const version of [VERSION, "0.6.4"]) {
    const host = fakeHost();
    const placed = `#!/bin/sh\n[ "$1" = agent ] || { echo ${version}; exit; }\necho "placed $*"\nexec cat\n`;
    writeFileSync(`${host.path}/norouter`, placed);
    chmodSync(`${host.path}/norouter`, 0o755);
    const started = await startOn(host.argv());
    if (version === VERSION) await says(started, "placed agent");
    else await says(started, "engine agent");
    await started.carrier.close();
    assert.equal(started.sent() === 0, version === VERSION);
    host.remove();
  }
});

test("a runtime that is too old is not used", async () => {
  const host = fakeHost();
  writeFileSync(`${host.path}/node`, "#!/bin/sh\necho 18.20.0 $0\n");
  chmodSync(`${host.path}/node`, 0o755);
  await works(await startOn(host.argv()), "engine");
  host.remove();
});

test("what a login prints before goes ahead of the agent's own words", async () => {
  const host = fakeHost();
  const started = await startOn([...host.argv(), "-c", "echo 'Welcome to this host'; exec sh"]);
  await says(started, "Welcome to this host\nengine agent\n");
  await started.carrier.close();
  host.remove();
});

test("a login that prints without a line end, such as a prompt, hides no mark, also when the agent is kept", async () => {
  const host = fakeHost();
  const argv = [...host.argv(), "-c", "printf 'Welcome> '; exec sh"];
  for (const _ of [1, 2]) {
    const started = await startOn(argv);
    await says(started, "Welcome> \nengine agent\n");
    await started.carrier.close();
  }
  host.remove();
});

test("a kept agent that was cut off is replaced", async () => {
  const damages: readonly ((folder: string) => void)[] = [
    (folder) => writeFileSync(`${folder}/agent.mjs`, ""),
    (folder) => writeFileSync(`${folder}/agent.mjs`, "import {"),
    (folder) => unlinkSync(`${folder}/agent.mjs`),
    (folder) => writeFileSync(`${folder}/start`, "fit() { tr"),
    (folder) => writeFileSync(`${folder}/start`, ""),
  ];
  const host = fakeHost({ [RUNS_ON]: RUNTIME });
  await works(await startOn(host.argv()), "script");
  for (const damage of damages) {
    damage(`${host.home}/.norouter/agents/${agentsOf(host)[0]}`);
    const started = await startOn(host.argv());
    await works(started, "script");
    assert.ok(started.sent() > 0, damage.toString());
    assert.equal(agentsOf(host).length, 1);
  }
  host.remove();
});

test("many starts on one host at once get in nobody's way", async () => {
  const host = fakeHost();
  for (const [form, agents] of WITHOUT_RUNTIME) {
    const files = form === "engine" ? ["agent.mjs", "start"] : ["agent", "start"];
    for (let round = 0; round < 4; round += 1) {
      const started = await Promise.all(Array.from({ length: 8 }, () => startOn(host.argv(), agents)));
      await Promise.all(started.map((one) => works(one, form)));
      assert.equal(agentsOf(host).length, 1, agentsOf(host).join());
      assert.deepEqual(readdirSync(`${host.home}/.norouter/agents/${agentsOf(host)[0]}`).sort(), files);
      if (form === "engine") assert.equal(readdirSync(`${host.home}/.norouter/engines`).length, 1);
      rmSync(`${host.home}/.norouter`, { recursive: true });
    }
  }
  host.remove();
});

test("a folder that is a link, or another's, is not trusted", async () => {
  const host = fakeHost();
  mkdirSync(`${host.home}/elsewhere`);
  symlinkSync(`${host.home}/elsewhere`, `${host.home}/.norouter`);
  const argv = host.argv(["/usr/bin/env", `XDG_CACHE_HOME=${host.home}/cache`, "sh"]);
  await works(await startOn(argv), "engine");
  for (const folder of ["agents", "engines"]) assert.ok(existsSync(`${host.home}/cache/norouter/${folder}`));
  assert.deepEqual(
    readdirSync(`${host.home}/elsewhere`).filter((name) => name !== "agents"),
    [],
  );
  host.remove();
});

test("bytes that arrive changed are named, and nothing of them stays", async () => {
  const host = fakeHost();
  const started = await startOn(host.argv(), fakeSource([agentFile("agent", PROGRAM, "0".repeat(64))]));
  await fails(started, "agent-damaged", /did not arrive as it was sent/);
  assert.deepEqual(agentsOf(host), []);
  host.remove();
});

test("a command that is no shell is named: one that sends back, one that prints, one that is silent, one that ends", async () => {
  await fails(await startOn(["cat"]), "link-echo", /own bytes/);
  await fails(await startOn(["yes"], undefined, { bannerBytes: 2000 }), "not-an-agent", /2000 bytes/);
  await fails(await startOn(["sleep", "60"], undefined, { helloMs: 300 }), "agent-silent", /0.3 seconds/);
  const ended = await startOn(["sh", "-c", "echo printed; echo 'last words' >&2; exit 3"]);
  await waitFor(() => ended.ends.length > 0, { what: "the end" });
  assert.equal(ended.ends[0]?.exitCode, 3);
  assert.deepEqual(ended.ends[0]?.stderr, ["printed", "last words"]);
});

test("a host that never comes to an end of what it has is left", async () => {
  const endless = "echo norouter:probe; while :; do echo norouter:runtime node /x v24.0.0; done";
  await fails(await startOn(["sh", "-c", endless], undefined, { bannerBytes: 5000 }), "not-an-agent", /5000 bytes/);
});

test("a host that prints without end instead of taking the agent is left, and fills no memory", async () => {
  const facts =
    "echo norouter:probe; echo norouter:program-place /tmp; echo norouter:machine Linux x86_64; echo norouter:tool head";
  const flood = `${facts}; echo norouter:end; echo norouter:send agent; exec cat /dev/zero`;
  const large = agentFile("agent", new Uint8Array(10_000_000));
  const started = await startOn(["sh", "-c", flood], fakeSource([large]), { bannerBytes: 5000 });
  await fails(started, "not-an-agent", /5000 bytes/);
  assert.ok(JSON.stringify(started.ends).length < 20_000);
});

test("a host that asks for the agent again and again gets it once for each place that it may have", async () => {
  const place = "echo norouter:program-place /tmp; echo norouter:end";
  const begins = `echo norouter:probe; echo norouter:machine Linux x86_64; echo norouter:tool head; echo norouter:glibc; ${place}`;
  const source = fakeSource([agentFile("agent", new Uint8Array(1000))]);
  const takes = "cat >/dev/null";
  const twice = `${begins}; echo norouter:send agent; echo norouter:send agent; ${takes}`;
  await fails(await startOn(["sh", "-c", twice], source), "not-an-agent", /twice/);
  const other = `${begins}; echo norouter:send other; ${takes}`;
  await fails(await startOn(["sh", "-c", other], source), "not-an-agent", /there is not/);
  const round = `echo norouter:send agent; echo norouter:full no room; ${place}`;
  const full = `${begins}; for i in 1 2 3 4 5 6 7 8 9; do ${round}; done; ${takes}`;
  await fails(await startOn(["sh", "-c", full], source), "disk-full", /no room/);
  const unfit = `${begins}; echo norouter:unfit; echo norouter:send agent; echo norouter:unfit; echo norouter:send agent; ${takes}`;
  await fails(await startOn(["sh", "-c", unfit], source), "agent-unavailable", /./);
});

test("a manager that stops meanwhile waits for nothing", async () => {
  const stop = new AbortController();
  const starting = startOn(["sleep", "60"], undefined, {}, stop.signal);
  stop.abort();
  const { ends } = await starting;
  await waitFor(() => ends.length > 0, { what: "the end", timeoutMs: 5000 });
});

/**
 * The host's shell where nothing can be written but what `home` mounts at `/mnt/home` and `/mnt/other`, as root of a user
 * namespace.
 */
function mounted({ path }: FakeHost, home: string, environment: readonly string[] = []): string[] {
  const folders = "mount -t tmpfs t /mnt && mkdir /mnt/bin /mnt/home /mnt/other /mnt/runtime";
  const prepare = `${folders} && mount --bind ${path} /mnt/bin && mount --bind ${dirname(realpathSync(RUNTIME))} /mnt/runtime`;
  const hide = "for d in /tmp /dev/shm; do mount -t tmpfs -o ro t $d; done";
  const shell = ["/usr/bin/env", "-i", "HOME=/mnt/home", "PATH=/mnt/bin", ...environment, "sh"];
  return ["unshare", "-Urm", "sh", "-c", `${prepare} && ${hide} && ${home} && exec "$@"`, "sh", ...shell];
}

const mount = (options: string, at = "home") => `mount -t tmpfs -o ${options} t /mnt/${at}`;

test("nothing can be written: a script runs all the same, a program cannot", { skip: needs("userns") }, async () => {
  const host = fakeHost({ [RUNS_ON]: `/mnt/runtime/${basename(realpathSync(RUNTIME))}` }); // it may itself be within /tmp
  await works(await startOn(mounted(host, mount("ro"))), "script");
  assert.deepEqual(agentsOf(host), []);
  host.remove();
  const bare = fakeHost();
  for (const [, agents] of WITHOUT_RUNTIME)
    await fails(
      await startOn(mounted(bare, mount("ro")), agents),
      "no-place",
      /no folder that can be written to \(.*: Read-only file system; \/tmp.*\), and it has no JavaScript runtime/,
    );
  bare.remove();
});

test("a folder that starts no programs is passed over", { skip: needs("userns") }, async () => {
  const host = fakeHost();
  for (const [form, agents] of WITHOUT_RUNTIME) {
    const nowhere = await startOn(mounted(host, mount("noexec")), agents);
    await fails(nowhere, "no-place", /starts no programs from where it can be written to \(\S+: Permission denied/);
    const both = `${mount("noexec")} && ${mount("rw", "other")}`;
    await works(await startOn(mounted(host, both, ["XDG_CACHE_HOME=/mnt/other"]), agents), form);
  }
  host.remove();
});

test("a place without room is passed over, by a script and by a program", { skip: needs("userns") }, async () => {
  const places = `${mount("size=64k")} && ${mount("rw", "other")}`;
  const program = agentFile(
    "agent",
    new TextEncoder().encode(`#!/bin/sh\necho "program $* in ${"$"}0"\nexec cat\n#${"x".repeat(100_000)}`),
  );
  const script = new TextEncoder().encode(`console.log("script in " + process.argv[1]);//${"x".repeat(100_000)}`);
  const sent = { ...fakeSource([program]), script: () => Promise.resolve(agentFile("agent.mjs", script)) };
  for (const [programs, without] of [
    [{}, []],
    [{ [RUNS_ON]: `/mnt/runtime/${basename(realpathSync(RUNTIME))}` }, ["gzip"]],
  ] as const) {
    const source: AgentSource = RUNS_ON in programs ? { ...sent, choice: "runtime" } : sent;
    const host = fakeHost(programs, without);
    const show = `find /mnt/other/norouter/agents -name start`;
    const argv = mounted(host, places, ["XDG_CACHE_HOME=/mnt/other"]);
    const started = await startOn([...argv.slice(0, -1), "sh", "-c", `sh; ${show}`], source);
    if (RUNS_ON in programs) await says(started, "script in");
    else await says(started, "program agent in /mnt/other/norouter/agents/");
    await started.carrier.close();
    assert.match(started.output(), /\/mnt\/other\/norouter\/agents\/[0-9a-f]{16}-\w+\/start\n/);
    host.remove();
  }
});

test("a place that turns out to be full is left for the next one", { skip: needs("userns") }, async () => {
  const program = agentFile("agent", Buffer.concat([PROGRAM, pseudoRandomBytes(3, 300_000)]));
  // 'df' tells of blocks, not of files, nor of a user's quota.
  for (const without of [[], ["gzip"]]) {
    for (const inodes of [4, 5]) {
      const host = fakeHost({}, without);
      const places = `${mount(`nr_inodes=${inodes}`)} && ${mount("rw", "other")}`;
      const argv = mounted(host, places, ["XDG_CACHE_HOME=/mnt/other"]);
      const show = "find /mnt/other/norouter/agents /mnt/home -name 'start' -o -name '.part*'";
      const started = await startOn([...argv.slice(0, -1), "sh", "-c", `sh; ${show}`], fakeSource([program]));
      await says(started, "program agent\n");
      await started.carrier.close();
      assert.match(started.output(), /agent\n\/mnt\/other\/norouter\/agents\/[0-9a-f]{16}-\w+\/start\n$/);
      host.remove();
    }
  }
});

test("a full disk is named", { skip: needs("userns") }, async () => {
  const host = fakeHost();
  const large = agentFile("agent", pseudoRandomBytes(3, 1_000_000));
  const started = await startOn(mounted(host, mount("size=64k")), fakeSource([large]));
  await fails(started, "disk-full", /disk is full: .*No space left/);
  host.remove();
});
