// Names of platforms, as `--platform` takes them and as folders of the cache are called. Pure.

import { NoRouterError } from "../../core/errors.ts";
import type { AgentPlatform } from "../../core/plugin/contract.ts";

const NAME = /^(linux|darwin|freebsd|win32)-(x64|arm64)(-bundled)?$/;

/** The name of a platform, such as `linux-x64`, or `linux-x64-bundled` for a host without glibc. */
export function platformName({ os, arch, glibc }: AgentPlatform): string {
  return `${os}-${arch}${os === "linux" && !glibc ? "-bundled" : ""}`;
}

/**
 * The platform of a name.
 * @throws NoRouterError `usage`
 */
export function parsePlatform(name: string): AgentPlatform {
  const [, os, arch, bundled] = NAME.exec(name) ?? [];
  if (os === undefined || arch === undefined || (bundled !== undefined && os !== "linux")) {
    const wanted = "such as 'linux-x64', 'linux-arm64' or 'linux-x64-bundled'";
    throw new NoRouterError("usage", `"${name}" is no platform; one ${wanted} was wanted`);
  }
  return { os, arch, glibc: bundled === undefined };
}

/** The platforms of this machine: with glibc there, and without. */
export function ownPlatforms(): AgentPlatform[] {
  const own = { os: process.platform, arch: process.arch };
  return process.platform === "linux" ? [true, false].map((glibc) => ({ ...own, glibc })) : [{ ...own, glibc: true }];
}
