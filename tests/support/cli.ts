// The one place that says how tests and benchmarks call the program: its entry file, arguments, and the event that means ready.
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The project's folder, without a slash at the end. */
export const PROJECT: string = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** The program's entry in a checkout, run by a runtime without a build. */
export const entryOf = (checkout: string): string => `${checkout}/cli/main.ts`;

/** The program's entry. */
export const ENTRY: string = entryOf(PROJECT);

/** The type of the event after which every host answers. */
export const READY = "network.ready";

// Without "manual" Deno looks for packages in the registry before it runs anything, which a host without a network cannot.
const DENO_RUN = ["run", "-A", "--no-check", "--node-modules-dir=manual"];

/** The names of the runtimes the project supports, as `runtimeArgv` knows them. */
export const RUNTIMES = ["node22", "node24", "deno", "bun"] as const;

/** One of `RUNTIMES`. */
export type RuntimeName = (typeof RUNTIMES)[number];

/** The program that runs this process: what a host would have in its `PATH`, or the agents' engine. */
export const RUNS_ON: "node" | "deno" | "bun" | "engine" =
  (["deno", "bun", "engine"] as const).find((name) => process.versions[name] !== undefined) ?? "node";

/** How many times longer than elsewhere computing may take here, for tests that judge it. */
export const PACE: number = RUNS_ON === "engine" ? 4 : 1;

/** Whether this is the runtime on which tests run that are the same on every one. */
export const IS_NODE24: boolean = RUNS_ON === "node" && process.version.startsWith("v24");

/**
 * The argv prefix that runs a TypeScript file: of a named runtime from `node_modules`, or of the one this process runs on. The engine
 * runs no such files: what it starts runs on Node.
 */
export function runtimeArgv(name: RuntimeName | undefined = RUNS_ON === "engine" ? "node24" : undefined): string[] {
  const binaries = `${PROJECT}/node_modules`;
  if (name === "node22" || name === "node24") return [`${binaries}/${name}/bin/node`];
  if (name === "bun") return [`${binaries}/.bin/bun`];
  if (name === "deno") return [`${binaries}/.bin/deno`, ...DENO_RUN];
  return process.versions.deno === undefined ? [process.execPath] : [process.execPath, ...DENO_RUN];
}

/** The program as an argv prefix. */
export function programArgv(runtime: readonly string[] = runtimeArgv()): string[] {
  return [...runtime, ENTRY];
}

/** The environment variable with a command for agents of tests in place of the program's, as a JSON list of words. */
export const TEST_AGENT = "NOROUTER_TEST_AGENT";

/** A manifest's `cmd` for an agent (the manager adds `agent`): the program, unless tests have to run agents on something else. */
export function agentArgv(): string[] {
  const given = process.env[TEST_AGENT];
  return given === undefined ? programArgv() : (JSON.parse(given) as string[]);
}

/** Whether a process is the manager, or an agent that {@link agentArgv} started. */
export function isProgram({ argv }: { readonly argv: readonly string[] }): boolean {
  return argv.includes(ENTRY) || argv.includes(agentArgv().at(-1) ?? "");
}

/** The arguments that start a network from a manifest, with one JSON event a line on standard output. */
export function runArguments(manifestPath: string): string[] {
  return ["run", "--json", manifestPath];
}
