// Names of platforms, as `--platform` takes them and as folders and packages are called. Pure.

import { NoRouterError } from "../core/errors.ts";
import { type AgentChoice, type AgentPlatform, type EnginePlatform, hasEngine } from "../core/plugin/agent_source.ts";

const NAME = /^([a-z0-9]+)-([a-z0-9]+)(-bundled)?$/;
const SYSTEMS: ReadonlySet<string> = new Set(["linux", "darwin"]);
const PROCESSORS: ReadonlySet<string> = new Set(["x64", "arm64"]);

/** The name of a platform, such as `linux-x64`, or `linux-x64-bundled` for a host without glibc. */
export function platformName({ os, arch, glibc }: AgentPlatform): string {
  return `${os}-${arch}${os === "linux" && !glibc ? "-bundled" : ""}`;
}

/** In a clone, the file beside an engine that names what it was made of, by which one that is too old is known. */
export const ENGINE_INPUTS = "inputs";

/** The name of a platform where libraries do not matter, such as `linux-x64`. */
export function engineName({ os, arch }: EnginePlatform): string {
  return `${os}-${arch}`;
}

/**
 * What is made for a platform that was named: an engine where there is one, unless Bun is asked for, or libraries for it.
 * @throws NoRouterError `usage` for `runtime`, whose script is the same everywhere
 */
export function formFor(platform: AgentPlatform, choice: AgentChoice = "auto"): "engine" | "program" {
  if (choice === "runtime") throw new NoRouterError("usage", "'--agent runtime' is the same for every platform");
  if (choice !== "auto") return choice === "engine" ? "engine" : "program";
  return platform.glibc && hasEngine(platform) ? "engine" : "program";
}

/** Why there can be no program for a platform; undefined when there can. */
export function whyNoProgram(platform: AgentPlatform): string | undefined {
  if (SYSTEMS.has(platform.os) && PROCESSORS.has(platform.arch)) return undefined;
  return `Programs are made for Linux and macOS on x64 and arm64, not for ${platformName(platform)}`;
}

/**
 * The platform of a name, for which a program can be made.
 * @throws NoRouterError `usage`
 */
export function parsePlatform(name: string): AgentPlatform {
  const [, os, arch, bundled] = NAME.exec(name) ?? [];
  if (os === undefined || arch === undefined || (bundled !== undefined && os !== "linux")) {
    const wanted = "such as 'linux-x64', 'linux-arm64' or 'linux-x64-bundled'";
    throw new NoRouterError("usage", `"${name}" is no platform; one ${wanted} was wanted`);
  }
  const platform = { os, arch, glibc: bundled === undefined };
  const reason = whyNoProgram(platform);
  if (reason !== undefined) throw new NoRouterError("usage", reason);
  return platform;
}

/** The platforms of this machine: with glibc there, and without. */
export function ownPlatforms(): AgentPlatform[] {
  const own = { os: process.platform, arch: process.arch };
  return process.platform === "linux" ? [true, false].map((glibc) => ({ ...own, glibc })) : [{ ...own, glibc: true }];
}
