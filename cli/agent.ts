// `norouter agent`: serves one host over standard input and output until its manager is gone. Everything else
// that this process prints goes to standard error.

import { Console } from "node:console";
import { isatty } from "node:tty";
import { codeLoader } from "../agents/code_loader.ts";
import { AGENT_ON_TERMINAL } from "../core/link/failure.ts";
import { createAgent, ERRORS, NoRouterError } from "../core/mod.ts";
import { stdioCarrier } from "../transports/stdio/mod.ts";
import { BUILTIN_PARTS } from "./builtin_parts.ts";
import { memoryRoom } from "./process/memory.ts";
import { ownInfo } from "./process/runtime.ts";
import { boundHeap } from "./process/tune.ts";

/** Ends of a link that are the normal end of an agent. */
const EXPECTED: ReadonlySet<string> = new Set(["link-closed", "manager-gone"]);

/** What an agent is told. */
export interface AgentArgs {
  readonly debug: boolean;
  /** The agent's own folder, where one was sent. */
  readonly folder?: string | undefined;
}

/**
 * Runs the agent and returns its exit code.
 * @throws NoRouterError `usage` on a terminal
 */
export async function agent({ debug, folder }: AgentArgs): Promise<number> {
  if (isatty(0)) throw new NoRouterError("usage", AGENT_ON_TERMINAL);
  // Whoever started it may have set a clock for the case that it does not get here.
  process.on("SIGALRM", () => undefined);
  globalThis.console = new Console(process.stderr, process.stderr);
  const room = memoryRoom();
  if (room !== undefined) boundHeap(room);
  return new Promise((resolve) => {
    const peer = createAgent({
      plugins: BUILTIN_PARTS,
      codeLoader: codeLoader(folder),
      agent: ownInfo(),
      room,
      debug: (line) => {
        if (debug) console.error(line);
      },
      uplink: stdioCarrier(),
      closed: ({ error }) => {
        if (!EXPECTED.has(error.code)) console.error(`norouter agent: ${error.message}`);
        resolve(EXPECTED.has(error.code) ? 0 : ERRORS[error.code].exit);
      },
    });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void peer.stop());
    peer.start();
  });
}
