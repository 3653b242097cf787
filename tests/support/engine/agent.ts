// The engine for tests, and the command for agents on it: the same program and the same script that a manager sends.

import { copyFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { bundleAgent } from "../../../agents/bundle.ts";
import { agentEngine } from "../../../agents/engine.ts";
import { messageOf } from "../../../core/errors.ts";
import { tempDir } from "../lifetime.ts";

/** The environment variable that names another program than the engine. */
export const TEST_ENGINE = "NOROUTER_ENGINE";

/**
 * The engine for this machine, built when there is none of these sources.
 * @throws NoRouterError `agent-unavailable`, which says what is missing
 */
export async function engineProgram(): Promise<string> {
  const given = process.env[TEST_ENGINE];
  if (given !== undefined) return given;
  return (await agentEngine({ os: process.platform, arch: process.arch }, (line) => console.log(`# ${line}`))).path;
}

/**
 * For `test(name, { skip: await withoutEngine() }, ...)`: false when a manager in this process has an engine for this machine, else the
 * reason to skip; under `CI=true` it throws instead.
 */
export async function withoutEngine(): Promise<string | false> {
  try {
    await agentEngine({ os: process.platform, arch: process.arch }, (line) => console.log(`# ${line}`));
    return false;
  } catch (thrown) {
    if (process.env.CI === "true") throw thrown;
    return messageOf(thrown);
  }
}

/**
 * Puts the engine and the agent's script where every user may read them, for the life of this process, and returns the command
 * that runs them; see `TEST_AGENT`.
 * @throws NoRouterError `agent-unavailable`
 */
export async function engineAgent(): Promise<string[]> {
  const { path } = tempDir("engine-agent", 0o755);
  copyFileSync(await engineProgram(), `${path}/engine`);
  writeFileSync(`${path}/agent.mjs`, await bundleAgent());
  return [`${path}/engine`, `${path}/agent.mjs`];
}
