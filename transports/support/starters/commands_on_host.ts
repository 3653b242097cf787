// Starts and stops what a host is for by commands of the manifest that run on the host, through the tool that gives a shell there.

import { asNoRouterError, type CarrierEnd, NoRouterError, type Starter, type StarterRequest } from "../../../core/mod.ts";
import { runTool, type ToolMeans } from "../run_tool.ts";

/** What stands at `onDemand`, as far as commands are concerned. */
interface Commands {
  readonly start?: string;
  readonly stop?: string;
  readonly running?: string;
  readonly on?: "host" | "manager";
}

/** How commands get to a host. */
export interface CommandsMeans {
  /** The transport's. */
  readonly name: string;
  /** The way leads to a machine that is there before: commands run on it unless the manifest says otherwise. */
  readonly isMachine: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** Words that give a shell on the host. */
  shell(request: StarterRequest): Promise<readonly string[]>;
  explain(argv: readonly string[], end: CarrierEnd): NoRouterError | undefined;
}

/** The longest time that a command may take in all, in milliseconds; the signal ends it before. */
const LONGEST_MS = 3_600_000;

/** Claims hosts of the transport whose `onDemand` has commands for the host. */
export function commandsOnHost(means: CommandsMeans): Starter {
  const { name, isMachine } = means;
  const run = (request: StarterRequest, what: keyof Commands) => runCommand(means, request, what);
  return {
    name: `${name}-commands`,
    claims: (settings, demand) => {
      const { start, on = isMachine ? "host" : "manager" } = commandsOf(demand);
      return settings[name] !== undefined && start !== undefined && on === "host";
    },
    async start(request) {
      if (commandsOf(request.demand).running !== undefined && (await succeeds(() => run(request, "running")))) return "running";
      await run(request, "start");
      return "started";
    },
    async stop(request) {
      if (commandsOf(request.demand).stop !== undefined) await run(request, "stop");
    },
  };
}

function commandsOf(demand: unknown): Commands {
  return (demand ?? {}) as Commands;
}

/** False for a command that fails; a way that cannot be gone is an error. */
async function succeeds(run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (thrown) {
    if (asNoRouterError(thrown).code === "start-failed") return false;
    throw thrown;
  }
}

/** @throws NoRouterError `start-failed` for a command that fails, or what the tool's words mean */
async function runCommand(means: CommandsMeans, request: StarterRequest, what: keyof Commands): Promise<void> {
  const { limits, signal } = request;
  const { env } = means;
  const explain = (argv: readonly string[], end: CarrierEnd) => means.explain(argv, end);
  const tool: ToolMeans = { limits, signal, env, explain, silentMs: LONGEST_MS, progress: () => undefined };
  // The shell has read all of it before it runs any: the command's own input is empty.
  const script = `(\n${commandsOf(request.demand)[what] ?? ""}\n) </dev/null\n`;
  try {
    await runTool(await means.shell(request), tool, new TextEncoder().encode(script));
  } catch (thrown) {
    const { code, message } = asNoRouterError(thrown);
    if (code !== "agent-failed") throw thrown;
    const [, said = message] = /^"[^"]*" failed: ([\s\S]*)$/.exec(message) ?? [];
    throw new NoRouterError("start-failed", `Command 'onDemand.${what}' failed on the host: ${said}`);
  }
}
