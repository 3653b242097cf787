// `npm test`: types, style, and then the test files on each runtime, and on the agents' engine what hosts run. Prints what
// it does and what it leaves out, and ends with one line of counts.
//
//   npm test                              everything
//   npm test -- --runtime bun core/wire   the files under core/wire on Bun alone
//   npm test -- --runtime engine          unit tests on the engine, and end-to-end tests whose agents run on it
//   npm test -- --quick                   smaller transfers in the end-to-end tests
//   npm run check                         types and style alone

import { existsSync, globSync } from "node:fs";
import { parseArgs } from "node:util";
import { messageOf } from "../core/errors.ts";
import { PROJECT, RUNTIMES, type RuntimeName, runtimeArgv, TEST_AGENT } from "./support/cli.ts";
import { engineAgent, TEST_ENGINE } from "./support/engine/agent.ts";
import { filesOnEngine } from "./support/engine/files.ts";
import { FULL, GROUPS, type Group, groupOf, type Target } from "./support/placing.ts";
import { runStepCommand } from "./support/step_command.ts";

const TARGETS: readonly Target[] = [...RUNTIMES, "engine"];
const { values, positionals } = read();

/** Tests move a part of their amounts, and those whose subject is the same on every runtime are skipped. */
const QUICK: Readonly<Record<string, string>> = { NOROUTER_TEST_QUICK: "1" };
/** Tests move a part of their amounts. */
const PARTS: Readonly<Record<string, string>> = { NOROUTER_TEST_QUICK: "amounts" };
const BIN = `${PROJECT}/node_modules/.bin`;
/** Where Node keeps what it compiled of the sources, for all the processes of a run and for the next. */
const COMPILED = { NODE_COMPILE_CACHE: `${PROJECT}/node_modules/.cache/tests` };
/** Hooks that start real hosts take longer than Bun's five seconds. */
const BUN_TIMEOUT_MS = 300_000;
const DENO = [`${BIN}/deno`, "test", "-A", "--no-check", "--node-modules-dir=manual", "--quiet", "--reporter=dot"];
const BUN = [`${BIN}/bun`, "test", `--timeout=${BUN_TIMEOUT_MS}`, "--only-failures"];

interface Step {
  readonly name: string;
  /** Commands that run at once. */
  readonly commands: readonly (readonly string[])[];
  readonly env?: Readonly<Record<string, string>>;
  /** Why it cannot run, where that is known. */
  readonly missing?: string | undefined;
}

function commandsOf(runtime: RuntimeName, files: readonly string[], atOnce: number): string[][] {
  if (runtime === "deno") return dealt(files, atOnce).map((part) => [...DENO, ...part]);
  if (runtime === "bun") return dealt(files, atOnce).map((part) => [...BUN, ...part.map((file) => `./${file}`)]);
  const reporters = ["dot", "./tests/support/figures.ts"];
  const flags = reporters.flatMap((name) => [`--test-reporter=${name}`, "--test-reporter-destination=stdout"]);
  return [[`${PROJECT}/node_modules/${runtime}/bin/node`, "--test", ...flags, `--test-concurrency=${atOnce}`, ...files]];
}

/** The files in so many hands, as cards are dealt. */
function dealt(files: readonly string[], hands: number): string[][] {
  return Array.from({ length: Math.min(hands, files.length) }, (_, hand) => files.filter((_, at) => at % hands === hand));
}

async function stepsOf(files: readonly string[]): Promise<Step[]> {
  const checks: Step[] = [
    { name: "types", commands: [[`${BIN}/tsc`, "--noEmit"]] },
    { name: "style", commands: [[`${BIN}/biome`, "check", "--error-on-warnings", "."]] },
  ];
  if (values["only-checks"]) return checks;
  const targets = TARGETS.filter((target) => values.runtime.includes(target));
  const onEngine = await filesOnEngine(files);
  const agent = targets.includes("engine") ? await engineAgent().catch(messageOf) : "";
  const runs = GROUPS.flatMap((group) =>
    targets.flatMap((target) => {
      const own = files.filter((file) => groupOf(file, target, onEngine, positionals.length > 0) === group);
      if (own.length === 0) return [];
      return [target === "engine" ? engineStep(group, own, agent) : testStep(target, group, own, typeof agent !== "string")];
    }),
  );
  return [...(positionals.length === 0 ? checks : []), ...runs];
}

/** Where agents are on the engine as well, full amounts are moved there. */
function testStep(runtime: RuntimeName, { name, folder, atOnce }: Group, files: readonly string[], hasEngine: boolean): Step {
  const full = hasEngine && folder !== "" ? PARTS : {};
  const env = values.quick || runtime !== FULL ? QUICK : full;
  return { name: `${name} on ${runtime}`, commands: commandsOf(runtime, files, atOnce), env };
}

/** Unit tests run on the engine itself; of others the agents do, and all else is on Node. */
function engineStep({ name, folder, atOnce }: Group, files: readonly string[], agent: readonly string[] | string): Step {
  const runner = [...runtimeArgv(FULL), "tests/support/engine/run.ts", `--at-once=${atOnce}`, ...files];
  const commands = folder === "" ? [runner] : commandsOf(FULL, files, atOnce);
  if (typeof agent === "string") return { name: `${name} on engine`, commands, missing: agent };
  const env = { ...(values.quick ? QUICK : {}), [TEST_AGENT]: JSON.stringify(agent), [TEST_ENGINE]: agent[0] ?? "" };
  return { name: `${name} on engine`, commands, env };
}

function read() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        runtime: { type: "string", multiple: true, default: [...TARGETS] },
        quick: { type: "boolean", default: false },
        "only-checks": { type: "boolean", default: false },
      },
    });
  } catch (error) {
    return wrong(messageOf(error));
  }
}

function wrong(what: string): never {
  console.error(what);
  process.exit(64);
}

const strangers = values.runtime.filter((name) => !TARGETS.some((target) => target === name));
if (strangers.length > 0) wrong(`There is no runtime "${strangers[0]}"; there are ${TARGETS.join(", ")}`);
const all = globSync("{core,plugins,transports,agents,engine,inside,conformance,cli,tests,bench,examples}/**/*_test.ts", {
  cwd: PROJECT,
}).sort();
const files = positionals.length === 0 ? all : all.filter((file) => positionals.some((wanted) => file.startsWith(wanted)));
if (files.length === 0) wrong(`No test file begins with ${positionals.map((word) => `"${word}"`).join(" or ")}`);

const failed: string[] = [];
const skipped: string[] = [];
/** The last of what commands that failed had printed: shown again at the end, where a reader looks first. */
const told: string[] = [];
const steps = await stepsOf(files);
for (const step of steps) {
  const program = step.commands[0]?.[0] ?? "";
  const missing = step.missing ?? (existsSync(program) ? undefined : `${program} is not there`);
  if (missing !== undefined) {
    const isFailure = process.env.CI === "true";
    console.log(`\n== ${step.name}: ${isFailure ? "FAILED" : "skipped"}, ${missing}`);
    (isFailure ? failed : skipped).push(step.name);
    continue;
  }
  const started = performance.now();
  console.log(`\n== ${step.name}`);
  const ended = await Promise.all(step.commands.map((command) => runStepCommand(command, { ...COMPILED, ...step.env })));
  const passed = ended.every((command) => command.passed);
  if (!passed) failed.push(step.name);
  for (const command of ended) if (!command.passed) told.push(`\n== the last of ${step.name}, once more:\n${command.last}`);
  console.log(`== ${step.name}: ${passed ? "passed" : "FAILED"} in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
for (const line of told) console.log(line);
if (failed.length > 0) console.log(`\nFailed: ${failed.join(", ")}`);
const passed = steps.length - failed.length - skipped.length;
console.log(`\nsteps: ${passed} passed, ${skipped.length} skipped, ${failed.length} failed`);
process.exit(failed.length > 0 ? 1 : 0);
