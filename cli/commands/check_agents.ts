// What `check` says of agents: which hosts are sent one, in which ways, and how large it is. No host is asked.

import { engineAtHand } from "../../agents/engine.ts";
import { engineName } from "../../agents/platform.ts";
import { ABOUT_PROGRAM } from "../../agents/programs.ts";
import { agentScript } from "../../agents/script.ts";
import { messageOf } from "../../core/errors.ts";
import type { Manifest } from "../../core/manifest/mod.ts";
import { type AgentChoice, type AgentWay, ENGINE_PLATFORMS, type Registry, transportFor } from "../../core/mod.ts";
import { sizeText } from "../ui/columns.ts";
import { wrapped } from "../ui/wrap.ts";

/** A size, packed and not; a clause where it is not known. */
export type Sized = { readonly size: number; readonly packedSize: number } | { readonly unknown: string };

/** What is sent to a host. */
export interface HostAgent {
  readonly host: string;
  /** In the order in which they are tried. */
  readonly ways: readonly AgentWay[];
  readonly choice: AgentChoice;
}

/** What is sent to the hosts of a manifest. */
export interface SentAgents {
  readonly hosts: readonly HostAgent[];
  /** How large the forms are that are sent; there where one of the hosts may get it. */
  readonly sizes: { readonly script?: Sized; readonly engine?: Sized; readonly program?: Sized };
  /** What of it is not there, and why; of an engine it may be one that no host needs. */
  readonly missing: readonly string[];
}

/** Looks what the hosts of a manifest are sent; `choice` is for those that do not say. */
export async function sentAgents(manifest: Manifest, registry: Registry, choice: AgentChoice = "auto"): Promise<SentAgents> {
  const hosts = manifest.hosts.flatMap(({ name, settings }): HostAgent[] => {
    if (Object.keys(settings).length === 0) return [];
    const { agent = choice } = settings;
    // What is copied is the engine.
    const isCopied = agent === "auto" || agent === "engine";
    const all = transportFor(registry, name, settings).sends?.(settings) ?? [];
    const ways = all.filter((way) => (way !== "copy" && way !== "beside") || isCopied);
    return ways.length === 0 ? [] : [{ host: name, ways, choice: agent }];
  });
  const some = (...choices: AgentChoice[]) => hosts.some((host) => choices.includes(host.choice));
  const missing: string[] = [];
  const sizes = {
    ...(some("auto", "runtime", "engine") && { script: await scriptSize(missing) }),
    ...(some("auto", "engine") && { engine: await engineSize(missing) }),
    ...(some("bun") && { program: ABOUT_PROGRAM }),
  };
  return { hosts, sizes, missing };
}

/** The lines of comments that say so beneath a manifest. */
export function agentLines({ hosts, sizes, missing }: SentAgents): string[] {
  const begin = `# ${" ".repeat(2)}`;
  const lines = hosts.map(({ host, ways, choice }) => `${host}: ${formText(choice, sizes)}; ${wayText(ways)}`);
  return lines.length === 0
    ? []
    : ["# Agents that are sent, once for each version:", ...[...lines, ...missing].flatMap((line) => comment(begin, line))];
}

function comment(begin: string, text: string): string[] {
  return wrapped(begin, text).map((line, at) => (at === 0 ? line : `#${line.slice(1)}`));
}

const WAYS: Readonly<Record<AgentWay, string>> = {
  shell: "through its shell",
  copy: "copied into it",
  beside: "beside it where it is read-only",
  ephemeral: "in a container that is added to its pod and shares its network",
  nsenter: "through a shell of this machine, in its network",
};

function wayText(ways: readonly AgentWay[]): string {
  if (ways[0] === "beside") return "in a container beside it that shares its network";
  const [first, ...others] = ways.map((way) => WAYS[way]);
  return others.length === 0 ? `${first}` : `${first}, or without one ${others.join(", or ")}`;
}

function formText(choice: AgentChoice, { script, engine, program }: SentAgents["sizes"]): string {
  const own = "its own Node, Deno or Bun";
  if (choice === "bun") return `a program of about ${largeText(program)}`;
  if (choice === "runtime") return `a script for ${own}, ${largeText(script)}`;
  const both =
    choice === "engine" ? `a script, ${largeText(script)}, and` : `a script for ${own}, ${largeText(script)}, or else it and`;
  // Which one a host gets, and so how large it is, depends on its processor.
  return `${both} an engine, ${engine && "size" in engine ? "at most " : ""}${largeText(engine)}`;
}

function largeText(sized: Sized | undefined): string {
  if (!sized || "unknown" in sized) return `${sized?.unknown}`;
  return `${sizeText(sized.size)} (${sizeText(sized.packedSize)} packed)`;
}

async function scriptSize(missing: string[]): Promise<Sized> {
  try {
    const { size, open } = await agentScript();
    return { size, packedSize: (await open(true)).size };
  } catch (thrown) {
    missing.push(`no script: ${messageOf(thrown)}`);
    return { unknown: "which is missing" };
  }
}

/** The largest of those that are there; why others are not goes to `missing`. */
export async function engineSize(missing: string[], find: typeof engineAtHand = engineAtHand): Promise<Sized> {
  const sizes: (Sized & { readonly size: number })[] = [];
  let isBuilt = false;
  for (const platform of ENGINE_PLATFORMS) {
    try {
      const engine = await find(platform);
      if (engine) sizes.push({ size: engine.size, packedSize: (await engine.open(true)).size });
      else isBuilt = true;
    } catch (thrown) {
      missing.push(`no engine for ${engineName(platform)}: ${messageOf(thrown)}`);
    }
  }
  const [largest] = sizes.sort((a, b) => b.size - a.size);
  return largest ?? { unknown: isBuilt ? "built when a host first needs it" : "which is missing" };
}
