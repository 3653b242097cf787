// What starts a program inside the network on this machine: the engine, a script for it, and a folder with the plan.

import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { InsideStart } from "../core/plugin/inside_program.ts";
import { FILES } from "../inside/files.ts";
import { agentEngine } from "./engine.ts";
import { insideScript } from "./script.ts";

/** Prepares a start. @throws NoRouterError `agent-unavailable` */
export async function insideStart(note: (line: string) => void): Promise<InsideStart> {
  const own = { os: process.platform, arch: process.arch };
  const [engine, script] = await Promise.all([agentEngine(own, note), insideScript(note)]);
  const folder = join(tmpdir(), `norouter-exec-${randomUUID()}`);
  return {
    socket: join(folder, FILES.socket),
    begin(plan) {
      mkdirSync(folder, { mode: 0o700 });
      writeFileSync(join(folder, FILES.plan), JSON.stringify(plan), { mode: 0o600 });
      return [engine.path, script, "front", folder];
    },
    trial(holds) {
      mkdirSync(folder, { mode: 0o700, recursive: true });
      return [engine.path, script, "try", folder, holds ? "holding" : "plain"];
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
