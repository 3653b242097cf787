// `npm test`: types, style, and then the same test files on every runtime. Prints what it does and what it leaves
// out, and ends with one line of counts.
//
//   npm test                              everything
//   npm test -- --runtime bun core/wire   the files under core/wire on Bun alone
//   npm test -- --quick                   smaller transfers in the end-to-end tests

import { spawn } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { parseArgs } from "node:util";
import { PROJECT, RUNTIMES, type RuntimeName } from "./support/cli.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runtime: { type: "string", multiple: true, default: [...RUNTIMES] }, quick: { type: "boolean", default: false } },
});

/** The runtime on which the end-to-end tests move full amounts; the others move a part. */
const FULL: RuntimeName = "node24";
const BIN = `${PROJECT}/node_modules/.bin`;
/** Hooks that start real hosts take longer than Bun's five seconds. */
const BUN_TIMEOUT_MS = 300_000;

interface Step {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Whole networks are measured while they run, so only one at a time; unit tests share the cores. */
function testArgv(runtime: RuntimeName, files: readonly string[], atOnce: number): string[] {
  if (runtime === "deno")
    return [`${BIN}/deno`, "test", "-A", "--no-check", "--node-modules-dir=manual", "--quiet", "--reporter=dot", ...files];
  if (runtime === "bun")
    return [`${BIN}/bun`, "test", `--timeout=${BUN_TIMEOUT_MS}`, "--only-failures", ...files.map((file) => `./${file}`)];
  return [
    `${PROJECT}/node_modules/${runtime}/bin/node`,
    "--test",
    ...["dot", "./tests/support/figures.ts"].flatMap((name) => [`--test-reporter=${name}`, "--test-reporter-destination=stdout"]),
    `--test-concurrency=${atOnce}`,
    ...files,
  ];
}

function stepsOf(files: readonly string[]): Step[] {
  const whole = positionals.length === 0;
  const checks: Step[] = [
    { name: "types", argv: [`${BIN}/tsc`, "--noEmit"] },
    { name: "style", argv: [`${BIN}/biome`, "check", "--error-on-warnings", "."] },
  ];
  const endToEnd = files.filter((file) => file.startsWith("tests/e2e/"));
  const unit = files.filter((file) => !endToEnd.includes(file));
  const chosen = RUNTIMES.filter((runtime) => values.runtime.includes(runtime));
  const runs = [unit, endToEnd].flatMap((group, index) =>
    group.length === 0 ? [] : chosen.map((runtime) => testStep(runtime, index === 0 ? "unit" : "end-to-end", group)),
  );
  return [...(whole ? checks : []), ...runs];
}

function testStep(runtime: RuntimeName, group: "unit" | "end-to-end", files: readonly string[]): Step {
  const quick = values.quick || runtime !== FULL;
  const argv = testArgv(runtime, files, group === "unit" ? 2 : 1);
  return { name: `${group} on ${runtime}`, argv, env: quick ? { NOROUTER_TEST_QUICK: "1" } : {} };
}

function run({ argv, env }: Step): Promise<boolean> {
  const [program = "", ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: PROJECT,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, ...env },
    });
    child.on("error", () => resolve(false));
    child.on("exit", (code) => resolve(code === 0));
  });
}

const all = globSync("{core,plugins,transports,cli,tests,bench,examples}/**/*_test.ts", { cwd: PROJECT }).sort();
const files = positionals.length === 0 ? all : all.filter((file) => positionals.some((wanted) => file.startsWith(wanted)));
if (files.length === 0) {
  console.error(`No test file begins with ${positionals.map((word) => `"${word}"`).join(" or ")}`);
  process.exit(64);
}

const failed: string[] = [];
const steps = stepsOf(files);
for (const step of steps) {
  const missing = !existsSync(step.argv[0] ?? "");
  if (missing && process.env.CI !== "true") {
    console.log(`\n== ${step.name}: skipped, ${step.argv[0]} is not there`);
    continue;
  }
  const started = performance.now();
  console.log(`\n== ${step.name}`);
  const passed = await run(step);
  if (!passed) failed.push(step.name);
  console.log(`== ${step.name}: ${passed ? "passed" : "FAILED"} in ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
if (failed.length > 0) console.log(`\nFailed: ${failed.join(", ")}`);
console.log(`\nsteps: ${steps.length - failed.length} passed, ${failed.length} failed`);
process.exit(failed.length > 0 ? 1 : 0);
