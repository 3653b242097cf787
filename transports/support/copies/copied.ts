// Brings an agent to a container that has no shell: the engine and the script are copied into it and started, or run in a container
// beside it.

import {
  asNoRouterError,
  type Carrier,
  type CarrierEnd,
  cannotRun,
  type EnginePlatform,
  NoRouterError,
} from "../../../core/mod.ts";
import { failedCarrier } from "../install/install.ts";
import type { InstallRequest } from "../install/request.ts";
import { managerStops } from "../manager_stops.ts";
import { runTool } from "../run_tool.ts";
import type { Attended } from "./attended.ts";
import { agentBeside } from "./beside.ts";
import {
  type ContainerFacts,
  type ContainerTool,
  copyWords,
  execWords,
  inspectWords,
  parseContainer,
  platformWords,
} from "./container_tool.ts";
import { type CopyMeans, startAgent, tellCopied, toolMeans } from "./means.ts";
import { type Parts, partsFor } from "./parts.ts";

/** Where copies are kept in a container, each in a folder of its own. */
const PLACE = ".norouter";
/** What tools say of a root that cannot be written to. */
const READ_ONLY = /read-only/i;
const DISK_FULL = /no space left|quota/i;

const GO_ARCHITECTURES: Readonly<Record<string, string>> = { amd64: "x64", arm64: "arm64" };

/**
 * Starts the agent that was copied to a container before, or copies it first.
 * @returns The agent's carrier. One that failed ends as soon as it is started, with the reason; this never rejects.
 */
export async function copiedAgent(where: ContainerTool, means: CopyMeans): Promise<Carrier> {
  try {
    const { agents } = means.request;
    if (!agents) throw new NoRouterError("agent-unavailable", "This program has no agent to send");
    const tool = toolMeans(means);
    const facts = parseContainer(await runTool(inspectWords(where), tool));
    const isEntered = where.enter !== undefined;
    if (isEntered) checkRuns(facts);
    const platform = platformOf(await runTool(platformWords(where, facts.image), tool));
    const parts = await partsFor(agents, platform, isEntered ? `/${PLACE}` : placeOf(means));
    const copied = facts.readOnly || isEntered ? undefined : await agentWithin(where, facts, parts, means);
    return carrierOf(copied ?? (await agentBeside(where, facts, parts, means)), means);
  } catch (thrown) {
    return failedCarrier({ error: asNoRouterError(thrown) });
  }
}

/** @throws NoRouterError `container-stopped` */
function checkRuns({ status }: ContainerFacts): void {
  if (status === "running") return;
  throw new NoRouterError("container-stopped", status === "paused" ? "Container is paused" : "Container is not running");
}

function carrierOf(found: Attended, { explain, request }: CopyMeans): Carrier {
  if ("carrier" in found) return found.carrier;
  const { end } = found;
  const error = end.error ?? (request.signal.aborted ? managerStops() : explain([], end));
  return failedCarrier(error ? { ...end, error } : end);
}

/**
 * A folder of our own: what an archive says of a folder, such as whose it is, holds for one that is there already, too.
 * @throws NoRouterError `no-place` for a folder that only a shell could find
 */
function placeOf({ request: { settings }, why }: CopyMeans): string {
  const { agentDir = "/" } = settings ?? {};
  if (agentDir.startsWith("/")) return `${agentDir.replace(/\/+$/, "")}/${PLACE}`;
  throw new NoRouterError(
    "no-place",
    `Agent is copied (${why}), which needs an 'agentDir' that begins with '/', not "${agentDir}"`,
  );
}

function platformOf(said: string): EnginePlatform {
  const [os = "", arch = ""] = said.trim().split(" ");
  return { os, arch: GO_ARCHITECTURES[arch] ?? arch };
}

/**
 * Undefined where nothing can be copied. An agent that ends before it speaks, or hangs, is copied anew, once.
 * @throws NoRouterError
 */
async function agentWithin(
  where: ContainerTool,
  facts: ContainerFacts,
  parts: Parts,
  means: CopyMeans,
): Promise<Attended | undefined> {
  tellCopied(means, "copied into it");
  const { agents, settings = {} } = means.request;
  const argv = execWords(where, parts.command);
  const kept = await startAgent(argv, means);
  if ("carrier" in kept) {
    // What stands in for an agent, to try a transport, is always silent.
    if (!kept.silent || agents?.sparesOthers) return kept;
    await kept.carrier.close();
  } else if (isExplained(kept.end, means)) return kept;
  const tool = toolMeans(means);
  try {
    await runTool(copyWords(where), tool, await parts.archive());
  } catch (thrown) {
    const error = asNoRouterError(thrown);
    if (READ_ONLY.test(error.message)) return undefined;
    throw DISK_FULL.test(error.message) ? new NoRouterError("disk-full", error.message) : error;
  }
  const user = tidiesAs(where, facts, means.request);
  if (user && !agents?.sparesOthers) await runTool(execWords({ ...where, ...user }, parts.tidy), tool).catch(() => undefined);
  const started = await startAgent(argv, means);
  if (settings.agentDir !== undefined && "end" in started && isMissing(started.end)) {
    const message = `What is copied to "${settings.agentDir}" is not seen in the container; is a tmpfs mounted there?`;
    return { end: { ...started.end, error: new NoRouterError("no-place", message) } };
  }
  return started;
}

/**
 * Who removes older copies; undefined where they stay, as they take room and do no other harm. They belong to root, and what removes
 * them is started by a path: where the container is another user's, that one may be able to put its own program there. In a folder
 * that was asked for, too, nothing is run with more rights than the agent has.
 */
function tidiesAs(
  { user }: ContainerTool,
  { user: own }: ContainerFacts,
  { settings = {} }: InstallRequest,
): Pick<ContainerTool, "user"> | undefined {
  if (settings.agentDir !== undefined) return { user };
  return /^(?:(?:root|0)(?::.*)?)?$/.test(own) ? { user: 0 } : undefined;
}

function isMissing({ exitCode, stderr }: CarrierEnd): boolean {
  return cannotRun(exitCode) && stderr.some((line) => /no such file|not found/i.test(line));
}

/** The tool's words say that no copy would help. */
function isExplained(end: CarrierEnd, { explain, request: { signal } }: CopyMeans): boolean {
  return signal.aborted || (end.error ?? explain([], end)) !== undefined;
}
