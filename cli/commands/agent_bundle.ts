// `norouter agent bundle`: makes the agents that can be sent to hosts, and lists them.

import { dirname } from "node:path";
import { type AgentList, type AgentRow, listAgents } from "../../agents/list.ts";
import { ERRORS } from "../../core/errors.ts";
import { shortHash } from "../../core/hash.ts";
import { safeJson } from "../../core/manifest/mod.ts";
import type { AgentChoice } from "../../core/plugin/agent_source.ts";
import { VERSION } from "../../core/version.ts";
import type { Io } from "../load/io.ts";
import { alignedTo, sizeText } from "../ui/columns.ts";

/** What `agent bundle` is asked for. */
export interface AgentBundleArgs {
  /** Names of platforms; none: what is sent of itself, or what is asked for, for this machine. */
  readonly platforms: readonly string[];
  readonly agent?: AgentChoice | undefined;
  /** One JSON document on standard output instead of a table. */
  readonly json: boolean;
}

/**
 * Makes and lists agents and returns the exit code: 0, or that of `agent-unavailable` when a platform that was named
 * has no agent. Says on standard error what takes long.
 * @throws NoRouterError `usage`, `agent-unavailable`
 */
export async function agentBundle(args: AgentBundleArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  const { platforms, agent, json } = args;
  const list = await listAgents(platforms, (line) => io.stderr(`norouter: ${line} ...\n`), agent);
  if (json) io.stdout(`${safeJson({ version: VERSION, ...list }, 2)}\n`);
  else {
    io.stdout(table(list));
    for (const { platform, message } of list.missing) io.stderr(`norouter: ${platform}: ${message}\n`);
  }
  const [failed] = list.missing;
  return platforms.length > 0 && failed ? ERRORS[failed.code].exit : 0;
}

function table({ agents }: AgentList): string {
  const head = ["FORM", "PLATFORM", "SIZE", "PACKED", "SHA-256", "KEPT IN"];
  const rows = [head, ...agents.map(cells)];
  const shown = alignedTo(rows);
  return rows.map((row) => `${shown(row)}\n`).join("");
}

function cells({ form, platform, size, packedSize, sha256, files }: AgentRow): string[] {
  const path = files.at(-1)?.path ?? null;
  const place = path === null ? "memory, made when needed" : platform === null ? path : dirname(path);
  return [form, platform ?? "any", sizeText(size), sizeText(packedSize), shortHash(sha256), place];
}
