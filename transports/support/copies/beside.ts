// Runs an agent in a container of its own that shares the network of another, from an image that holds nothing else. It shares the
// processes as well, where they are that container's own: the kernel ends it together with the first of them. Elsewhere it is looked
// after, and so no agent outlives the network it serves.

import { asNoRouterError, NoRouterError } from "../../../core/mod.ts";
import { UNUSED_MINUTES } from "../install/names.ts";
import { runTool, type ToolMeans } from "../run_tool.ts";
import { type Watch, watchedCarrier } from "../watched_carrier.ts";
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
  startedWords,
} from "./container_tool.ts";
import { type CopyMeans, startAgent, tellCopied, toolMeans } from "./means.ts";
import type { Parts } from "./parts.ts";
import { sharedWork } from "./shared_work.ts";
import { numericUser } from "./user.ts";

/** What `run` says where there is no such image. */
const NO_IMAGE = /no such image|image not known/i;
/** What engines, and what guards them, say of an image or a container that they do not allow. */
const NOT_ALLOWED = /denied|not allowed|not permitted|forbidden/i;
const DISK_FULL = /no space left|quota/i;

/** How often it is looked whether a container runs whose processes are not its own. */
const LOOK_MS = 5000;

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
  const watch = facts.ownProcesses ? undefined : watchOf(await runTool(startedWords(where), tool), where, means);
  const started = () => start({ ...where, user }, facts, parts, means);
  let found = await started();
  if (lacksImage(found)) {
    await makeImage(where, parts, means);
    found = await started();
  }
  return watch && "carrier" in found ? { ...found, carrier: watchedCarrier(found.carrier, watch) } : found;
}

/** A container that is gone, or was started again, has ended. */
function watchOf(first: string, where: ContainerTool, means: CopyMeans): Watch {
  return {
    everyMs: LOOK_MS,
    runs: async (signal) => {
      try {
        return (await runTool(startedWords(where), { ...toolMeans(means), signal })) === first;
      } catch (thrown) {
        return asNoRouterError(thrown).code !== "container-missing";
      }
    },
  };
}

function lacksImage(found: Attended): boolean {
  return "end" in found && found.end.stderr.some((line) => NO_IMAGE.test(line));
}

async function start(where: ContainerTool, facts: ContainerFacts, { name, command }: Parts, means: CopyMeans): Promise<Attended> {
  const own = ownName();
  const joined = await joinedTo(where, facts, means);
  const found = await startAgent(besideWords(where, { name, own, command, joined }), means);
  if ("carrier" in found || lacksImage(found)) return found;
  // A tool that was ended may leave a container that never started, and never ends.
  const { limits } = means.request;
  const tool = { ...toolMeans(means), signal: new AbortController().signal, silentMs: limits.stopMs };
  await runTool(endWords(where, own), tool).catch(() => undefined);
  return found;
}

/** Asked anew for each start: another process may have got the number meanwhile. @throws NoRouterError */
async function joinedTo(where: ContainerTool, facts: ContainerFacts, means: CopyMeans): Promise<string[]> {
  if (where.joinedBy !== "process") return joinedByName(where, facts);
  const joined = parseJoined(await runTool(joinedWords(where), toolMeans(means)), facts);
  if (!joined) throw new NoRouterError("container-stopped");
  return joined;
}

/** Hosts of one engine share the image, and the work of making it. */
function makeImage(where: ContainerTool, parts: Parts, means: CopyMeans): Promise<void> {
  const words = importWords(where, parts.name);
  const spares = means.request.agents?.sparesOthers;
  return sharedWork(words.join(" "), toolMeans(means), async (tool) => {
    await runTool(words, tool, await parts.archive()).catch((thrown) => {
      throw refusal(asNoRouterError(thrown));
    });
    if (!spares) await removeOutdated(where, parts, tool);
  });
}

/** Why there is no image, with what else can be done. */
function refusal({ code, message }: NoRouterError): NoRouterError {
  if (DISK_FULL.test(message)) return new NoRouterError("disk-full", message);
  if (code !== "agent-failed" || !NOT_ALLOWED.test(message)) return new NoRouterError(code, message);
  const advice = "on the engine's own machine, 'enter: network' with 'nsenter: true' needs none";
  return new NoRouterError("access-denied", `Engine takes no image of an agent: ${message}; ${advice}`);
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
