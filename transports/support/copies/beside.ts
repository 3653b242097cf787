// Runs an agent in a container of its own that shares the network of another, from an image that holds nothing else. It shares the
// processes as well: the kernel ends it together with the first of them, and so no agent outlives the network it serves.

import { NoRouterError } from "../../../core/mod.ts";
import { UNUSED_MINUTES } from "../install/names.ts";
import { runTool, type ToolMeans } from "../run_tool.ts";
import type { Attended } from "./attended.ts";
import {
  besideWords,
  type ContainerFacts,
  type ContainerTool,
  endWords,
  imagesWords,
  importWords,
  joinedByName,
  joinedWords,
  ownName,
  parseImages,
  parseJoined,
  pruneWords,
  removeWords,
} from "./container_tool.ts";
import { type CopyMeans, startAgent, tellCopied, toolMeans } from "./means.ts";
import type { Parts } from "./parts.ts";
import { sharedWork } from "./shared_work.ts";
import { numericUser } from "./user.ts";

/** What `run` says where there is no such image. */
const NO_IMAGE = /no such image|image not known/i;

/** Starts the agent, from an image that is made where it is not there. @throws NoRouterError */
export async function agentBeside(
  where: ContainerTool,
  facts: ContainerFacts,
  parts: Parts,
  means: CopyMeans,
): Promise<Attended> {
  tellCopied(means, "beside it, in its network");
  const tool = toolMeans(means);
  const user = await numericUser(where, `${where.user ?? facts.user}`, tool);
  if (!means.request.agents?.sparesOthers) await runTool(pruneWords(where, UNUSED_MINUTES), tool).catch(() => undefined);
  const kept = await start({ ...where, user }, parts, means);
  if ("carrier" in kept || !lacksImage(kept)) return kept;
  await makeImage(where, parts, means);
  return start({ ...where, user }, parts, means);
}

function lacksImage(found: Attended): boolean {
  return "end" in found && found.end.stderr.some((line) => NO_IMAGE.test(line));
}

async function start(where: ContainerTool, { name, command }: Parts, means: CopyMeans): Promise<Attended> {
  const own = ownName();
  const found = await startAgent(besideWords(where, { name, own, command, joined: await joinedTo(where, means) }), means);
  if ("carrier" in found || lacksImage(found)) return found;
  // A tool that was ended may leave a container that never started, and never ends.
  const { limits } = means.request;
  const tool = { ...toolMeans(means), signal: new AbortController().signal, silentMs: limits.stopMs };
  await runTool(endWords(where, own), tool).catch(() => undefined);
  return found;
}

/** Asked anew for each start: another process may have got the number meanwhile. @throws NoRouterError */
async function joinedTo(where: ContainerTool, means: CopyMeans): Promise<string[]> {
  if (where.joinedBy !== "process") return joinedByName(where);
  const joined = parseJoined(await runTool(joinedWords(where), toolMeans(means)));
  if (!joined) throw new NoRouterError("container-stopped");
  return joined;
}

/** Hosts of one engine share the image, and the work of making it. */
function makeImage(where: ContainerTool, parts: Parts, means: CopyMeans): Promise<void> {
  const words = importWords(where, parts.name);
  const spares = means.request.agents?.sparesOthers;
  return sharedWork(words.join(" "), toolMeans(means), async (tool) => {
    await runTool(words, tool, await parts.archive());
    if (!spares) await removeOutdated(where, parts, tool);
  });
}

/** Images that another manager may be about to use stay, and so does one that an agent runs in. */
async function removeOutdated(where: ContainerTool, { name }: Parts, tool: ToolMeans): Promise<void> {
  const images = parseImages(await runTool(imagesWords(where), tool).catch(() => ""));
  // The clock is that of the container engine, which may run on another machine.
  const now = images.find(({ tag }) => tag === name)?.created;
  if (now === undefined) return;
  const old = images.filter(({ tag, created = now }) => tag !== name && now - created > UNUSED_MINUTES * 60_000);
  const ids = old.map(({ id }) => id);
  if (ids.length > 0) await runTool(removeWords(where, ids), tool).catch(() => undefined);
}
