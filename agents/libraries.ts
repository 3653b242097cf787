// Finds the loader of glibc and the libraries that a program wants on this machine, so that they can be sent along to a host
// without glibc.

import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NoRouterError } from "../core/errors.ts";
import { elfNeeds } from "./elf.ts";

/** A file to send along: its name on the host and where it is here. */
export interface Library {
  readonly name: string;
  readonly path: string;
}

/** Where distributions put their libraries; the loader's own folder comes first. */
const FOLDERS = [
  "/lib/x86_64-linux-gnu",
  "/lib/aarch64-linux-gnu",
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/lib64",
  "/usr/lib64",
  "/lib",
  "/usr/lib",
];

/** What glibc before 2.34 loads when a name is resolved; no program names them, and later versions do without. */
const RESOLVERS = ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"];

/** Whether a program is for glibc, by the loader it names. */
export async function wantsGlibc(program: string): Promise<boolean> {
  return (await elfNeeds(program))?.loader?.includes("/ld-linux") === true;
}

/**
 * The loader, named `loader`, and every library that `program` and its libraries want.
 * @throws NoRouterError `agent-unavailable` when this machine does not have them
 */
export async function glibcOf(program: string): Promise<Library[]> {
  const needs = await elfNeeds(program);
  if (!needs?.loader?.includes("/ld-linux")) return unavailable("The program is not made for glibc");
  if (!existsSync(needs.loader)) return unavailable(`This machine has no ${needs.loader}`);
  const loader = await realpath(needs.loader);
  const folders = [dirname(loader), ...FOLDERS];
  const found = new Map<string, string>();
  const wanted = [...RESOLVERS.filter((name) => folders.some((folder) => existsSync(join(folder, name)))), ...needs.libraries];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (found.has(name) || name.startsWith("ld-linux")) continue;
    const path = await find(name, folders, needs.machine);
    found.set(name, path);
    wanted.push(...((await elfNeeds(path))?.libraries ?? []));
  }
  const libraries = [...found].map(([name, path]) => ({ name, path })).sort((one, other) => (one.name < other.name ? -1 : 1));
  return [{ name: "loader", path: loader }, ...libraries];
}

async function find(name: string, folders: readonly string[], machine: number): Promise<string> {
  for (const folder of folders) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    // Where two kinds of machine share a disk, a library of the other kind may stand in the first folder.
    if ((await elfNeeds(path))?.machine === machine) return realpath(path);
  }
  return unavailable(`This machine has no ${name}`);
}

function unavailable(message: string): never {
  throw new NoRouterError("agent-unavailable", `${message}, which an agent for hosts without glibc needs`);
}
