// What a shell transport does beyond its tool's words: an author's mistakes are named, and cost one host at most.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { waitFor } from "../../conformance/support/wait.ts";
import { settingsOf } from "../../core/manifest/keys/mod.ts";
import { type AgentSource, type CarrierEnd, NoRouterError, registerPlugins } from "../../core/mod.ts";
import { fakeSource } from "../../tests/support/fake_host.ts";
import { meaningOf, openHost } from "../../tests/support/fake_tool.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { starting } from "../../tests/support/starting.ts";
import { type ShellTransport, type StarterTool, shellTransport } from "./shell_transport.ts";

type Definition = ShellTransport<{ readonly name: string }>;

const GOOD: Definition = {
  name: "box",
  description: "A box.",
  settings: settingsOf({ shorthand: "name", fields: { name: { description: "Its name.", required: true } } }),
  argv: ({ name }, command) => ["box", name, ...command],
  describe: ({ name }) => `box ${name}`,
  failures: [{ says: /no box (\w+)/, code: "container-missing", message: "There is no box $1" }],
};

test("a mistake in the definition is found when the plugin is made", () => {
  const cases: readonly [change: object, message: RegExp][] = [
    [{ argv: undefined }, /"box" has no function 'argv'/],
    [{ describe: undefined }, /has no function 'describe'/],
    [{ settings: {} }, /has no 'settings'/],
    [{ failures: undefined }, /has no list of 'failures'/],
    [{ failures: [{ says: "x", code: "no-shell" }] }, /failure \(1\) whose 'says' is no regular expression/],
    [{ failures: [...GOOD.failures, { says: /x/, code: "nonsense" }] }, /failure \(2\) with the code 'nonsense'/],
    [{ starter: { start: () => undefined } }, /has a 'starter' without functions 'start' and 'stop'/],
    [{ env: { A: 5 } }, /an 'env' whose values are not all strings/],
  ];
  for (const [change, message] of cases) {
    assert.throws(() => shellTransport({ ...GOOD, ...change } as Definition), { code: "plugin-invalid", message });
  }
});

test("words that are none are named, and a promise that never comes is not waited for", async () => {
  for (const words of ["box", [], [""], ["box", undefined], undefined]) {
    const plugin = shellTransport({ ...GOOD, argv: () => words as string[] });
    await assert.rejects(openHost(plugin, "web"), { code: "plugin-invalid", message: /a list of words was wanted/ });
  }
  const never = shellTransport({ ...GOOD, argv: () => new Promise(() => undefined) });
  await assert.rejects(openHost(never, "web", undefined, { helloMs: 200 }), { code: "agent-silent" });
});

test("where nothing but the engine can be copied, whoever asks for something else is told", async () => {
  const plugin = shellTransport({
    ...GOOD,
    argv: () => ["sh", "-c", "echo 'sh: no such file' >&2; exit 127"],
    copies: () => ({ tool: ["false"], container: "web" }),
    failures: [{ says: /no such file/, code: "no-shell", message: "Box has no 'sh'" }],
  });
  const messages: string[] = [];
  for (const choice of ["bun", "runtime"] as const) {
    const carrier = await openHost(plugin, "web", { ...fakeSource(), choice });
    carrier.start({
      data: () => undefined,
      drain: () => undefined,
      closed: ({ error }) => void messages.push(`${error?.message}`),
    });
    await waitFor(() => messages.length > 0, { what: "the end" });
    assert.equal(
      messages.pop(),
      "Box has no 'sh', and only the engine can be copied into it: leave out 'agent', or ask for 'engine'",
    );
  }
});

test("the groups of what the tool says stand in the sentence, and the tool speaks no other language", async () => {
  const said = { code: 3, stderr: "box: no box web here" };
  assert.equal(await meaningOf(shellTransport(GOOD), "web", said), "container-missing: There is no box web");
  assert.equal(await meaningOf(shellTransport({ ...GOOD, failures: [] }), "web", said), "");
  const plugin = shellTransport({ ...GOOD, argv: () => ["sh", "-c", "echo $LC_ALL >&2; exit 3"] });
  const ends: string[] = [];
  const carrier = await openHost(plugin, "web");
  carrier.start({ data: () => undefined, drain: () => undefined, closed: ({ stderr }) => void ends.push(...stderr) });
  await waitFor(() => ends.length > 0, { what: "the end" });
  assert.deepEqual(ends, ["C"]);
});

/** How a host ends whose tool starts no agent through a shell, and whether a copy was tried. */
async function withCopies(argv: readonly string[], agentDir?: string) {
  const dir = tempDir("copies");
  const copy = ["sh", "-c", 'touch "$0/tried"; exit 1', dir.path];
  const plugin = shellTransport({ ...GOOD, argv: () => argv, copies: () => ({ tool: copy, container: "web" }) });
  const ends: CarrierEnd[] = [];
  // Where this machine has a runtime, the shell would start a script that no folder is needed for.
  const agents: AgentSource = { ...fakeSource(), choice: "engine" };
  const carrier = await openHost(plugin, "web", agents, {}, agentDir === undefined ? {} : { agentDir });
  carrier.start({ data: () => undefined, drain: () => undefined, closed: (end) => void ends.push(end) });
  await waitFor(() => ends.length > 0, { what: "the end" });
  await carrier.close();
  const tried = existsSync(`${dir.path}/tried`);
  dir.remove();
  return { code: ends[0]?.error?.code, tried };
}

test("an agent is copied only where the words say that there is no shell", async () => {
  const said = (words: string, code = 126) => ["sh", "-c", 'echo "$1" >&2; exit "$2"', "sh", words, `${code}`];
  const cases: readonly [words: string, code: number, tried: boolean][] = [
    ['exec: "sh": executable file not found in $PATH', 127, true],
    ["exec /bin/sh: no such file or directory", 126, true],
    ["exec /bin/sh: permission denied", 126, true],
    ["unable to start container process: read init-p: connection reset by peer", 126, false],
    ["sh: can't fork: Resource temporarily unavailable", 126, false],
    ["", 127, false],
    ["Killed", 137, false],
    ["grep: not found", 2, false],
  ];
  for (const [words, code, tried] of cases) assert.equal((await withCopies(said(words, code))).tried, tried, words);
});

test("what a shell says of a folder that was asked for is told, and nothing is copied elsewhere", async () => {
  assert.deepEqual(await withCopies(["sh"], "/proc/1"), { code: "no-place", tried: false });
});

test("a transport's starter runs its tool, with its words for failures and without what is hidden", async () => {
  const started: string[] = [];
  const plugin = shellTransport({
    ...GOOD,
    failures: [{ says: /no box (\w+)/, code: "container-missing", message: "There is no box $1" }],
    starter: {
      claims: ({ name }) => name !== "other",
      always: ({ name }) => name === "made",
      start: async ({ name }, { host, output, progress }) => {
        progress("opening the lid");
        started.push(`${host.name} ${host.network?.name} ${await output(["echo", name])}`.trim());
        await output(["sh", "-c", 'echo "$LC_ALL: no box hunter22" >&2; exit 1']);
        return "started";
      },
      stop: async (_, { output }) => void (await output(["no-such-tool"])),
      hidden: () => ["hunter22"],
    },
  });
  const box = await starting(plugin, "box");
  await assert.rejects(box.start(), { code: "container-missing", message: "There is no box ********" });
  assert.deepEqual([started, box.steps], [["web test box"], ["opening the lid"]]);
  await assert.rejects(box.stop(), { code: "tool-missing", message: '"no-such-tool" is not installed on this machine' });
  await assert.rejects(starting(plugin, "other"), /No starter claims the host/);
  const starter = registerPlugins([plugin]).starters.find(({ name }) => name === "box");
  const claims = (demand: unknown) => starter?.claims({ box: { name: "box" } }, demand);
  assert.deepEqual(
    [claims({}), claims(undefined), claims({ idle: "1m" }), claims({ start: "open box" })],
    [true, true, true, false],
  );
  const always = (name: string) => starter?.always?.({ box: { name } });
  assert.deepEqual([starter?.name, always("made"), always("box"), starter?.always?.({})], ["box", true, false, false]);
});

test("a start that is given up ends for the reason that it was given up for", async () => {
  const stops = { stop: () => Promise.resolve() };
  const start = async (_: unknown, { pause }: StarterTool) => {
    for (;;) await pause(60_000);
  };
  const box = await starting(shellTransport({ ...GOOD, starter: { start, ...stops } }), "box");
  const given = new AbortController();
  const late = box.start(given.signal);
  given.abort(new NoRouterError("timed-out", "Late"));
  await assert.rejects(late, { code: "timed-out", message: "Late" });
});
