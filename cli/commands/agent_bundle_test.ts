// `agent bundle`: what it lists, for people and programs, and what it says of what cannot be made.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import type { AgentList } from "../../agents/list.ts";
import { NoRouterError } from "../../core/errors.ts";
import { ownAgentCache } from "../../tests/support/agent_cache.ts";
import { agentBundle } from "./agent_bundle.ts";

const SLOW = { timeout: 300_000 };
const dir = ownAgentCache();
after(() => dir.remove());
const own = `${process.platform}-${process.arch}`;

async function run(platforms: readonly string[], json: boolean): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const io = { stdout: (text: string) => void out.push(text), stderr: (text: string) => void err.push(text) };
  const code = await agentBundle({ platforms, json }, io);
  return { code, out: out.join(""), err: err.join("") };
}

test("the agents of this machine are made and listed", SLOW, async () => {
  const { code, out, err } = await run([], true);
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

  const table = await run([own], false);
  assert.deepEqual([table.code, table.err], [0, ""]);
  const [head, script, program] = table.out.split("\n");
  assert.match(head ?? "", /^FORM +PLATFORM +SIZE +PACKED +SHA-256 +KEPT IN$/);
  assert.match(script ?? "", /^script +any +\d+ KB +\d+ KB +[0-9a-f]{16} +memory, made when needed$/);
  assert.match(program ?? "", new RegExp(`^program +${own} +[\\d.]+ MB +[\\d.]+ MB +[0-9a-f]{16} +${dir.path}/`));
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
