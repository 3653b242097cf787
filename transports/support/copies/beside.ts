// Runs an agent in a container of its own that shares the network of another, from an image that holds nothing else.

import type { Attended } from "./attended.ts";
import {
  besideWords,
  type ContainerFacts,
  type ContainerTool,
  imagesWords,
  importWords,
  parseImages,
  removeWords,
} from "./container_tool.ts";
import { type CopyMeans, startAgent, tellCopied, toolOf } from "./means.ts";
import type { Parts } from "./parts.ts";
import { runTool, type ToolMeans } from "./run_tool.ts";
import { numericUser } from "./user.ts";

/** What `run` says where there is no such image. */
const NO_IMAGE = /no such image|image not known/i;

/** Images that are being made, by the words that make them: hosts of one engine share them. */
const making = new Map<string, Promise<void>>();

/** Starts the agent, from an image that is made where it is not there. @throws NoRouterError */
export async function agentBeside(
  where: ContainerTool,
  facts: ContainerFacts,
  parts: Parts,
  means: CopyMeans,
): Promise<Attended> {
  tellCopied(means, "beside it, in its network");
  const tool = toolOf(means);
  const user = await numericUser(where, `${where.user ?? facts.user}`, tool);
  const argv = besideWords({ ...where, user }, parts.name, parts.command);
  const kept = await startAgent(argv, means);
  if ("carrier" in kept || !kept.end.stderr.some((line) => NO_IMAGE.test(line))) return kept;
  await makeImage(where, parts, means);
  return startAgent(argv, means);
}

function makeImage(where: ContainerTool, parts: Parts, means: CopyMeans): Promise<void> {
  const words = importWords(where, parts.name);
  const key = words.join(" ");
  const known = making.get(key);
  if (known !== undefined) return known;
  const tool = toolOf(means);
  const made = parts
    .archive()
    .then((archive) => runTool(words, tool, archive))
    .then(() => (means.request.agents?.sparesOthers ? undefined : removeOutdated(where, parts, tool)))
    .finally(() => making.delete(key));
  making.set(key, made);
  return made;
}

/** One that an agent of another manager runs in stays. */
async function removeOutdated(where: ContainerTool, { name }: Parts, tool: ToolMeans): Promise<void> {
  const images = parseImages(await runTool(imagesWords(where), tool).catch(() => ""));
  const old = images.filter(({ tag }) => tag !== name).map(({ id }) => id);
  if (old.length > 0) await runTool(removeWords(where, old), tool).catch(() => undefined);
}
