// What can be sent to a host: the agent, as a script and as programs for platforms, and code of others. Nothing is made before
// it is asked for.

import type { AgentSource } from "../core/plugin/agent_source.ts";
import { VERSION } from "../core/version.ts";

export { codeLoader } from "./code_loader.ts";
export { readHostCode } from "./host_code.ts";

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
