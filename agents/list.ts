// The agents that can be sent, as rows of a table: makes those that are asked for.

import { asNoRouterError, type ErrorCode } from "../core/errors.ts";
import { type AgentChoice, type AgentPlatform, ENGINE_PLATFORMS, type EnginePlatform } from "../core/plugin/agent_source.ts";
import { agentEngine } from "./engine.ts";
import { engineName, formFor, ownPlatforms, parsePlatform, platformName } from "./platform.ts";
import { agentProgram } from "./programs.ts";
import { agentScript } from "./script.ts";

/** One agent that can be sent. Sizes are bytes. */
export interface AgentRow {
  readonly form: "script" | "engine" | "program";
  /** Such as `linux-x64-bundled`; null for the script, which is the same for every platform. */
  readonly platform: string | null;
  readonly size: number;
  readonly packedSize: number;
  /** SHA-256 of the script, of the engine, or of the program's file `agent`. */
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
 * Makes the script, and an engine or a program for each platform; without names the engines, and where there is none for this machine
 * or programs are asked for, those of this machine.
 * @throws NoRouterError `usage` for a name that is no platform, `agent-unavailable` when there is no script
 */
export async function listAgents(
  names: readonly string[],
  note: (line: string) => void,
  choice: AgentChoice = "auto",
): Promise<AgentList> {
  const platforms = names.length > 0 ? names.map(parsePlatform) : unnamed(choice);
  const forms = platforms.map((platform) => formFor(platform, choice));
  const agents: AgentRow[] = [await scriptRow()];
  const missing: MissingRow[] = [];
  for (const [index, platform] of platforms.entries()) {
    try {
      agents.push(await (forms[index] === "engine" ? engineRow(platform, note) : programRow(platform, note)));
    } catch (thrown) {
      const { code, message } = asNoRouterError(thrown);
      missing.push({ platform: platformName(platform), code, message });
    }
  }
  return { agents, missing };
}

function unnamed(choice: AgentChoice): AgentPlatform[] {
  if (choice === "runtime") return [];
  if (choice === "bun") return ownPlatforms();
  const engines = ENGINE_PLATFORMS.map((platform) => ({ ...platform, glibc: true }));
  return choice === "engine" || process.platform === "linux" ? engines : [...engines, ...ownPlatforms()];
}

async function engineRow(platform: EnginePlatform, note: (line: string) => void): Promise<AgentRow> {
  const { name, size, sha256, path, open } = await agentEngine(platform, note);
  const { size: packedSize } = await open(true);
  const files = [{ name, size, packedSize, sha256, path }];
  return { form: "engine", platform: engineName(platform), size, packedSize, sha256, files };
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
