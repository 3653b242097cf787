// What every way of copying needs: the tool, and a start that is attended until an agent speaks.

import type { CarrierEnd, NoRouterError } from "../../../core/mod.ts";
import { type InstallRequest, tellChosen } from "../install/request.ts";
import { managerStops } from "../manager_stops.ts";
import { processCarrier } from "../process_carrier.ts";
import type { ToolMeans } from "../run_tool.ts";
import { type Attended, attended } from "./attended.ts";

/** What it takes, beside the container. */
export interface CopyMeans extends Pick<ToolMeans, "env" | "explain"> {
  readonly request: InstallRequest;
  /** Why the agent is not sent through a shell, for people. */
  readonly why: string;
  /** What the end of an agent means that ran. */
  lost(end: CarrierEnd): NoRouterError | undefined;
}

/** What is sent in place of an agent, to try a transport, does not speak first: so long after its start it runs. */
const STAND_IN_MS = 2000;

/** What running the tool to its end takes. */
export function toolMeans({ request: { limits, signal, progress }, env, explain }: CopyMeans): ToolMeans {
  return { limits, signal, progress, env, explain };
}

/** Starts the tool with a command that is to be an agent. @throws NoRouterError `link-closed` when the manager has stopped */
export async function startAgent(argv: readonly string[], { request, env, explain, lost }: CopyMeans): Promise<Attended> {
  const { limits, debug, signal } = request;
  if (signal.aborted) throw managerStops();
  let runs = false;
  const meaning = (end: CarrierEnd) => (runs ? lost(end) : explain(argv, end));
  const carrier = processCarrier({ argv, limits, debug, env, explain: meaning });
  const stop = () => void carrier.close();
  signal.addEventListener("abort", stop);
  const found = await attended(carrier, limits, request.agents?.sparesOthers ? STAND_IN_MS : limits.helloMs);
  signal.removeEventListener("abort", stop);
  runs = "carrier" in found;
  return found;
}

/** Tells that it is the engine, why no shell is used, and how the agent gets there. */
export function tellCopied({ request, why }: CopyMeans, how: string): void {
  tellChosen(request, `engine: ${why}; ${how}`);
}
