// Runs unit tests on the engine, each file in a process of its own, and prints as the other runners of tests do.
//
//   node tests/support/engine/run.ts [--at-once 2] [--limit SECONDS] FILE...
//
// Files are relative to the project. NOROUTER_ENGINE names another program than the engine.

import { parseArgs } from "node:util";
import { messageOf } from "../../../core/errors.ts";
import { tempDir } from "../lifetime.ts";
import { engineProgram } from "./agent.ts";
import { bundleTest } from "./bundle.ts";
import { leftOutFor } from "./files.ts";
import { type HowToRun, type Outcome, runBundle } from "./process.ts";

/** A file takes seconds; the longest, with every character there is, a hundred, and twice that beside others. */
const LIMIT_SECONDS = 480;

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { "at-once": { type: "string", default: "2" }, limit: { type: "string", default: String(LIMIT_SECONDS) } },
});

const leftOut = new Map<string, string[]>();
const outcomes: Outcome[] = [];

const push = (of: Map<string, string[]>, key: string, item: string) => of.set(key, [...(of.get(key) ?? []), item]);

async function runFile(file: string, number: number, how: HowToRun): Promise<void> {
  const outcome = await outcomeOf(file, number, how);
  if (outcome === undefined) return;
  outcomes.push(outcome);
  process.stdout.write(".".repeat(outcome.passed) + "X".repeat(outcome.failures.length));
  for (const { name, message } of outcome.failures) console.log(`\nfailed: ${name} (${file}): ${message}\n`);
  for (const line of outcome.notes) console.log(`\n${line}`);
}

async function outcomeOf(file: string, number: number, how: HowToRun): Promise<Outcome | undefined> {
  try {
    const bundle = await bundleTest(file);
    const reason = leftOutFor(bundle.imports);
    if (reason === undefined) return await runBundle(bundle, number, how);
    push(leftOut, reason, file);
    return undefined;
  } catch (thrown) {
    return { passed: 0, failures: [{ name: "the file itself", message: messageOf(thrown) }], skipped: [], notes: [] };
  }
}

const how: HowToRun = {
  program: await engineProgram(),
  folder: tempDir("engine-tests").path,
  limitMs: Number(values.limit) * 1000,
};
let next = 0;
async function worker(): Promise<void> {
  for (let at = next++; at < files.length; at = next++) await runFile(files[at] ?? "", at, how);
}
await Promise.all(Array.from({ length: Number(values["at-once"]) }, worker));
await (await import("esbuild")).stop();

const skipped = new Map<string, string[]>();
for (const reason of outcomes.flatMap((outcome) => outcome.skipped)) push(skipped, reason || "no reason", "");
console.log();
for (const [reason, names] of leftOut) console.log(`left out, ${reason}: ${names.join(", ")}`);
for (const [reason, tests] of skipped) console.log(`skipped, ${reason}: ${tests.length}`);
const sum = (count: (outcome: Outcome) => number) => outcomes.reduce((so, outcome) => so + count(outcome), 0);
const failed = sum(({ failures }) => failures.length);
console.log(
  `tests: ${sum(({ passed }) => passed)} passed, ${sum((outcome) => outcome.skipped.length)} skipped, ${failed} failed; ` +
    `files: ${outcomes.length} run, ${files.length - outcomes.length} left out`,
);
process.exit(failed > 0 ? 1 : 0);
