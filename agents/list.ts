// The agents that can be sent, as rows of a table: makes those that are asked for.

import { asNoRouterError, type ErrorCode } from "../core/errors.ts";
import type { AgentPlatform } from "../core/plugin/agent_source.ts";
import { ownPlatforms, parsePlatform, platformName } from "./platform.ts";
import { agentProgram } from "./programs.ts";
import { agentScript } from "./script.ts";

/** One agent that can be sent. Sizes are bytes. */
export interface AgentRow {
  readonly form: "script" | "program";
  /** Such as `linux-x64-bundled`; null for the script, which runs on every platform. */
  readonly platform: string | null;
  readonly size: number;
  readonly packedSize: number;
  /** SHA-256 of the script, or of the program's file `agent`. */
  readonly sha256: string;
  readonly files: readonly FileRow[];
}

/** One file of an agent. */
export interface FileRow {
  readonly name: string;
  readonly size: number;
  readonly packedSize: number;
  readonly sha256: string;
  /** Where it is kept; null when it is made anew in every process. */
  readonly path: string | null;
}

/** A platform for which nothing could be made. */
export interface MissingRow {
  readonly platform: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** What can be sent, and what cannot. */
export interface AgentList {
  readonly agents: readonly AgentRow[];
  readonly missing: readonly MissingRow[];
}

/**
 * Makes the script and a program for each platform; without names, for those of this machine.
 * @throws NoRouterError `usage` for a name that is no platform, `agent-unavailable` when there is no script
 */
export async function listAgents(names: readonly string[], note: (line: string) => void): Promise<AgentList> {
  const platforms = names.length > 0 ? names.map(parsePlatform) : ownPlatforms();
  const agents: AgentRow[] = [await scriptRow()];
  const missing: MissingRow[] = [];
  for (const platform of platforms) {
    try {
      agents.push(await programRow(platform, note));
    } catch (thrown) {
      const { code, message } = asNoRouterError(thrown);
      missing.push({ platform: platformName(platform), code, message });
    }
  }
  return { agents, missing };
}

async function scriptRow(): Promise<AgentRow> {
  const { name, size, sha256, path = null, open } = await agentScript();
  const { size: packedSize } = await open(true);
  return { form: "script", platform: null, size, packedSize, sha256, files: [{ name, size, packedSize, sha256, path }] };
}

async function programRow(platform: AgentPlatform, note: (line: string) => void): Promise<AgentRow> {
  const files = await agentProgram(platform, note);
  const sum = (numbers: number[]) => numbers.reduce((one, other) => one + other, 0);
  return {
    form: "program",
    platform: platformName(platform),
    size: sum(files.map(({ size }) => size)),
    packedSize: sum(files.map(({ packedSize }) => packedSize)),
    sha256: files[0]?.sha256 ?? "",
    files: files.map(({ name, size, packedSize, sha256, path }) => ({ name, size, packedSize, sha256, path })),
  };
}
