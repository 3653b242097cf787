// An agent in a container without a shell: copied once, kept by its hash, or run beside it, with a tool that does so in a folder of
// this machine. The real tools are met in the end-to-end tests.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { test } from "node:test";
import { processesOf } from "../../../conformance/support/processes.ts";
import { waitFor } from "../../../conformance/support/wait.ts";
import { type AgentSource, withLimits } from "../../../core/mod.ts";
import { type Box, box, HELLO, program, source, verbs } from "../../../tests/support/fake_container.ts";

const copiesIn = ({ path }: Box) => readdirSync(`${path}/root/.norouter`).sort();

test("an agent is copied once, kept by its hash, and belongs to nobody who runs it", async () => {
  const one = box();
  assert.deepEqual((await one.start()).told, ["engine: no shell; copied into it"]);
  assert.equal(verbs(one.calls()), "inspect image exec cp exec exec");
  const [name = ""] = copiesIn(one);
  assert.match(name, /^[0-9a-f]{16}$/);
  const folder = `${one.path}/root/.norouter/${name}`;
  assert.deepEqual(readdirSync(folder).sort(), ["agent.mjs", "engine", "tidy.mjs"]);
  assert.deepEqual(
    ["", "/engine", "/agent.mjs"].map((path) => statSync(`${folder}${path}`).mode & 0o777),
    [0o755, 0o755, 0o644],
  );
  await one.start();
  assert.equal(verbs(one.calls()), "inspect image exec");
  assert.equal((await one.start(source("two"))).heard, `${HELLO}ping`);
  assert.equal(copiesIn(one).length, 2, "another script has a folder of its own");
  one.remove();
});

test("the agent runs as who is asked for, and older ones are removed as root", async () => {
  const one = box();
  await one.start(source(), {}, "app");
  const calls = one.calls().filter((call) => call.startsWith("exec"));
  assert.match(calls[1] ?? "", /^exec -i --user 0 box \S+\/engine \S+\/tidy\.mjs \/\.norouter [0-9a-f]{16} 3600000$/);
  for (const call of [calls[0], calls[2]]) assert.match(call ?? "", /^exec -i --user app box \S+\/engine \S+\/agent\.mjs agent$/);
  await one.start({ ...source("two"), sparesOthers: true });
  assert.equal(verbs(one.calls()), "inspect image exec cp exec");
  one.remove();
});

test("a copy that ends before it speaks is made anew, once", async () => {
  const one = box();
  await one.start();
  const engine = `${one.path}/root/.norouter/${copiesIn(one)[0]}/engine`;
  for (const damage of [() => writeFileSync(engine, "#!/bin/sh\nexit 139\n"), () => chmodSync(engine, 0o644)]) {
    damage();
    one.calls();
    assert.equal((await one.start()).heard, `${HELLO}ping`);
    assert.equal(verbs(one.calls()), "inspect image exec cp exec exec");
  }
  const broken = await one.start(source("two", program("exit 3\n")));
  assert.equal(broken.ends[0]?.exitCode, 3);
  one.remove();
});

test("a copy goes to the folder that is asked for, if it is a whole path", async () => {
  const one = box();
  const asked = `${one.path}/root/data/no router`;
  mkdirSync(asked, { recursive: true, mode: 0o711 });
  await one.start(source(), { settings: { agentDir: "/data/no router" } });
  assert.deepEqual([readdirSync(asked), readdirSync(`${asked}/.norouter`).length], [[".norouter"], 1]);
  assert.equal(statSync(asked).mode & 0o777, 0o711, "the folder stays as it is");
  const { ends } = await one.start(source(), { settings: { agentDir: "~/agents" } });
  assert.equal(
    `${ends[0]?.error?.code}: ${ends[0]?.error?.message}`,
    `no-place: Agent is copied (no shell), which needs an 'agentDir' that begins with '/', not "~/agents"`,
  );
  one.remove();
});

test("a copy that the container does not see, since a mount lies over it, is told", async () => {
  const one = box();
  const tool = readFileSync(`${one.path}/bin/tool`, "utf8");
  writeFileSync(`${one.path}/bin/tool`, tool.replace('exec tar -xzf - -C "$root"', "cat >/dev/null; exit 0"));
  const [end] = (await one.start(source(), { settings: { agentDir: "/data" } })).ends;
  assert.equal(end?.error?.code, "no-place");
  assert.match(end.error.message, /^What is copied to "\/data" is not seen in the container/);
  assert.equal((await one.start()).ends[0]?.error, undefined);
  one.remove();
});

test("what is wrong is told: a full disk, a container that is gone, an engine that there is not", async () => {
  const one = box();
  writeFileSync(`${one.path}/full`, "");
  assert.equal((await one.start()).ends[0]?.error?.code, "disk-full");
  writeFileSync(`${one.path}/bin/tool`, "#!/bin/sh\necho 'box is gone' >&2\nexit 1\n");
  assert.equal((await one.start()).ends[0]?.error?.code, "container-missing");
  rmSync(`${one.path}/bin/tool`);
  assert.equal((await one.start()).ends[0]?.error?.code, "agent-not-found");
  one.remove();
});

test("where the root cannot be written to, the agent runs beside, from an image that is made once", async () => {
  const one = box({ readOnly: true, user: "app" });
  assert.deepEqual((await one.start()).told, ["engine: no shell; beside it, in its network"]);
  const calls = one.calls();
  assert.equal(verbs(calls), "inspect image cp container run import image run");
  const joined = "--network container:box --pid container:box --read-only";
  const run = `^run -i --rm --pull never --name norouter-agent-[0-9a-f]{8} ${joined} --label norouter-agent=[0-9a-f]{16} --user 1234:99 `;
  assert.match(calls.at(-1) ?? "", new RegExp(run));
  assert.equal(calls[3], "container prune --force --filter label=norouter-agent --filter until=60m");
  await one.start();
  assert.equal(verbs(one.calls()), "inspect image cp container run");
  const images = () => readdirSync(`${one.path}/images`);
  await one.start(source("two"));
  assert.equal(images().length, 2, "another manager may be about to use an image that was just made");
  for (const image of images()) utimesSync(`${one.path}/images/${image}`, Date.now() / 1000 - 7200, Date.now() / 1000 - 7200);
  await one.start(source("three"));
  assert.equal(images().length, 1, "images that are out of date are removed");
  assert.equal((await one.start(source(), {}, "nobody")).ends[0]?.error?.message, 'Container has no user "nobody"');
  await one.start(source(), {}, "7");
  assert.match(one.calls().at(-1) ?? "", / --user 7 /);
  one.remove();
});

test("a start that fails or is given up leaves no container, not even one that was never started", async () => {
  const one = box({ readOnly: true });
  await one.start();
  one.calls();
  const broken = await one.start(source("two", program("exit 3\n")));
  assert.equal(broken.ends[0]?.exitCode, 3);
  const named = (calls: readonly string[], at: number) => / --name (\S+) /.exec(calls.at(at) ?? "")?.[1];
  const failed = one.calls();
  assert.equal(failed.at(-1), `rm --force ${named(failed, -2)}`);
  const tool = readFileSync(`${one.path}/bin/tool`, "utf8");
  writeFileSync(`${one.path}/bin/tool`, tool.replace("\nrun) ", "\nrun) touch $state/running; exec sleep 60;;\nrun) "));
  const stop = new AbortController();
  const starting = one.start(source(), { signal: stop.signal });
  await waitFor(() => existsSync(`${one.path}/running`), { what: "a container" });
  stop.abort();
  assert.equal((await starting).ends[0]?.error?.code, "link-closed");
  const aborted = one.calls();
  assert.equal(aborted.at(-1), `rm --force ${named(aborted, -2)}`);
  one.remove();
});

test("by its process, a container is joined with its names and without being named, and only while it runs", async () => {
  const one = box({ readOnly: true });
  writeFileSync(`${one.path}/joined`, "71\t/run/hosts\t\n");
  assert.equal((await one.start(source(), {}, undefined, { joinedBy: "process" })).heard, `${HELLO}ping`);
  const joined =
    "--network ns:/proc/71/ns/net --pid ns:/proc/71/ns/pid --no-hosts --volume /run/hosts:/etc/hosts:ro,z --read-only";
  assert.ok(one.calls().at(-1)?.includes(` ${joined} `));
  writeFileSync(`${one.path}/joined`, "0\t\t\n");
  assert.equal((await one.start(source(), {}, undefined, { joinedBy: "process" })).ends[0]?.error?.code, "container-stopped");
  assert.equal(verbs(one.calls()), "inspect image container inspect");
  one.remove();
});

test("hosts of one engine that start at the same time share the image", async () => {
  const one = box({ readOnly: true });
  await Promise.all([one.start(), one.start(), one.start()]);
  assert.equal(one.calls().filter((call) => call.startsWith("import")).length, 1);
  one.remove();
});

test("a kept copy that hangs when it is started is ended and made anew, once", async () => {
  const one = box();
  await one.start();
  writeFileSync(`${one.path}/root/.norouter/${copiesIn(one)[0]}/engine`, "#!/bin/sh\nexec sleep 1000\n");
  one.calls();
  const limits = withLimits({ stopMs: 500, helloMs: 1000 });
  assert.equal((await one.start(source(), { limits })).heard, `${HELLO}ping`);
  assert.equal(verbs(one.calls()), "inspect image exec cp exec exec");
  one.remove();
});

test("a manager that stops while an engine is made starts nothing any more", async () => {
  for (const readOnly of [false, true]) {
    const one = box({ readOnly });
    await one.start();
    one.calls();
    const stop = new AbortController();
    const agents = source();
    const engine: AgentSource["engine"] = (platform) => {
      stop.abort();
      return agents.engine(platform);
    };
    assert.equal((await one.start({ ...agents, engine }, { signal: stop.signal })).ends[0]?.error?.code, "link-closed");
    assert.equal(verbs(one.calls()), "inspect image");
    one.remove();
  }
});

test("a tool that hangs is given up with all that it started, in time or when the manager stops", async () => {
  const one = box();
  writeFileSync(`${one.path}/bin/tool`, `#!/bin/sh\ntail -f ${one.path}/facts\n`);
  const started = () => processesOf(`${one.path}/facts`).some(({ argv }) => argv[0] === "tail");
  const late = await one.start(source(), { limits: withLimits({ helloMs: 1000 }) });
  assert.equal(late.ends[0]?.error?.code, "agent-silent");
  await waitFor(() => !started(), { what: "what the tool started to end" });
  const stop = new AbortController();
  const starting = one.start(source(), { signal: stop.signal });
  await waitFor(started, { what: "the tool" });
  stop.abort();
  assert.equal((await starting).ends[0]?.error?.code, "link-closed");
  await waitFor(() => !started(), { what: "what the tool started to end" });
  one.remove();
});

test("in a container of another user than root, nothing is run as root", async () => {
  for (const [user, tidies] of [
    ["app", false],
    ["1000:0", false],
    ["0:0", true],
    ["root", true],
  ] as const) {
    const one = box({ user });
    await one.start();
    assert.equal(
      one.calls().some((call) => call.startsWith("exec -i --user 0 ")),
      tidies,
      user,
    );
    one.remove();
  }
});

test("in a folder that was asked for, nothing is run with more rights than the agent has", async () => {
  const one = box();
  mkdirSync(`${one.path}/root/data`);
  await one.start(source(), { settings: { agentDir: "/data" } }, "app");
  const execs = one.calls().filter((call) => call.startsWith("exec"));
  assert.deepEqual(
    execs.map((call) => call.split(" ").slice(0, 4).join(" ")),
    Array(3).fill("exec -i --user app"),
  );
  one.remove();
});

/** A place with a copy that tidies, and words that run it. */
async function tidied(): Promise<{ readonly one: Box; readonly place: string; tidy(age: number, where?: string): string }> {
  const one = box();
  await one.start();
  const [own = ""] = copiesIn(one);
  const place = `${one.path}/root/.norouter`;
  const tidy = (age: number, where = place) =>
    spawnSync(process.execPath, [`${place}/${own}/tidy.mjs`, where, own, `${age}`], { encoding: "utf8" }).stderr;
  return { one, place, tidy };
}

/** A copy of another version. */
function olderIn(place: string, name: string, files: readonly string[]): string {
  const folder = `${place}/${name}`;
  mkdirSync(folder, { mode: 0o755 });
  for (const file of files) writeFileSync(`${folder}/${file}`, "");
  return folder;
}

const OURS = ["engine", "agent.mjs", "tidy.mjs", "agent.mjs.compiled", "agent.mjs.compiled.17"];

test("what tidies runs by itself, leaves what was just put there, and removes its own files only", async () => {
  const { one, place, tidy } = await tidied();
  const old = olderIn(place, "0123456789abcdef", OURS);
  const mixed = olderIn(place, "00000000000000aa", [...OURS, "notes"]);
  olderIn(place, "agent", OURS);
  assert.equal(tidy(3_600_000), "");
  assert.equal(copiesIn(one).length, 4);
  assert.equal(tidy(0), "");
  assert.deepEqual([existsSync(old), readdirSync(mixed), readdirSync(`${place}/agent`).length], [false, ["notes"], OURS.length]);
  one.remove();
});

test("what tidies follows no link, and trusts no folder that others can write to", async () => {
  const { one, place, tidy } = await tidied();
  const elsewhere = `${one.path}/elsewhere`;
  mkdirSync(elsewhere, { mode: 0o755 });
  const target = olderIn(elsewhere, "0123456789abcdef", OURS);
  symlinkSync(target, `${place}/0123456789abcdef`);
  const open = olderIn(place, "00000000000000aa", OURS);
  chmodSync(open, 0o777);
  symlinkSync(elsewhere, `${one.path}/link`);
  assert.deepEqual([tidy(0), tidy(0, `${one.path}/link`)], ["", ""]);
  assert.equal(readdirSync(target).length, OURS.length);
  assert.equal(readdirSync(open).length, OURS.length);
  chmodSync(open, 0o755);
  chmodSync(place, 0o777);
  assert.equal(tidy(0), "");
  assert.equal(existsSync(open), true);
  chmodSync(place, 0o755);
  assert.equal(tidy(0), "");
  assert.equal(existsSync(open), false);
  one.remove();
});
