// An agent that is to run beside a container, with the tool of `fake_container.ts`: it touches nothing of the container, and ends with it
// also where their processes are not shared.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { box, HELLO, source, verbs } from "../../../tests/support/fake_container.ts";
import { parseContainer } from "./container_tool.ts";

const ENTER = { enter: "network" } as const;

test("where the network is entered, the agent runs beside a container that could be written to, and that is left alone", async () => {
  const one = box();
  const { heard, told } = await one.start(source(), {}, undefined, ENTER);
  assert.equal(heard, `${HELLO}ping`);
  assert.deepEqual(told, ["engine: no shell; beside it, in its network"]);
  assert.equal(verbs(one.calls()), "inspect image container run import image run");
  assert.deepEqual(readdirSync(`${one.path}/root`), ["etc"]);
  one.remove();
});

test("a folder that was asked for is not looked at: nothing is put there", async () => {
  const one = box();
  assert.equal((await one.start(source(), { settings: { agentDir: "~/agents" } }, undefined, ENTER)).heard, `${HELLO}ping`);
  one.remove();
});

test("one that does not run, or is paused, is told before anything is made", async () => {
  for (const [status, message] of [
    ["exited", "Container is not running"],
    ["paused", "Container is paused"],
  ] as const) {
    const one = box({ status });
    const { error } = (await one.start(source(), {}, undefined, ENTER)).ends[0] ?? {};
    assert.deepEqual([error?.code, error?.message], ["container-stopped", message]);
    assert.equal(verbs(one.calls()), "inspect");
    one.remove();
  }
});

test("processes are shared only where they are the container's own; elsewhere it is looked after", async () => {
  for (const pidMode of ["", "private", "host", "container:other"]) {
    const one = box({ pidMode });
    writeFileSync(`${one.path}/joined`, "71\t/run/hosts\t\n");
    await one.start(source(), {}, undefined, ENTER);
    const byName = one.calls();
    const own = pidMode === "" || pidMode === "private";
    assert.equal(byName.at(-1)?.includes(" --pid container:box "), own, pidMode);
    assert.equal(byName.filter((call) => call.startsWith("inspect")).length, own ? 1 : 2, pidMode);
    await one.start(source(), {}, undefined, { ...ENTER, joinedBy: "process" });
    assert.equal(one.calls().at(-1)?.includes(" --pid ns:/proc/71/ns/pid "), own, pidMode);
    one.remove();
  }
});

test("an engine that takes no image says so in words for people", async () => {
  const cases = [
    ["Error response from daemon: authorization denied by plugin policy: no import", "access-denied", /^Engine takes no image/],
    ["Error: write /var/lib/x: no space left on device", "disk-full", /no space left/],
    ["box is gone", "container-missing", /./],
    ["something else", "agent-failed", /something else/],
  ] as const;
  for (const [says, code, message] of cases) {
    const one = box();
    const tool = readFileSync(`${one.path}/bin/tool`, "utf8");
    const refusing = tool.replace("import) ", `import) cat >/dev/null; echo '${says}' >&2; exit 1;;\nnever) `);
    writeFileSync(`${one.path}/bin/tool`, refusing);
    const { error } = (await one.start(source(), {}, undefined, ENTER)).ends[0] ?? {};
    assert.equal(error?.code, code);
    assert.match(error.message, message);
    assert.ok(!existsSync(`${one.path}/images`));
    rmSync(`${one.path}/calls`, { force: true });
    one.remove();
  }
});

test("what inspect says is read whether or not it names a mode or a user", () => {
  const facts = { readOnly: false, image: "sha256:1", status: "running", ownProcesses: true, user: "" };
  assert.deepEqual(parseContainer("false sha256:1 running  \n"), facts);
  assert.deepEqual(parseContainer("true sha256:1 running private app:app\n"), { ...facts, readOnly: true, user: "app:app" });
  assert.deepEqual(parseContainer("false sha256:1 exited host 5\n"), {
    ...facts,
    status: "exited",
    ownProcesses: false,
    user: "5",
  });
});
