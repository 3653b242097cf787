// What can be sent to a host that has no agent: the script, and programs for platforms. Must not print, and makes
// nothing before it is asked for.

import type { AgentSource } from "../core/plugin/agent_source.ts";
import { VERSION } from "../core/version.ts";
import { agentProgram } from "./programs.ts";
import { agentScript } from "./script.ts";

/** The agents of this version. */
export interface AgentSourceOptions {
  /** Hears what takes long, such as `making the agent for linux-x64, once for this version`. */
  readonly note?: (line: string) => void;
}

/** The source of agents of this version. */
export function agentSource({ note = () => undefined }: AgentSourceOptions = {}): AgentSource {
  return {
    version: VERSION,
    script: agentScript,
    program: (platform) => agentProgram(platform, note),
  };
}
