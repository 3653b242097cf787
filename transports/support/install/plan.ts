// Which agent a host gets, given what it said of itself. Pure.

import type { AgentPlatform } from "../../../core/mod.ts";
import { NoRouterError } from "../../../core/mod.ts";
import type { AgentFolder, HostRuntime, ProbeFacts } from "./probe.ts";

/** What is done for a host that has no agent of ours in its cache. */
export type Plan =
  /** Start the `norouter` that somebody put there: it is of this version. */
  | { readonly kind: "placed"; readonly path: string }
  /** Send the agent as one file for a runtime, and keep it in one of `folders` if there is any. */
  | { readonly kind: "script"; readonly runtime: HostRuntime; readonly folders: readonly AgentFolder[] }
  /** Send the agent as a program, to be kept in one of `folders`, of which there is one at least. */
  | {
      readonly kind: "program";
      readonly platform: AgentPlatform;
      readonly folders: readonly AgentFolder[];
      readonly packed: boolean;
    };

/** The oldest version of each runtime that runs the agent. */
const OLDEST: Readonly<Record<HostRuntime["name"], readonly [major: number, minor: number]>> = {
  node: [22, 3], // process.getBuiltinModule
  deno: [2, 0],
  bun: [1, 2],
};

const SYSTEMS: Readonly<Record<string, string>> = { Linux: "linux", Darwin: "darwin", FreeBSD: "freebsd" };
const MACHINES: Readonly<Record<string, string>> = { x86_64: "x64", amd64: "x64", aarch64: "arm64", arm64: "arm64" };

/**
 * The first of the three that serves.
 * @param version Of the agent that would be sent.
 * @throws NoRouterError `no-place`, `agent-unavailable`
 */
export function planFor(facts: ProbeFacts, version: string): Plan {
  if (facts.norouter?.version === version) return { kind: "placed", path: facts.norouter.path };
  const runtime = facts.runtimes.find(isNewEnough);
  if (runtime) return { kind: "script", runtime, folders: facts.folders };
  const folders = facts.programFolders;
  if (folders.length === 0) throw new NoRouterError("no-place", noFolder(facts));
  if (!facts.tools.has("head"))
    throw new NoRouterError("agent-unavailable", "Host has no 'head', which receiving an agent needs");
  return { kind: "program", platform: platformOf(facts), folders, packed: facts.tools.has("gzip") };
}

/** The first folder with room for so many bytes; where none has, the first, which then says so. */
export function folderFor(folders: readonly AgentFolder[], bytes: number): string | undefined {
  return (folders.find(({ room }) => room === undefined || room * 1024 >= bytes) ?? folders[0])?.path;
}

function isNewEnough({ name, version }: HostRuntime): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldest, oldestMinor] = OLDEST[name];
  return major > oldest || (major === oldest && minor >= oldestMinor);
}

function noFolder({ folders: [folder], runtimes }: ProbeFacts): string {
  const [old] = runtimes;
  const runtime = old ? `its ${old.name} ${old.version} is too old` : "it has no JavaScript runtime";
  const tried = "of HOME, XDG_CACHE_HOME, /tmp and /dev/shm";
  if (folder !== undefined)
    return `Host starts no programs from where it can be written to (${folder.path}; ${tried}), and ${runtime}`;
  return `Host has no folder that can be written to (${tried}), and ${runtime}`;
}

function platformOf({ machine, glibc }: ProbeFacts): AgentPlatform {
  const [system = "", hardware = ""] = machine.split(" ");
  return {
    os: SYSTEMS[system] ?? system.toLowerCase(),
    arch: MACHINES[hardware] ?? hardware,
    glibc: glibc || system !== "Linux",
  };
}
