// Holds a host back from being called ready until what it is for answers: a port, or a command.

import { type FrontEnd, type HostContext, type HostPart, NoRouterError, PLUGIN_API } from "../../core/mod.ts";
import { connectGuarded } from "../support/guarded.ts";
import { runCommand } from "../support/run_command.ts";
import type { OwnSettings } from "./key.ts";

const NAME = "on-demand";

/** Between two tries, in milliseconds: the first ones are close, as most programs are there at once. */
const FIRST_MS = 20;
const LONGEST_MS = 500;
/** How long a command may take to answer. */
const COMMAND_MS = 30_000;

/** The check of a host that starts on demand. */
export const onDemandHost: HostPart = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(readiness),
};

function readiness(context: HostContext): FrontEnd {
  return {
    name: NAME,
    reconcile: async () => undefined,
    ready: (signal) => untilReady(context, signal),
    stop: async () => undefined,
  };
}

/** @throws NoRouterError `no-shell` for a command where there is no shell, `denied` for what the owner of the machine does not allow */
async function untilReady(context: HostContext, signal: AbortSignal): Promise<void> {
  for (let wait = FIRST_MS; !signal.aborted; wait = Math.min(LONGEST_MS, wait * 2)) {
    const ready = context.settings<OwnSettings>("onDemand")?.ready;
    if (ready === undefined || (await isReady(ready, context, signal))) return;
    await pause(wait, signal);
  }
}

async function isReady(ready: string, context: HostContext, signal: AbortSignal): Promise<boolean> {
  const isCommand = !/^\d+$/.test(ready);
  if (isCommand && context.guard && !context.guard.mayRun(ready))
    throw new NoRouterError(
      "denied",
      "Command 'onDemand.ready' is not allowed there: 'norouter serve' has no '--allow run' for it",
    );
  if (isCommand) return (await runCommand(ready, { timeoutMs: COMMAND_MS, signal })) === 0;
  const port = Number(ready);
  const target = context.self().ports.find(({ listen }) => listen === port)?.target ?? { host: "127.0.0.1", port };
  try {
    const { limits, guard, report } = context;
    const crowded = (from: number, open: number) => report({ type: "host.crowded", from, open, code: "too-many-names" });
    (await connectGuarded(target, { limits, signal, guard, crowded, asker: "own" })).destroy();
    return true;
  } catch (thrown) {
    if (thrown instanceof NoRouterError && thrown.code === "denied") throw thrown;
    return false;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
