// Brings an agent to a container that has no shell: the engine and the script are copied into it and started, or run in a container
// beside it that shares its network.

import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import {
  type AgentFile,
  type AgentSource,
  asNoRouterError,
  type Carrier,
  type CarrierEnd,
  type EnginePlatform,
  NoRouterError,
  shortHash,
} from "../../../core/mod.ts";
import { failedCarrier, type InstallRequest } from "../install/install.ts";
import { processCarrier } from "../process_carrier.ts";
import { type Attended, attended } from "./attended.ts";
import {
  besideWords,
  type ContainerFacts,
  type ContainerTool,
  copyWords,
  execWords,
  imagesWords,
  importWords,
  inspectWords,
  parseContainer,
  platformWords,
  removeWords,
} from "./container_tool.ts";
import { runTool, type ToolMeans } from "./run_tool.ts";
import { tarOf } from "./tar.ts";
import { numericUser } from "./user.ts";

/** What it takes, beside the container. */
export interface CopyMeans extends Omit<ToolMeans, "limits" | "signal" | "progress"> {
  readonly request: InstallRequest;
  /** Why the agent is not sent through a shell, for people. */
  readonly why: string;
  /** What the end of an agent means that ran. */
  lost(end: CarrierEnd): NoRouterError | undefined;
}

/** Where copies are kept in a container, each in a folder of its own. */
const PLACE = "/.norouter";
/** Removes older copies; runs on the engine, as a container without a shell has no `rm`. */
const TIDY = `import { readdirSync, rmSync } from "node:fs";
const [, , place, own] = process.argv;
for (const name of readdirSync(place))
  if (/^[0-9a-f]{16}$/.test(name) && name !== own) rmSync(place + "/" + name, { recursive: true, force: true });
`;

const GO_ARCHITECTURES: Readonly<Record<string, string>> = { amd64: "x64", arm64: "arm64" };

/** An agent for a container. */
interface Parts {
  /** Tells this script and engine from others. */
  readonly name: string;
  /** The folder above that of the files. */
  readonly place: string;
  /** The files as an archive, with gzip; made when it is asked for. */
  archive(): Promise<Uint8Array>;
}

/**
 * Starts the agent that was copied to a container before, or copies it first.
 * @returns The agent's carrier. One that failed ends as soon as it is started, with the reason; this never rejects.
 */
export async function copiedAgent(where: ContainerTool, means: CopyMeans): Promise<Carrier> {
  try {
    const { agents } = means.request;
    if (!agents) throw new NoRouterError("agent-unavailable", "This program has no agent to send");
    const tool = toolOf(means);
    const facts = parseContainer(await runTool(inspectWords(where), tool));
    const platform = platformOf(await runTool(platformWords(where, facts.image), tool));
    const parts = await partsFor(agents, platform, placeOf(means.request));
    const copied = facts.readOnly ? undefined : await copiedInto(where, parts, means);
    return carrierOf(copied ?? (await besideOf(where, facts, parts, means)), means);
  } catch (thrown) {
    return failedCarrier({ error: asNoRouterError(thrown) });
  }
}

function toolOf({ request: { limits, signal, progress }, env, explain }: CopyMeans): ToolMeans {
  return { limits, signal, progress, env, explain };
}

function carrierOf(found: Attended, { explain, request }: CopyMeans): Carrier {
  if ("carrier" in found) return found.carrier;
  const { end } = found;
  const error = end.error ?? (request.signal.aborted ? new NoRouterError("link-closed", "Manager stops") : explain([], end));
  return failedCarrier(error ? { ...end, error } : end);
}

/** @throws NoRouterError `no-place` for a folder that only a shell could find */
function placeOf({ settings }: InstallRequest): string {
  const { agentDir = PLACE } = settings ?? {};
  if (agentDir.startsWith("/")) return agentDir.replace(/\/+$/, "");
  throw new NoRouterError("no-place", `Container has no shell that could find "${agentDir}"; a path from '/' was wanted`);
}

function platformOf(said: string): EnginePlatform {
  const [os = "", arch = ""] = said.trim().split(" ");
  return { os, arch: GO_ARCHITECTURES[arch] ?? arch };
}

async function partsFor(agents: AgentSource, platform: EnginePlatform, place: string): Promise<Parts> {
  const [engine, script] = await Promise.all([agents.engine(platform), agents.script()]);
  const name = shortHash(createHash("sha256").update(`${engine.sha256} ${script.sha256}`).digest("hex"));
  const folder = `${place.slice(1)}/${name}`;
  return {
    name,
    place,
    archive: async () => {
      const file = async (path: string, mode: number, of: AgentFile) => ({
        path: `${folder}/${path}`,
        mode,
        bytes: await bytesOf(of),
      });
      // The engine comes last: where it can be started, all else is there.
      const files = [await file("agent.mjs", 0o644, script), await file("engine", 0o755, engine)];
      const tidy = { path: `${folder}/tidy.mjs`, mode: 0o644, bytes: new TextEncoder().encode(TIDY) };
      const folders = [place.slice(1), folder].map((path) => ({ path, mode: 0o755 }));
      return promisify(gzip)(tarOf([...folders, tidy, ...files]));
    },
  };
}

async function bytesOf(file: AgentFile): Promise<Uint8Array> {
  const { chunks } = await file.open(false);
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

function commandOf({ place, name }: Parts): string[] {
  return [`${place}/${name}/engine`, `${place}/${name}/agent.mjs`, "agent"];
}

async function start(argv: readonly string[], { request, env, explain, lost }: CopyMeans): Promise<Attended> {
  const { limits, debug, signal } = request;
  let runs = false;
  const meaning = (end: CarrierEnd) => (runs ? lost(end) : explain(argv, end));
  const carrier = processCarrier({ argv, limits, debug, env, explain: meaning });
  const stop = () => void carrier.close();
  signal.addEventListener("abort", stop);
  const found = await attended(carrier, limits);
  signal.removeEventListener("abort", stop);
  runs = "carrier" in found;
  return found;
}

function tell({ request, why }: CopyMeans, how: string): void {
  const chosen = `engine: ${why}; ${how}`;
  request.debug(`Agent chosen: ${chosen}`);
  request.chosen?.(chosen);
}

/** Undefined where nothing can be copied. An agent that ends before it speaks is copied anew, once. */
async function copiedInto(where: ContainerTool, parts: Parts, means: CopyMeans): Promise<Attended | undefined> {
  tell(means, "copied into it");
  const argv = execWords(where, commandOf(parts));
  const kept = await start(argv, means);
  if ("carrier" in kept || isExplained(kept.end, means)) return kept;
  try {
    await runTool(copyWords(where), toolOf(means), await parts.archive());
  } catch (thrown) {
    if (/read-only/i.test(asNoRouterError(thrown).message)) return undefined;
    throw diskFull(asNoRouterError(thrown));
  }
  if (!means.request.agents?.sparesOthers) await tidy(where, parts, means);
  return start(argv, means);
}

/** The tool's words say that no copy would help. */
function isExplained(end: CarrierEnd, { explain, request: { signal } }: CopyMeans): boolean {
  return signal.aborted || (end.error ?? explain([], end)) !== undefined;
}

function diskFull(error: NoRouterError): NoRouterError {
  return /no space left|quota/i.test(error.message) ? new NoRouterError("disk-full", error.message) : error;
}

/** What is left of older ones takes room, and does no other harm. */
async function tidy(where: ContainerTool, { place, name }: Parts, means: CopyMeans): Promise<void> {
  const folder = `${place}/${name}`;
  const words = execWords({ ...where, user: 0 }, [`${folder}/engine`, `${folder}/tidy.mjs`, place, name]);
  await runTool(words, toolOf(means)).catch(() => undefined);
}

/** In a container beside, from an image of ours that is made where it is not there. */
async function besideOf(where: ContainerTool, facts: ContainerFacts, parts: Parts, means: CopyMeans): Promise<Attended> {
  tell(means, "beside it, in its network");
  const tool = toolOf(means);
  const user = await numericUser(where, `${where.user ?? facts.user}`, tool);
  const argv = besideWords({ ...where, user }, parts.name, commandOf(parts));
  const kept = await start(argv, means);
  if ("carrier" in kept || !kept.end.stderr.some((line) => /no such image|image not known/i.test(line))) return kept;
  await runTool(importWords(where, parts.name), tool, await parts.archive());
  if (!means.request.agents?.sparesOthers) await removeOutdated(where, parts, tool);
  return start(argv, means);
}

async function removeOutdated(where: ContainerTool, { name }: Parts, tool: ToolMeans): Promise<void> {
  try {
    const images = (await runTool(imagesWords(where), tool)).split("\n").map((line) => line.trim());
    const old = images.filter((image) => image !== "" && !image.endsWith(`:${name}`));
    if (old.length > 0) await runTool(removeWords(where, old), tool);
  } catch {
    // One that an agent of another manager runs in.
  }
}
