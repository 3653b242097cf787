// `agent bundle`: what it lists, for people and programs, and what it says of what cannot be made.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import type { AgentList } from "../../agents/list.ts";
import { NoRouterError } from "../../core/errors.ts";
import type { AgentChoice } from "../../core/plugin/agent_source.ts";
import { ownAgentCache } from "../../tests/support/agent_cache.ts";
import { withoutEngine } from "../../tests/support/engine/agent.ts";
import { pageText } from "../../tests/support/pages.ts";
import { agentBundle } from "./agent_bundle.ts";

const SLOW = { timeout: 300_000 };
const noEngine = await withoutEngine();
const dir = ownAgentCache();
after(() => dir.remove());
const own = `${process.platform}-${process.arch}`;

async function run(
  platforms: readonly string[],
  json: boolean,
  agent?: AgentChoice,
): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const io = { stdout: (text: string) => void out.push(text), stderr: (text: string) => void err.push(text) };
  const code = await agentBundle({ platforms, json, agent }, io);
  return { code, out: out.join(""), err: err.join("") };
}

test("programs for this machine are made and listed", SLOW, async () => {
  const { code, out, err } = await run([], true, "bun");
  assert.equal(code, 0);
  assert.match(err, new RegExp(`norouter: making the agent for ${own}, once for this version \\.\\.\\.\n`));
  const { agents, missing } = JSON.parse(out) as AgentList;
  assert.deepEqual(
    [agents.map(({ platform }) => platform), missing],
    [[null, own, ...(process.platform === "linux" ? [`${own}-bundled`] : [])], []],
  );
  for (const { form, size, packedSize, files } of agents) {
    assert.ok(packedSize < size);
    for (const { path } of files) assert.ok(form === "script" || (path !== null && existsSync(path)));
  }

  const table = await run([own], false, "bun");
  assert.deepEqual([table.code, table.err], [0, ""]);
  const [head, script, program] = table.out.split("\n");
  assert.match(head ?? "", /^FORM +PLATFORM +SIZE +PACKED +SHA-256 +KEPT IN$/);
  assert.match(script ?? "", /^script +any +\d+ KB +\d+ KB +[0-9a-f]{16} +memory, made when needed$/);
  assert.match(program ?? "", new RegExp(`^program +${own} +[\\d.]+ MB +[\\d.]+ MB +[0-9a-f]{16} +${dir.path}/`));
});

test("engines are listed, of every platform that has one", { ...SLOW, skip: noEngine }, async () => {
  const { code, out } = await run([`linux-${process.arch}`], true);
  assert.equal(code, 0);
  const [, engine] = (JSON.parse(out) as AgentList).agents;
  assert.deepEqual([engine?.form, engine?.platform], ["engine", `linux-${process.arch}`]);
  assert.ok(engine && engine.packedSize < engine.size && existsSync(engine.files[0]?.path ?? ""));
  const { agents, missing } = JSON.parse((await run([], true)).out) as AgentList;
  const largest = agents.filter(({ form }) => form === "engine").sort((a, b) => b.size - a.size)[0];
  const [, size, packedSize] = /^\| engine .*\| ([\d.]+) MB \| ([\d.]+) MB +\|$/m.exec(pageText("docs/agents.md")) ?? [];
  const [, inReadme] = /an engine of up to ([\d.]+) MB/.exec(pageText("README.md")) ?? [];
  assert.equal(inReadme, size);
  for (const [said, is = 0] of [
    [size, largest?.size],
    [packedSize, largest?.packedSize],
  ] as const)
    assert.ok(Math.abs(Number(said) * 1e6 - is) < is / 5, `docs/agents.md: ${said} MB, ${is} bytes`);
  const listed = [...agents.map(({ platform }) => platform), ...missing.map(({ platform }) => platform)];
  assert.deepEqual(listed.sort(), [null, "linux-arm64", "linux-x64", ...(process.platform === "linux" ? [] : [own])].sort());
});

test("the script alone is listed where it is all that is asked for", async () => {
  assert.deepEqual(
    (JSON.parse((await run([], true, "runtime")).out) as AgentList).agents.map(({ form }) => form),
    ["script"],
  );
  await assert.rejects(run([own], false, "runtime"), /^NoRouterError: '--agent runtime' is the same for every platform/);
});

test("a platform that was asked for and cannot be made gives an exit code", SLOW, async () => {
  const other = `linux-${process.arch === "x64" ? "arm64" : "x64"}-bundled`;
  const { code, out, err } = await run([other], false);
  assert.equal(code, 69);
  assert.equal(out.split("\n").length, 3);
  assert.ok(err.startsWith(`norouter: ${other}: `), err);
  await assert.rejects(
    run(["win32-x64"], false),
    /^NoRouterError: Programs are made for Linux and macOS on x64 and arm64, not for/,
  );
  await assert.rejects(run(["wibble"], false), (thrown) => thrown instanceof NoRouterError && thrown.code === "usage");
});
