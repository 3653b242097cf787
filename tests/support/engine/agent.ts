// Agents of end-to-end tests on the engine: the same script that a manager sends, and the tests that start it.

import { writeFileSync } from "node:fs";
import { bundleAgent } from "../../../agents/bundle.ts";
import { agentArgv, engineProgram } from "../cli.ts";
import { tempDir } from "../lifetime.ts";
import { bundleTest } from "./bundle.ts";

/**
 * Makes the agent's script for the life of this process, readable to all users, and returns the command that runs it on the
 * engine; see `TEST_AGENT`.
 * @throws NoRouterError `agent-unavailable` when the script cannot be made
 */
export async function engineAgent(): Promise<string[]> {
  const path = `${tempDir("engine-agent", 0o755).path}/agent.mjs`;
  writeFileSync(path, await bundleAgent());
  return [engineProgram(), path];
}

/** Whether a test file, or what it imports, starts agents with `agentArgv`; told by what remains of it in a bundle. */
export async function startsAgents(file: string): Promise<boolean> {
  return (await bundleTest(file)).code.includes(`function ${agentArgv.name}(`);
}
