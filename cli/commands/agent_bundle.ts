// `norouter agent bundle`: makes the agents that can be sent to hosts, and lists them.

import { dirname } from "node:path";
import { type AgentList, type AgentRow, listAgents } from "../../agents/list.ts";
import { ERRORS } from "../../core/errors.ts";
import { shortHash } from "../../core/hash.ts";
import { safeJson } from "../../core/manifest/mod.ts";
import { VERSION } from "../../core/version.ts";
import type { Io } from "../load/io.ts";
import { alignedTo } from "../ui/columns.ts";

/** What `agent bundle` is asked for. */
export interface AgentBundleArgs {
  /** Names of platforms; none: those of this machine. */
  readonly platforms: readonly string[];
  /** One JSON document on standard output instead of a table. */
  readonly json: boolean;
}

/**
 * Makes and lists agents and returns the exit code: 0, or that of `agent-unavailable` when a platform that was named
 * has no agent. Says on standard error what takes long.
 * @throws NoRouterError `usage`, `agent-unavailable`
 */
export async function agentBundle({ platforms, json }: AgentBundleArgs, io: Pick<Io, "stdout" | "stderr">): Promise<number> {
  const list = await listAgents(platforms, (line) => io.stderr(`norouter: ${line} ...\n`));
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
  return [form, platform ?? "any", amount(size), amount(packedSize), shortHash(sha256), place];
}

function amount(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
