// What `verify` sends in place of the agent: a far end that does what the cases of transports want of it. Must not need
// anything of this package on the host, so it is text that runs as it is.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileAgent } from "../../agents/bun.ts";
import { agentEngine } from "../../agents/engine.ts";
import { copyLibraries } from "../../agents/programs.ts";
import { fileInMemory } from "../../agents/script.ts";
import { store } from "../../agents/store.ts";
import { farEndScript } from "../../conformance/transport_on_host.ts";
import type { AgentFile, AgentPlatform, AgentSource } from "../../core/plugin/agent_source.ts";
import { VERSION } from "../../core/version.ts";

/** A source of far ends, with a look at whether a transport asked for one. */
export interface FarEndSource extends AgentSource {
  readonly asked: boolean;
  /** Removes what was made on this machine. */
  remove(): Promise<void>;
}

/** Gives transports the far end where they ask for the agent. */
export function farEndSource(): FarEndSource {
  let asked = false;
  let folder: Promise<string> | undefined;
  const programs = new Map<string, Promise<readonly AgentFile[]>>();
  return {
    sparesOthers: true,
    version: `${VERSION}-far-end`, // so that a 'norouter' that is installed on the host is not taken for it
    get asked() {
      return asked;
    },
    script: async () => {
      asked = true;
      return fileInMemory("agent.mjs", farEndScript());
    },
    engine: (platform) => agentEngine(platform, () => undefined),
    program: async (platform) => {
      folder ??= mkdtemp(join(tmpdir(), "norouter-verify-"));
      const name = `${platform.os}-${platform.arch}${platform.glibc ? "" : "-libraries"}`;
      const made = programs.get(name) ?? programOf(join(await folder, name), platform);
      programs.set(name, made);
      return made;
    },
    remove: async () => {
      if (folder) await rm(await folder, { recursive: true, force: true });
    },
  };
}

/** The far end as a program, with the libraries it needs where the host has no glibc. */
function programOf(folder: string, platform: AgentPlatform): Promise<readonly AgentFile[]> {
  return store(folder, async (empty) => {
    await compileAgent(empty, farEndScript(), platform);
    const withLibraries = platform.os === "linux" && !platform.glibc;
    return ["agent", ...(withLibraries ? await copyLibraries(empty, join(empty, "agent")) : [])];
  });
}
