// `npm run engine`: builds the program on which an agent runs where a host has no JavaScript runtime. From the same sources
// come the same bytes. See README.md of this folder.

import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineName } from "../agents/platform.ts";
import { messageOf, NoRouterError } from "../core/errors.ts";
import type { EnginePlatform } from "../core/plugin/agent_source.ts";
import { VERSION } from "../core/version.ts";
import { userFolder } from "../plugins/support/home.ts";
import { bundleModules, writeEmbedded } from "./modules.ts";
import { HOW_TO_INSTALL, run, runs } from "./run.ts";
import { SOURCES } from "./sources.ts";
import { checkedToolchain, compile, compilerOf, type Toolchain, toolchain } from "./toolchain.ts";

/** The folder of this file. */
export const ENGINE: string = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");
const PROGRAM = "engine";
/** Files that run for each byte; 2 KB more. */
const FAST: ReadonlySet<string> = new Set(["codecs.c", "sha256.c"]);

/** How a build goes about its work. */
export interface BuildOptions {
  /** The folder of what later builds use again; one of the user's cache without it. */
  readonly work?: string;
  /** The folder of the modules; `node` in this folder without it. */
  readonly modules?: string;
  /** Hears what is being done. */
  readonly note?: (line: string) => void;
}

/** Why no engine can be built here for a platform; undefined when a compiler is there. */
export async function whyNoBuild(platform: EnginePlatform): Promise<string | undefined> {
  const compiler = compilerOf(platform);
  for (const tool of [compiler, "make"]) {
    if (await runs(tool)) continue;
    return `The agent's engine for ${engineName(platform)} is built with '${tool}', which is not here; ${HOW_TO_INSTALL}`;
  }
  return undefined;
}

/** 16 hexadecimal digits that name everything in this tree that a program is built of. */
export async function engineInputs(): Promise<string> {
  const hash = createHash("sha256").update(VERSION);
  const files = globSync("{{build,mend,modules,musl_mends,quickjs_mends,sources,toolchain}.ts,host/*.[ch],node/**/*.ts}", {
    cwd: ENGINE,
  }).sort();
  for (const file of files.filter((name) => !name.endsWith("_test.ts")))
    hash.update(`\0${file}\0`).update(await readFile(join(ENGINE, file)));
  return hash.digest("hex").slice(0, 16);
}

/**
 * Builds the program for a platform as `engine` into a folder, where it replaces an older one.
 * @throws NoRouterError `agent-unavailable` without a compiler or the sources, or when they have errors
 */
export async function buildEngine(platform: EnginePlatform, folder: string, options: BuildOptions = {}): Promise<void> {
  const why = await whyNoBuild(platform);
  if (why !== undefined) throw new NoRouterError("agent-unavailable", why);
  const tools = await toolchain(platform, await workFolder(options), options.note ?? quiet);
  options.note?.(`Building the engine for ${engineName(platform)}`);
  await link(tools, folder, options);
}

/** Builds the program that ends with a report where it misuses memory or leaves references; for tests on this machine. */
export async function buildChecked(folder: string, options: BuildOptions = {}): Promise<void> {
  const tools = await checkedToolchain(await workFolder(options), options.note ?? quiet);
  options.note?.("Building the engine with checks");
  await link(tools, folder, options);
}

const quiet = () => undefined;

async function workFolder({ work = defaultWork() }: BuildOptions): Promise<string> {
  await mkdir(work, { recursive: true });
  return work;
}

function defaultWork(): string {
  const cache = userFolder("cache");
  if (cache !== undefined) return join(cache, "engine");
  throw new NoRouterError("agent-unavailable", "The agent's engine needs a folder to be built in; set XDG_CACHE_HOME to one");
}

async function link(tools: Toolchain, folder: string, options: BuildOptions): Promise<void> {
  const making = await mkdtemp(join(tmpdir(), "norouter-engine-"));
  try {
    const embedded = join(making, "embedded");
    await writeEmbedded(await bundle(options.modules ?? join(ENGINE, "node")), embedded);
    const objects = [...(await compileHost(tools, making)), ...(await compileEmbedded(tools, embedded, making))];
    const made = join(making, PROGRAM);
    await run(tools.compiler, [...tools.start, "-o", made, ...objects, ...tools.objects, ...tools.end]);
    await mkdir(folder, { recursive: true });
    await replace(made, join(folder, PROGRAM));
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function bundle(folder: string) {
  try {
    return await bundleModules(folder);
  } catch (thrown) {
    const message = `The agent's engine could not be built from the sources: ${messageOf(thrown)}`;
    throw new NoRouterError("agent-unavailable", message, { cause: thrown });
  }
}

const text = (name: string, value: string): string => `-D${name}="${value}"`;

async function compileHost(tools: Toolchain, making: string): Promise<string[]> {
  const folder = join(ENGINE, "host");
  const versions = [
    text("ENGINE_VERSION", VERSION),
    text("ENGINE_INPUTS", await engineInputs()),
    text("QUICKJS_VERSION", SOURCES.quickjs.version),
    text("MUSL_VERSION", SOURCES.musl.version),
  ];
  const flags = [...tools.flags, "-Wall", "-Wextra", "-Wno-unused-parameter", "-isystem", tools.quickjs, ...versions];
  const files = globSync("*.c", { cwd: folder }).sort();
  const common = { compiler: tools.compiler, folder };
  const small = files.filter((file) => !FAST.has(file));
  const fast = files.filter((file) => FAST.has(file));
  return [
    ...(await compile({ ...common, flags, files: small, out: join(making, "host") })),
    ...(await compile({ ...common, flags: [...flags, "-O2"], files: fast, out: join(making, "fast") })),
  ];
}

async function compileEmbedded(tools: Toolchain, embedded: string, making: string): Promise<string[]> {
  const flags = [...tools.flags, `-I${join(ENGINE, "host")}`];
  return await compile({ compiler: tools.compiler, flags, folder: embedded, files: ["embedded.c"], out: join(making, "text") });
}

/** A program that runs keeps its bytes. */
async function replace(made: string, place: string): Promise<void> {
  const beside = `${place}.${process.pid}`;
  await copyFile(made, beside);
  await chmod(beside, 0o755);
  await rename(beside, place);
}
