// Agents as programs that need no runtime, kept under the hash of the script they hold.

import { cp } from "node:fs/promises";
import { join } from "node:path";
import { NoRouterError } from "../core/errors.ts";
import { shortHash } from "../core/hash.ts";
import type { AgentPlatform } from "../core/plugin/agent_source.ts";
import { compileAgent } from "./bun.ts";
import { kept, type Wanted } from "./cache.ts";
import { glibcOf } from "./libraries.ts";
import { platformName, whyNoProgram } from "./platform.ts";
import { type AgentScript, agentScript } from "./script.ts";
import type { StoredFile } from "./store.ts";

/** About how many bytes a program without libraries has, within ten per cent: making one to find out takes seconds. */
export const ABOUT_PROGRAM = { size: 109_000_000, packedSize: 52_000_000 } as const;

/**
 * The files of a program, made when they are not in the cache. Calls at the same time share the work.
 * @throws NoRouterError `agent-unavailable`
 */
export async function agentProgram(platform: AgentPlatform, note: (line: string) => void): Promise<StoredFile[]> {
  const reason = whyNoProgram(platform);
  if (reason !== undefined) throw new NoRouterError("agent-unavailable", reason);
  if (!platform.glibc && platform.arch !== process.arch) {
    const message = `The libraries for ${platformName(platform)} are not on this machine, which is ${process.arch}`;
    throw new NoRouterError("agent-unavailable", message);
  }
  const script = await agentScript();
  const version = shortHash(script.sha256);
  const keep = (name: string, make: Wanted["make"]) => kept({ version, name, make, note });
  const withGlibc = { ...platform, glibc: true };
  const plain = await keep(platformName(withGlibc), (empty) => compile(empty, withGlibc, script, note));
  const [program] = plain;
  if (platform.os !== "linux" || platform.glibc || !program) return plain;
  return [program, ...(await keep(platformName(platform), (empty) => copyLibraries(empty, program.path)))];
}

async function compile(folder: string, platform: AgentPlatform, script: AgentScript, note: (line: string) => void) {
  note(`making the agent for ${platformName(platform)}, once for this version`);
  await compileAgent(folder, script.bytes, platform);
  note(`packing the agent for ${platformName(platform)}, so that half as much is sent`);
  return ["agent"];
}

/**
 * Copies the loader and the libraries that a program wants into a folder, and names them.
 * @throws NoRouterError `agent-unavailable`
 */
export async function copyLibraries(folder: string, program: string): Promise<string[]> {
  const libraries = await glibcOf(program);
  for (const { name, path } of libraries) await cp(path, join(folder, name));
  return libraries.map(({ name }) => name);
}
