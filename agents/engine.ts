// The engine for a platform: from its package, from the clone's own folder for that package, or built of the clone's sources and kept.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf, NoRouterError } from "../core/errors.ts";
import { type AgentFile, type EnginePlatform, hasEngine } from "../core/plugin/agent_source.ts";
import { VERSION } from "../core/version.ts";
import { bytesOf } from "../transports/support/agent_bytes.ts";
import { cacheFolder, kept } from "./cache.ts";
import { ENGINE_INPUTS, engineName } from "./platform.ts";
import { fileInMemory } from "./script.ts";

/** An engine whose bytes are in memory: its file may be replaced or removed while the manager runs. */
export interface EngineFile extends AgentFile {
  /** Where it was read from. */
  readonly path: string;
}

/** What a clone makes engines with: `engine/build.ts`. */
export interface EngineBuilder {
  /** 16 hexadecimal digits that name all that an engine is made of: where they are the same, so are the bytes. */
  engineInputs(): Promise<string>;
  /** Why none can be built here for a platform; undefined where it can. */
  whyNoBuild(platform: EnginePlatform): Promise<string | undefined>;
  /**
   * Builds `engine` in a folder; `work` is where what later builds use again is kept, by default in the user's cache.
   * @throws NoRouterError `agent-unavailable`, which says what is missing
   */
  buildEngine(platform: EnginePlatform, folder: string, options: { readonly work?: string }): Promise<void>;
}

/** Where engines are found. */
export interface EnginePlaces {
  /** What builds them; undefined outside of a clone. */
  readonly builder: (() => Promise<EngineBuilder>) | undefined;
  /** The folder of a platform's package, whether it is there or not. */
  readonly folderOf: (name: string) => string;
}

/** The program in a package. */
const ENGINE = "engine";

const BUILDER = new URL("../engine/build.ts", import.meta.url);

const OWN: EnginePlaces = existsSync(BUILDER)
  ? {
      builder: () => import(BUILDER.href) as Promise<EngineBuilder>,
      folderOf: (name) => fileURLToPath(new URL(`../engine/packages/${name}`, import.meta.url)),
    }
  : { builder: undefined, folderOf: installedFolder };

/** Beside the package, wherever that is installed. */
function installedFolder(name: string): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${packageOf(name)}/package.json`));
  } catch {
    return "";
  }
}

function packageOf(name: string): string {
  return `@norouter/engine-${name}`;
}

const found = new Map<string, Promise<EngineFile>>();

/**
 * The engine for a platform, found once in a process. A clone that has none builds it, which takes a minute or two.
 * @throws NoRouterError `agent-unavailable`
 */
export function agentEngine(platform: EnginePlatform, note: (line: string) => void): Promise<EngineFile> {
  const name = engineName(platform);
  const known = found.get(name);
  if (known !== undefined) return known;
  const finding = findEngine(platform, note).catch((thrown) => {
    found.delete(name);
    throw thrown;
  });
  found.set(name, finding);
  return finding;
}

/**
 * The engine for a platform if there is no need to build it.
 * @throws NoRouterError `agent-unavailable` where it cannot be built either
 */
export async function engineAtHand(platform: EnginePlatform, places: EnginePlaces = OWN): Promise<EngineFile | undefined> {
  try {
    return await findEngine(platform, undefined, places);
  } catch (thrown) {
    if (thrown === NOT_BUILT) return undefined;
    throw thrown;
  }
}

const NOT_BUILT = new NoRouterError("agent-unavailable", "The engine is built when a host first needs it");

/** {@link agentEngine} of these places, looked for each time; without `note` it is not built. */
export async function findEngine(
  platform: EnginePlatform,
  note: ((line: string) => void) | undefined,
  { builder, folderOf }: EnginePlaces = OWN,
): Promise<EngineFile> {
  const name = engineName(platform);
  if (!hasEngine(platform))
    throw new NoRouterError("agent-unavailable", `Engines are made for Linux on x64 and arm64, not for ${name}`);
  const folder = folderOf(name);
  if (!builder) {
    checkVersion(name, await versionIn(folder));
    return readEngine(join(folder, ENGINE), name);
  }
  const { engineInputs, whyNoBuild, buildEngine } = await builder();
  const inputs = await engineInputs();
  const path = join(folder, ENGINE);
  if (existsSync(path) && (await textOf(join(folder, ENGINE_INPUTS))) === inputs) return readEngine(path, name);
  const make = async (empty: string) => {
    const why = await whyNoBuild(platform);
    if (why !== undefined) throw new NoRouterError("agent-unavailable", why);
    if (!note) throw NOT_BUILT;
    note(`building the agent's engine for ${name}, once for these sources`);
    const cache = cacheFolder("engines");
    const inCache = cache !== undefined && empty.startsWith(cache);
    await built(() => buildEngine(platform, empty, inCache ? {} : { work: join(dirname(empty), "work") }));
    return [ENGINE];
  };
  const wanted = { shelf: "engines", version: inputs, name, make } as const;
  const [engine] = await kept({ ...wanted, note: note ?? (() => undefined) });
  if (!engine) throw new NoRouterError("internal", "Nothing was built");
  return { ...fileInMemory(ENGINE, await bytesOf(engine)), path: engine.path };
}

/** Of an engine's package; undefined where it is not installed. */
async function versionIn(folder: string): Promise<string | undefined> {
  try {
    return (JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** An engine of another version may lack what this version's script needs. @throws NoRouterError `agent-unavailable` */
function checkVersion(name: string, version: string | undefined): void {
  if (version === undefined) throw notInstalled(name);
  if (version === VERSION) return;
  const message = `The package "${packageOf(name)}" is version ${version}, ${VERSION} was wanted; ${howToInstall(name)}`;
  throw new NoRouterError("agent-unavailable", message);
}

function notInstalled(name: string, cause?: unknown): NoRouterError {
  const missing = `The package "${packageOf(name)}", with the engine for hosts without Node, Deno or Bun, is not installed`;
  return new NoRouterError("agent-unavailable", `${missing}; ${howToInstall(name)}`, { cause });
}

function howToInstall(name: string): string {
  return `'npm install ${packageOf(name)}@${VERSION}' installs it`;
}

async function readEngine(path: string, name: string): Promise<EngineFile> {
  try {
    return { ...fileInMemory(ENGINE, await readFile(path)), path };
  } catch (thrown) {
    throw notInstalled(name, thrown);
  }
}

/** What a compiler says has many lines. */
async function built(build: () => Promise<void>): Promise<void> {
  try {
    await build();
  } catch (thrown) {
    const message = messageOf(thrown).replaceAll(/\s*\n\s*/g, "; ");
    throw new NoRouterError("agent-unavailable", message, { cause: thrown });
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    return undefined;
  }
}
