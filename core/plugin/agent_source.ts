// What can be sent to a host that has no agent, and what may be asked for.

import type { InsideStart } from "./inside_program.ts";

/** What a host may be sent, as the key `agent` and the option `--agent` name it. */
export const AGENT_CHOICES = ["auto", "runtime", "engine", "bun"] as const;

/**
 * `runtime`: a script for a Node, Deno or Bun of the host's. `engine`: that script and a small engine for it. `bun`: a program that
 * holds Bun. `auto`: what suits the host.
 */
export type AgentChoice = (typeof AGENT_CHOICES)[number];

/** A platform that an agent without a runtime is made for. */
export interface AgentPlatform {
  /** As `process.platform` says it. */
  readonly os: string;
  /** As `process.arch` says it. */
  readonly arch: string;
  /** Whether the loader of glibc is there; without it the agent brings its own. */
  readonly glibc: boolean;
}

/** A platform as engines know it: they need no library. */
export type EnginePlatform = Pick<AgentPlatform, "os" | "arch">;

/** The platforms that engines are made for. */
export const ENGINE_PLATFORMS: readonly EnginePlatform[] = [
  { os: "linux", arch: "x64" },
  { os: "linux", arch: "arm64" },
];

/** Whether there is an engine for a platform. */
export function hasEngine({ os, arch }: EnginePlatform): boolean {
  return ENGINE_PLATFORMS.some((one) => one.os === os && one.arch === arch);
}

/** One file of an agent. */
export interface AgentFile {
  /** Name within the agent's own folder. */
  readonly name: string;
  /** Bytes, unpacked. */
  readonly size: number;
  /** SHA-256 of the unpacked bytes, lower case hexadecimal. */
  readonly sha256: string;
  /** The bytes as they are, or as gzip (RFC 1952). */
  open(packed: boolean): Promise<{ readonly size: number; readonly chunks: AsyncIterable<Uint8Array> }>;
}

/** What can be sent to a host that has no agent. */
export interface AgentSource {
  readonly version: string;
  /** Agents of other sources that a host keeps stay there; else they are removed as out of date. */
  readonly sparesOthers?: boolean;
  /** What hosts get whose settings do not say; absent: `auto`. */
  readonly choice?: AgentChoice;
  /** The agent as one JavaScript module that imports nothing but the runtime's own. Its hash names the agent in every form. */
  script(): Promise<AgentFile>;
  /**
   * The program `engine` that runs the script where there is no runtime: static, so it needs no library of the host.
   * @throws NoRouterError `agent-unavailable`
   */
  engine(platform: EnginePlatform): Promise<AgentFile>;
  /**
   * Prepares the start of a program inside the network, on this machine; absent: none is run.
   * @throws NoRouterError `agent-unavailable`
   */
  inside?(): Promise<InsideStart>;
  /**
   * The agent as a program that needs no runtime: the files of its folder, the first of them `agent`. Where there is no
   * glibc they are `agent`, `loader` and the libraries.
   * @throws NoRouterError `agent-unavailable`
   */
  program(platform: AgentPlatform): Promise<readonly AgentFile[]>;
}
