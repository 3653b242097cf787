// Agents as programs that need no runtime, kept in the user's cache folder under the hash of the script they hold. Must
// not print.

import { cp, mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { NoRouterError } from "../../core/errors.ts";
import type { AgentPlatform } from "../../core/plugin/contract.ts";
import { compileAgent } from "./bun.ts";
import { glibcOf } from "./libraries.ts";
import { platformName, whyNoProgram } from "./platform.ts";
import { type AgentScript, agentScript } from "./script.ts";
import { readStored, type StoredFile, store, UNFINISHED } from "./store.ts";

/** Folders that no process has used for this long belong to nobody any more. */
const UNUSED_MS = 60 * 60 * 1000;

/** The folder of every version's agents: `norouter/agents` in `XDG_CACHE_HOME`, or in `~/.cache`. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: cache = "" } = process.env;
  return join(isAbsolute(cache) ? cache : join(homedir(), ".cache"), "norouter", "agents");
}

const pending = new Map<string, Promise<StoredFile[]>>();
/** Folders whose bytes this process has made or compared. */
const compared = new Set<string>();

/**
 * The files of a program, made when they are not in the cache. Calls at the same time share the work.
 * @throws NoRouterError `agent-unavailable`
 */
export async function agentProgram(platform: AgentPlatform, note: (line: string) => void): Promise<StoredFile[]> {
  const reason = whyNoProgram(platform);
  if (reason !== undefined) throw new NoRouterError("agent-unavailable", reason);
  if (!platform.glibc && platform.arch !== process.arch) {
    const message = `The libraries for ${platformName(platform)} are not on this machine, which is ${process.arch}`;
    throw new NoRouterError("agent-unavailable", message);
  }
  const script = await agentScript();
  const versions = cacheFolder();
  const folder = join(versions, script.sha256.slice(0, 16));
  await use(versions, folder);
  const withGlibc = { ...platform, glibc: true };
  const plain = await kept(join(folder, platformName(withGlibc)), (empty) => compile(empty, withGlibc, script, note));
  const [program] = plain;
  if (platform.os !== "linux" || platform.glibc || !program) return plain;
  return [program, ...(await kept(join(folder, platformName(platform)), (empty) => copyLibraries(empty, program.path)))];
}

function kept(folder: string, make: (empty: string) => Promise<readonly string[]>): Promise<StoredFile[]> {
  const under = pending.get(folder);
  if (under !== undefined) return under;
  const work = readOrMake(folder, make).finally(() => pending.delete(folder));
  pending.set(folder, work);
  return work;
}

async function readOrMake(folder: string, make: (empty: string) => Promise<readonly string[]>): Promise<StoredFile[]> {
  const files = (await readStored(folder, !compared.has(folder))) ?? (await store(folder, make));
  compared.add(folder);
  return files;
}

async function compile(folder: string, platform: AgentPlatform, script: AgentScript, note: (line: string) => void) {
  note(`making the agent for ${platformName(platform)}, once for this version`);
  await compileAgent(folder, script.bytes, platform);
  note(`packing the agent for ${platformName(platform)}, so that half as much is sent`);
  return ["agent"];
}

/**
 * Copies the loader and the libraries that a program wants into a folder, and names them.
 * @throws NoRouterError `agent-unavailable`
 */
export async function copyLibraries(folder: string, program: string): Promise<string[]> {
  const libraries = await glibcOf(program);
  for (const { name, path } of libraries) await cp(path, join(folder, name));
  return libraries.map(({ name }) => name);
}

/** Marks a version's folder as used and removes what nobody uses: other versions, and what was left half made. */
async function use(versions: string, folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await utimes(folder, new Date(), new Date());
    const others = (await readdir(versions)).filter((name) => /^[0-9a-f]{16}$/.test(name)).map((name) => join(versions, name));
    const halves = (await readdir(folder)).filter((name) => name.startsWith(UNFINISHED)).map((name) => join(folder, name));
    for (const path of [...others, ...halves]) {
      const unused = Date.now() - (await stat(path)).mtimeMs > UNUSED_MS;
      if (path !== folder && unused) await rm(path, { recursive: true, force: true });
    }
  } catch {
    // Whatever stands in the way shows itself when the agent is written.
  }
}
