// Which test files run on which runtime, and with which others: on every one only what can differ there.

import type { RuntimeName } from "./cli.ts";
import type { FilesOnEngine } from "./engine/files.ts";

/** What tests run on: a runtime, or the agents' engine. */
export type Target = RuntimeName | "engine";

/**
 * The runtime that runs every file, and on which end-to-end tests move full amounts, with agents on the engine, or where there is none
 * with its own; the others move a part.
 */
export const FULL = "node24";

/** Files that are run alike. */
export interface Group {
  readonly name: string;
  /** A file belongs to the last group in whose folder it is. */
  readonly folder: string;
  /** Files at once. One, where times and memory are judged; waits fill the cores of a small machine with two. */
  readonly atOnce: number;
}

/** In the order in which they run. */
export const GROUPS: readonly [unit: Group, ...larger: Group[]] = [
  { name: "unit", folder: "", atOnce: 2 },
  { name: "end-to-end", folder: "tests/e2e/", atOnce: 2 },
  { name: "timed", folder: "tests/e2e/timed/", atOnce: 1 },
];

/** What begins so runs on {@link FULL} alone: what it is about is the same on every runtime. */
export const ON_FULL_ALONE: readonly string[] = [
  // Programs of others do the work: compilers, a host's shell, ssh.
  ...["agents/programs_test.ts", "cli/commands/agent_bundle_test.ts", "cli/commands/show_installer_test.ts"],
  ...["transports/support/copies/", "transports/support/install/", "transports/ssh/config_test.ts"],
  ...["tests/e2e/package_test.ts", "tests/e2e/quickstart_test.ts"],
  // Texts: what commands say of what was made before, pages, sources.
  ...["verify", "replay_and_why", "secrets", "explain", "pages"].map((name) => `cli/commands/${name}_test.ts`),
  ...["architecture", "generated_pages", "page_code", "plugin_limits"].map((name) => `tests/${name}_test.ts`),
  // Whether the cases that others have to pass find faults.
  "conformance/teeth",
];
/** The engine's modules are to be like those of one Node, and older ones have faults of their own. */
const ENGINE_MODULES = "engine/node/";
/** Uses the language alone: it runs once on V8, on Bun's JavaScriptCore and on the agents' engine. */
const LANGUAGE_ALONE = "core/";
const V8_AGAIN: readonly Target[] = ["node22", "deno"];
/** Of the tests that start agents, those that run on Node 22, which differs little from Node 24. */
export const ON_NODE22: readonly string[] = ["agent_runtime", "endings", "manager_death", "network"].map(
  (name) => `tests/e2e/${name}_test.ts`,
);

/** The group in which a file runs on a target; undefined for what is not run there. Files that were asked for by name run on each. */
export function groupOf(file: string, target: Target, { whole, agents }: FilesOnEngine, named: boolean): Group | undefined {
  const [unit, ...larger] = GROUPS;
  if (target === "engine" && agents.has(file)) return larger.findLast(({ folder }) => file.startsWith(folder)) ?? larger[0];
  if (target === "engine") return whole.has(file) ? unit : undefined;
  if (target !== FULL && file.startsWith(ENGINE_MODULES)) return undefined;
  if (target !== FULL && !named && isLeftOut(file, target, agents)) return undefined;
  return GROUPS.findLast(({ folder }) => file.startsWith(folder));
}

function isLeftOut(file: string, target: Target, agents: ReadonlySet<string>): boolean {
  if (ON_FULL_ALONE.some((begin) => file.startsWith(begin))) return true;
  if (V8_AGAIN.includes(target) && file.startsWith(LANGUAGE_ALONE)) return true;
  return target === "node22" && agents.has(file) && !ON_NODE22.includes(file);
}
