// The agent on everything that it runs on, side by side: one manager's runtime, one way, one peer for each form of the agent.

import { writeFileSync } from "node:fs";
import process from "node:process";
import { agentEngine } from "../agents/engine.ts";
import { agentProgram } from "../agents/programs.ts";
import { agentScript } from "../agents/script.ts";
import { messageOf } from "../core/errors.ts";
import { programArgv, runtimeArgv } from "../tests/support/cli.ts";
import { tempDir } from "../tests/support/lifetime.ts";
import { norouter, type Peer } from "./peers.ts";

const OWN = { os: process.platform, arch: process.arch, glibc: true };

/**
 * A peer for each form of the agent that can run here, and why others cannot.
 * @param manager argv prefix of the runtime that the managers run on
 */
export async function agentPeers(
  manager: readonly string[],
  note: (line: string) => void,
): Promise<{ peers: Peer[]; missing: string[] }> {
  const dir = tempDir("bench-agents");
  process.on("exit", () => dir.remove());
  const script = `${dir.path}/agent.mjs`;
  writeFileSync(script, (await agentScript()).bytes);
  const forms: Readonly<Record<string, () => Promise<readonly string[]>>> = {
    node24: async () => [...runtimeArgv("node24"), script],
    engine: async () => [(await agentEngine(OWN, note)).path, script],
    deno: async () => [...runtimeArgv("deno"), script],
    bun: async () => [...runtimeArgv("bun"), script],
    "bun program": async () => [(await agentProgram(OWN, note))[0]?.path ?? ""],
  };
  const peers: Peer[] = [];
  const missing: string[] = [];
  for (const [place, [name, argvOf]] of Object.entries(forms).entries()) {
    try {
      const agentArgv = await argvOf();
      peers.push(norouter("norouter", { argv: programArgv(manager), agentArgv, suffix: ` (${name})`, place }));
    } catch (thrown) {
      missing.push(`${name}: ${messageOf(thrown)}`);
    }
  }
  return { peers, missing };
}
