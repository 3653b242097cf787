// What can be sent to a host: the agent, as a script and as programs for platforms, and code of others. Nothing is made before
// it is asked for.

import type { AgentChoice, AgentSource } from "../core/plugin/agent_source.ts";
import { VERSION } from "../core/version.ts";

export { codeLoader } from "./code_loader.ts";
export { readHostCode } from "./host_code.ts";

import { agentEngine } from "./engine.ts";
import { insideStart } from "./inside_start.ts";
import { agentProgram } from "./programs.ts";
import { agentScript } from "./script.ts";

/** The agents of this version. */
export interface AgentSourceOptions {
  /** Hears what takes long, such as `making the agent for linux-x64, once for this version`. */
  readonly note?: (line: string) => void;
  /** What hosts get whose settings do not say. Default: `auto`. */
  readonly choice?: AgentChoice | undefined;
}

/** The source of agents of this version. */
export function agentSource({ note = () => undefined, choice = "auto" }: AgentSourceOptions = {}): AgentSource {
  return {
    version: VERSION,
    choice,
    script: agentScript,
    engine: (platform) => agentEngine(platform, note),
    inside: () => insideStart(note),
    program: (platform) => agentProgram(platform, note),
  };
}
