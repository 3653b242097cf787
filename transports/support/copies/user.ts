// Who the programs of a container run as, as a number: a container beside it knows none of its names.

import { NoRouterError } from "../../../core/mod.ts";
import { runTool, type ToolMeans } from "../run_tool.ts";
import { type ContainerTool, fileWords } from "./container_tool.ts";

/**
 * `user` or `user:group` as numbers; undefined for root. Names are looked up in the container's own files.
 * @throws NoRouterError `access-denied` for a name that is not there
 */
export async function numericUser(where: ContainerTool, user: string, means: ToolMeans): Promise<string | undefined> {
  if (user === "") return undefined;
  const [name = "", group] = user.split(":");
  const [, , uid = name, gid] = isNumber(name) ? [] : await entryOf(where, { file: "passwd", name }, means);
  if (group === undefined) return gid === undefined ? uid : `${uid}:${gid}`;
  const [, , number = group] = isNumber(group) ? [] : await entryOf(where, { file: "group", name: group }, means);
  return `${uid}:${number}`;
}

/** The fields of a line of the container's `/etc/passwd` or `/etc/group`. */
async function entryOf(
  where: ContainerTool,
  { file, name }: { readonly file: "passwd" | "group"; readonly name: string },
  means: ToolMeans,
): Promise<string[]> {
  const archive = await runTool(fileWords(where, `/etc/${file}`), means).catch(() => "");
  // The archive has a header before the file's text.
  const lines = archive.split(/[\n\0]/).map((line) => line.split(":"));
  const found = lines.find((fields) => fields[0] === name && isNumber(fields[2] ?? ""));
  if (found) return found;
  throw new NoRouterError("access-denied", `Container has no ${file === "group" ? "group" : "user"} "${name}"`);
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}
