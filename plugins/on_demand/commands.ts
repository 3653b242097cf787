// Starts and stops what a host runs in by commands of the manifest, on the manager's own machine.

import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import { NoRouterError, type Starter, type StarterRequest } from "../../core/mod.ts";
import { endGroup } from "../support/run_command.ts";
import type { OnDemandSpec } from "./key.ts";

/** Of what a command says, the end is shown. */
const MOST_CHARACTERS = 4096;
const SHOWN_LINES = 5;

/** Claims hosts whose `onDemand` has a command `start`. */
export const commands: Starter = {
  name: "commands",
  claims: (_, demand) => specOf(demand).start !== undefined && specOf(demand).on !== "host",
  async start({ demand, signal, debug }: StarterRequest) {
    const { start = "", running } = specOf(demand);
    if (running !== undefined && (await run(running, signal, debug)).code === 0) return "running";
    await mustRun("start", start, signal, debug);
    return "started";
  },
  async stop({ demand, signal, debug }: StarterRequest) {
    const { stop } = specOf(demand);
    if (stop !== undefined) await mustRun("stop", stop, signal, debug);
  },
};

function specOf(demand: unknown): Partial<OnDemandSpec> {
  return (demand ?? {}) as Partial<OnDemandSpec>;
}

async function mustRun(
  what: "start" | "stop",
  command: string,
  signal: AbortSignal,
  debug: (line: string) => void,
): Promise<void> {
  const { code, said } = await run(command, signal, debug);
  if (code === 0) return;
  const how = code === undefined ? "was ended" : `failed with exit code ${code}`;
  throw new NoRouterError("start-failed", `Command 'onDemand.${what}' ${how}: ${said || "it said nothing"}`);
}

/** Runs a command line to its end, or until the signal ends it and all that it started. */
function run(
  command: string,
  signal: AbortSignal,
  debug: (line: string) => void,
): Promise<{ code: number | undefined; said: string }> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new NoRouterError("start-failed", "It was given up before its command ran"));
    const child = spawn("sh", ["-c", command], { stdio: ["ignore", "pipe", "pipe"], detached: true });
    let said = "";
    const end = () => endGroup(child.pid);
    const hear = (text: string) => {
      debug(text.trimEnd());
      said = (said + text).slice(-MOST_CHARACTERS);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", hear);
    signal.addEventListener("abort", end, { once: true });
    child.on("error", (error) => reject(new NoRouterError("start-failed", `A command cannot be started: ${error.message}`)));
    child.on("exit", (code) => {
      signal.removeEventListener("abort", end);
      setImmediate(() => {
        // What it leaves in the background may write on: a pipe that nobody reads would end it.
        for (const stream of [child.stdout, child.stderr]) {
          if (code === 0) (stream as Socket).unref?.();
          else stream.destroy();
        }
        const lines = said.trim().split("\n").slice(-SHOWN_LINES);
        resolve({ code: code ?? undefined, said: lines.join(" | ") });
      });
    });
  });
}
