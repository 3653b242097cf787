// Which agent a host gets, given what it said of itself and what was asked for. Pure.

import {
  AGENT_CHOICES,
  type AgentChoice,
  type AgentPlatform,
  type EnginePlatform,
  hasEngine,
  NoRouterError,
} from "../../../core/mod.ts";
import type { AgentFolder, HostRuntime, ProbeFacts } from "./facts.ts";

/** What is done for a host that has no agent of ours in its cache. */
export type Plan = (
  | /** Start the `norouter` that somebody put there: it is of this version. */
  { readonly kind: "placed"; readonly path: string }
  /** Send the agent as one file for a runtime, and keep it in one of `folders` if there is any. */
  | { readonly kind: "script"; readonly runtime: HostRuntime; readonly folders: readonly AgentFolder[] }
  /** Send the engine and the same file, to be kept in one of `folders`, of which there is one at least. */
  | ({ readonly kind: "engine"; readonly platform: EnginePlatform } & Kept)
  /** Send the agent as a program, to be kept likewise. */
  | ({ readonly kind: "program"; readonly platform: AgentPlatform } & Kept)
) & {
  /** What is started, and why, for people. */
  readonly why: string;
};

/** Where a program goes, and how. */
interface Kept {
  readonly folders: readonly AgentFolder[];
  /** With gzip. */
  readonly packed: boolean;
}

/** What can be asked for. */
type Form = Exclude<AgentChoice, "auto">;

/**
 * The order in which `auto` takes what a host can run. It is a matter of measurement: a runtime moves bytes in two thirds of the
 * engine's time, the engine needs a tenth of the memory and starts in a quarter of the time: docs/decisions/which-agent-a-host-gets.md
 */
const AUTO: readonly Form[] = ["runtime", "engine", "bun"];
/** The order where memory is short: less than {@link RUNTIME_KIB}. */
const AUTO_SMALL: readonly Form[] = ["engine", "runtime", "bun"];
/** Memory in KiB from which on a runtime is taken: the same page says what Node and the engine need. */
const RUNTIME_KIB = 256 * 1024;

/** The oldest version of each runtime that runs the agent. */
const OLDEST: Readonly<Record<HostRuntime["name"], readonly [major: number, minor: number]>> = {
  node: [22, 3], // process.getBuiltinModule
  deno: [2, 0],
  bun: [1, 2],
};

/** Memory in KiB without which a program made with Bun does not start. */
const PROGRAM_KIB = 96 * 1024;

const ASKED_FOR = "asked for";

const SYSTEMS: Readonly<Record<string, string>> = { Linux: "linux", Darwin: "darwin", FreeBSD: "freebsd" };
const MACHINES: Readonly<Record<string, string>> = { x86_64: "x64", amd64: "x64", aarch64: "arm64", arm64: "arm64" };

/**
 * What may be done for a host, the preferred first: one plan for what is asked for, or for a `norouter` of the same version that is there,
 * else with `auto` one for each form that the host can run.
 * @param version Of the agent that would be sent.
 * @throws NoRouterError `no-place`, `agent-unavailable`, `out-of-memory` where there is none
 */
export function plansFor(
  facts: ProbeFacts,
  version: string,
  choice: AgentChoice = "auto",
): readonly [first: Plan, ...others: Plan[]] {
  if (choice !== "auto") return [PLANS[choice](facts, choice)];
  const { norouter } = facts;
  if (norouter?.version === version)
    return [{ kind: "placed", path: norouter.path, why: `norouter ${version}: found at ${norouter.path}` }];
  const forms = (isSmall(facts) ? AUTO_SMALL : AUTO).filter((form) => isFor(form, facts));
  const plans: Plan[] = [];
  let refused: unknown;
  for (const form of forms) {
    try {
      plans.push(PLANS[form](facts, choice));
    } catch (thrown) {
      if (!(thrown instanceof NoRouterError)) throw thrown;
      refused = thrown;
    }
  }
  const [first, ...others] = plans;
  if (!first) throw refused;
  return [first, ...others];
}

/** What can be asked for so that this plan is the preferred one: an agent that is kept serves all of them. */
export function choicesOf(plan: Plan, facts: ProbeFacts, version: string): AgentChoice[] {
  return AGENT_CHOICES.filter((choice) => {
    try {
      return plansFor(facts, version, choice)[0].kind === plan.kind;
    } catch {
      return false;
    }
  });
}

/**
 * Why a kept agent is started, given the reason that it was chosen for when it was put there: what is asked for may have changed since,
 * and it serves all the same.
 */
export function whyKept(why: string, choice: AgentChoice): string {
  const form = why.slice(0, why.indexOf(": "));
  if (choice === "engine" || choice === "bun") return `${form}: ${ASKED_FOR}`;
  return choice === "auto" && why.endsWith(`: ${ASKED_FOR}`) ? `${form}: kept from when it was asked for` : why;
}

/** The first folder with room for so many bytes; where none has, the first, which then says so. */
export function folderFor(folders: readonly AgentFolder[], bytes: number): string | undefined {
  return (folders.find(({ room }) => room === undefined || room * 1024 >= bytes) ?? folders[0])?.path;
}

function isSmall({ memory }: ProbeFacts): boolean {
  return memory !== undefined && memory < RUNTIME_KIB;
}

/** Whether there is such an agent for the host at all; a program is what is left. */
function isFor(form: Form, facts: ProbeFacts): boolean {
  if (form === "runtime") return facts.runtimes.some(isNewEnough);
  const engine = hasEngine(platformOf(facts));
  return form === "engine" ? engine : !engine;
}

const PLANS: Readonly<Record<Form, (facts: ProbeFacts, choice: AgentChoice) => Plan>> = {
  runtime: (facts) => {
    const runtime = facts.runtimes.find(isNewEnough);
    if (!runtime) throw new NoRouterError("agent-unavailable", `A runtime is asked for, but ${withoutRuntime(facts)}`);
    const { name, version, path } = runtime;
    return { kind: "script", runtime, folders: facts.folders, why: `${name} ${version}: found at ${path}` };
  },
  engine: (facts, choice) => {
    const { os, arch } = platformOf(facts);
    if (!hasEngine({ os, arch }))
      throw new NoRouterError("agent-unavailable", `The engine is for Linux on x64 and arm64, and the host is ${facts.machine}`);
    return { kind: "engine", platform: { os, arch }, ...placed(facts), why: `engine: ${reasonOf(facts, choice)}` };
  },
  bun: (facts, choice) => {
    const reason = choice === "auto" ? `there is no engine for ${facts.machine}` : reasonOf(facts, choice);
    checkMemory(facts);
    return { kind: "program", platform: platformOf(facts), ...placed(facts), why: `program made with Bun: ${reason}` };
  },
};

/** @throws NoRouterError `out-of-memory` where a program made with Bun would be sent in vain */
function checkMemory({ memory }: ProbeFacts): void {
  if (memory === undefined || memory >= PROGRAM_KIB) return;
  const [needs, has] = [PROGRAM_KIB, memory].map((kib) => `${Math.round(kib / 1024)} MiB`);
  throw new NoRouterError("out-of-memory", `An agent made with Bun needs ${needs} of memory, and the host has ${has}`);
}

/** @throws NoRouterError when a program can be put nowhere */
function placed(facts: ProbeFacts): Kept {
  const folders = facts.programFolders;
  if (folders.length === 0) throw new NoRouterError("no-place", noFolder(facts));
  if (!facts.tools.has("head"))
    throw new NoRouterError("agent-unavailable", "Host has no 'head', which receiving an agent needs");
  return { folders, packed: facts.tools.has("gzip") };
}

function reasonOf(facts: ProbeFacts, choice: AgentChoice): string {
  if (choice !== "auto") return ASKED_FOR;
  const runtime = facts.runtimes.find(isNewEnough);
  const { memory = 0 } = facts;
  return runtime
    ? `host has ${Math.round(memory / 1024)} MiB of memory, too little for ${runtime.name} ${runtime.version}`
    : withoutRuntime(facts);
}

function withoutRuntime({ runtimes: [old] }: ProbeFacts): string {
  return old ? `${old.name} ${old.version} at ${old.path} is too old` : "host has no Node, Deno or Bun";
}

function isNewEnough({ name, version }: HostRuntime): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldest, oldestMinor] = OLDEST[name];
  return major > oldest || (major === oldest && minor >= oldestMinor);
}

function noFolder(facts: ProbeFacts): string {
  const [old] = facts.runtimes;
  const runtime = facts.runtimes.some(isNewEnough)
    ? "its JavaScript runtime is not asked for"
    : old
      ? `its ${old.name} ${old.version} is too old`
      : "it has no JavaScript runtime";
  const reasons = facts.refused.length === 0 ? "" : ` (${facts.refused.join("; ")})`;
  const what =
    facts.folders.length > 0 ? "starts no programs from where it can be written to" : "has no folder that can be written to";
  return `Host ${what}${reasons}, and ${runtime}`;
}

function platformOf({ machine, glibc }: ProbeFacts): AgentPlatform {
  const [system = "", hardware = ""] = machine.split(" ");
  return {
    os: SYSTEMS[system] ?? system.toLowerCase(),
    arch: MACHINES[hardware] ?? hardware,
    glibc: glibc || system !== "Linux",
  };
}
