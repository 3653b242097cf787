// One bundled test file in a process of the engine: what it told, what it wrote, how it ended.

import { spawn } from "node:child_process";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { onEnd } from "../lifetime.ts";
import type { TestBundle } from "./bundle.ts";
import { servePrograms } from "./programs.ts";
import { fullName, RECORDS, type TestRecord } from "./records.ts";

/** A test, or a file, that failed. */
export interface Failure {
  readonly name: string;
  readonly message: string;
}

/** What came of a file. */
export interface Outcome {
  readonly passed: number;
  readonly failures: readonly Failure[];
  /** The reason of each test that was skipped. */
  readonly skipped: readonly string[];
  /** Lines that tests print and that begin with `# `, such as figures. */
  readonly notes: readonly string[];
}

/** How to run a file. */
export interface HowToRun {
  /** The engine, or a runtime in its place. */
  readonly program: string;
  /** A folder for files of this run. */
  readonly folder: string;
  /** A process that lives longer is ended. */
  readonly limitMs: number;
}

interface Ended {
  readonly how: string;
  readonly isGood: boolean;
  readonly output: string;
}

const LAST_OUTPUT = 4000; // characters

/** Runs a bundle; `number` is one of its own among the bundles of the folder. */
export async function runBundle(bundle: TestBundle, number: number, how: HowToRun): Promise<Outcome> {
  const base = `${how.folder}/${number}`;
  writeFileSync(`${base}.mjs`, bundle.code);
  writeFileSync(`${base}.records`, "");
  const ended = await processOf(base, how);
  const records = readFileSync(`${base}.records`, "utf8").split("\n").filter(Boolean);
  const told = records.map((line) => JSON.parse(line) as TestRecord);
  const failures = told.flatMap((record) => (record.kind === "failed" ? [{ ...record, name: fullName(record.name) }] : []));
  const whole = wholeFile(told, ended, how.limitMs, failures.length > 0);
  const inSources = (text: string) => mapped(text, `${base}.mjs`, bundle.sourceMap);
  return {
    passed: told.filter(({ kind }) => kind === "passed").length,
    failures: [...failures, ...whole].map(({ name, message }) => ({ name, message: inSources(message) })),
    skipped: told.flatMap((record) => (record.kind === "skipped" ? [record.reason] : [])),
    notes: ended.output.split("\n").filter((line) => line.startsWith("# ")),
  };
}

function processOf(base: string, { program, limitMs }: HowToRun): Promise<Ended> {
  const output = openSync(`${base}.output`, "a");
  const programs = servePrograms(`${base}.programs`, output);
  const env = { ...process.env, ...programs.env, [RECORDS]: `${base}.records` };
  // A pipe of its own for input: a test that goes wrong as root could do harm to /dev/null.
  const child = spawn(program, [`${base}.mjs`], { stdio: ["pipe", output, output], env });
  child.stdin?.on("error", () => undefined).end();
  const forget = onEnd(() => child.kill("SIGKILL"));
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, limitMs);
  return new Promise((resolve) => {
    const end = (how: string, isGood: boolean) => {
      clearTimeout(limit);
      forget();
      programs.stop();
      resolve({ how: isLate ? "hangs" : how, isGood, output: readFileSync(`${base}.output`, "utf8") });
    };
    child.on("error", ({ message }) => end(`could not be started: ${message}`, false));
    child.on("exit", (code, signal) => end(`ended with ${signal ?? `code ${code}`}`, code === 0));
  });
}

/** What went wrong beside the tests: the file ended early, or not at all, or with an error that no test told. */
function wholeFile(told: readonly TestRecord[], { how, isGood, output }: Ended, limitMs: number, hasFailed: boolean): Failure[] {
  const isDone = told.some(({ kind }) => kind === "done");
  if (isDone && told.length === 1) return [{ name: fullName([]), message: "It has no tests" }];
  if (isDone && (isGood || (hasFailed && how === "ended with code 1"))) return [];
  const last = told.at(-1);
  const name = last?.kind === "start" ? fullName(last.name) : fullName([]);
  const when = isDone ? "after its last test" : last === undefined ? "before its first test" : `in or after "${nameOf(last)}"`;
  const what = how === "hangs" ? `did not end within ${limitMs / 1000} s` : how;
  return [{ name, message: `The process ${what}, ${when}\n${output.slice(-LAST_OUTPUT)}` }];
}

const nameOf = (record: TestRecord): string => ("name" in record ? fullName(record.name) : "");

/** A text with places of the bundle replaced by those of the sources. */
function mapped(text: string, path: string, sourceMap: string): string {
  const map = new SourceMap(JSON.parse(sourceMap));
  const place = new RegExp(`(?:file://)?${path}:(\\d+)(?::(\\d+))?`, "g");
  return text.replace(place, (all, line, column = "1") => {
    const found = map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!("originalSource" in found)) return all;
    return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}
