// Runs what a file declared, one test after the other, with the rules of node:test: hooks, skips, time limits, and errors that
// come from outside a test's own promise.

import { appendFileSync, writeSync } from "node:fs";
import process from "node:process";
import { startMocks } from "./mocks.ts";
import { RECORDS, type TestRecord } from "./records.ts";
import { type Body, type Context, close, type HookKind, isSkipped, type Options, ROOT, type Suite, type Test } from "./suites.ts";
import { wordsOf } from "./thrown.ts";

const STDOUT = 1;
const path = process.env[RECORDS];
// Tests replace timers of `globalThis`.
const { setTimeout, clearTimeout } = globalThis;

function tell(record: TestRecord): void {
  const line = `${JSON.stringify(record)}\n`;
  if (path === undefined) writeSync(STDOUT, line);
  else appendFileSync(path, line);
  if (record.kind === "failed") process.exitCode = 1;
}

/** Hears of what is thrown beside the promise of the test that runs; undefined between tests. */
let thrownBeside: ((thrown: unknown) => void) | undefined;

function beside(thrown: unknown): void {
  if (thrownBeside !== undefined) thrownBeside(thrown);
  else tell({ kind: "failed", name: [], message: `Thrown outside of every test: ${wordsOf(thrown)}` });
}

/** Runs all that was declared. Rejects never; failures are told, and are in the exit code. */
export async function performAll(): Promise<void> {
  close();
  process.on("uncaughtException", beside);
  process.on("unhandledRejection", beside);
  await performSuite(ROOT, [], []);
  tell({ kind: "done" });
}

async function performSuite(suite: Suite, name: readonly string[], above: readonly Suite[]): Promise<void> {
  const chain = [...above, suite];
  if (isSkipped(suite.options)) return skipped(suite, name);
  try {
    await hooksOf([suite], "before", name);
  } catch (thrown) {
    tell({ kind: "failed", name, message: `Hook "before" failed, so that no test of it ran: ${wordsOf(thrown)}` });
    return;
  }
  for (const child of suite.children) {
    const path = [...name, child.name];
    if (child.kind === "suite") await performSuite(child, path, chain);
    else await performTest(child, path, chain);
  }
  try {
    await hooksOf([suite], "after", name);
  } catch (thrown) {
    tell({ kind: "failed", name, message: `Hook "after" failed: ${wordsOf(thrown)}` });
  }
}

async function performTest(test: Test, name: readonly string[], chain: readonly Suite[]): Promise<void> {
  if (isSkipped(test.options)) return skipped(test, name);
  tell({ kind: "start", name });
  const failures: unknown[] = [];
  const { context, reasons } = contextOf(name);
  try {
    await hooksOf(chain, "beforeEach", name);
    await limited(test.body, context, test.options.timeout);
  } catch (thrown) {
    failures.push(thrown);
  }
  context.mock.restoreAll();
  try {
    await hooksOf(chain.toReversed(), "afterEach", name);
  } catch (thrown) {
    failures.push(thrown);
  }
  const [reason] = reasons;
  if (failures.length > 0) tell({ kind: "failed", name, message: failures.map(wordsOf).join("\n") });
  else if (reason !== undefined) tell({ kind: "skipped", name, reason });
  else tell({ kind: "passed", name });
}

function contextOf(name: readonly string[]): { readonly context: Context; readonly reasons: readonly string[] } {
  const reasons: string[] = [];
  const context: Context = {
    name: name.at(-1) ?? "",
    mock: startMocks(),
    skip: (reason = "") => reasons.push(reason),
    diagnostic: (line) => console.log(`# ${line}`),
  };
  return { context, reasons };
}

async function hooksOf(suites: readonly Suite[], kind: HookKind, name: readonly string[]): Promise<void> {
  const { context } = contextOf(name);
  for (const body of suites.flatMap(({ hooks }) => hooks[kind])) await limited(body, context, undefined);
  context.mock.restoreAll();
}

function skipped({ options }: { readonly options: Options }, name: readonly string[]): void {
  tell({ kind: "skipped", name, reason: typeof options.skip === "string" ? options.skip : "" });
}

/** Rejects with what the body throws, with what is thrown beside it meanwhile, or after its time. */
async function limited(body: Body, context: Context, ms: number | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      thrownBeside = reject;
      if (ms !== undefined) timer = setTimeout(() => reject(new Error(`Test is not done after ${ms} ms`)), ms);
      void Promise.resolve()
        .then(() => body(context))
        .then(() => resolve(), reject);
    });
  } finally {
    thrownBeside = undefined;
    clearTimeout(timer);
  }
}
