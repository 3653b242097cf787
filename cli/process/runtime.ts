// How this process introduces itself.

import type { AgentInfo } from "../../core/mod.ts";
import { VERSION } from "../../core/version.ts";

/** Version, runtime and process id. */
export function ownInfo(): AgentInfo {
  return { version: VERSION, runtime: runtimeName(), pid: process.pid };
}

function runtimeName(): string {
  const { deno, bun, engine, node } = process.versions;
  if (engine !== undefined) return `engine ${engine}`;
  if (deno !== undefined) return `deno ${deno}`;
  if (bun !== undefined) return `bun ${bun}`;
  return `node ${node}`;
}
