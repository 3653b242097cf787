// A transport for tests: hosts that have a command are agents of their own, in this process, over memory.

import { type AgentOptions, createAgent } from "../../core/peer.ts";
import { PLUGIN_API, type Plugin } from "../../core/plugin/plugin.ts";
import { memoryPair } from "../../transports/memory/mod.ts";

/** The transport; `agent` is what each host is made of. */
export function remoteMemory(agent: Pick<AgentOptions, "plugins" | "agent">): Plugin {
  return {
    name: "remote-memory",
    api: PLUGIN_API,
    setup: (context) =>
      context.transport({
        name: "remote-memory",
        claims: ({ cmd }) => cmd !== undefined,
        describe: () => "memory",
        open() {
          const [here, uplink] = memoryPair();
          createAgent({ uplink, closed: () => undefined, ...agent }).start();
          return here;
        },
      }),
  };
}
