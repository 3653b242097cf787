// The two helper processes of a run, seen from the parent: the target server and the load generator.
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "../tests/support/child.ts";
import { runtimeArgv } from "../tests/support/cli.ts";
import type { Address, Job, Result } from "./jobs.ts";

/** A line-by-line conversation with a helper. */
interface Helper {
  readonly child: Child;
  next(): Promise<string>;
}

// Always the same runtime, whichever one the program under test runs on.
function helperRuntime(): string[] {
  const node = runtimeArgv("node24");
  return existsSync(node[0] ?? "") ? node : runtimeArgv();
}

async function startHelper(file: string): Promise<Helper> {
  const child = await startChild([...helperRuntime(), fileURLToPath(new URL(file, import.meta.url))]);
  if (child.process.stdout === null) throw new Error(`No output of ${file}`);
  const lines = createInterface({ input: child.process.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`"${file}" ended: ${child.stderr()}`);
    return line.value;
  };
  return { child, next };
}

/** The target: one server for all peers. */
export interface Target extends Address {
  stop(): Promise<void>;
}

/** Starts the target server on 127.0.0.1. */
export async function startTarget(): Promise<Target> {
  const helper = await startHelper("./target.ts");
  return { host: "127.0.0.1", port: Number(await helper.next()), stop: () => helper.child.stop() };
}

/** The load generator; does one job at a time. */
export interface Load {
  /** Rejects when the job failed, for example because a connection was refused or reset. */
  ask(job: Job): Promise<Result>;
  stop(): Promise<void>;
}

/** Starts the load generator. */
export async function startLoad(): Promise<Load> {
  const helper = await startHelper("./load.ts");
  const ask = async (job: Job) => {
    helper.child.process.stdin?.write(`${JSON.stringify(job)}\n`);
    const answer = JSON.parse(await helper.next()) as { result?: Result; error?: string };
    if (answer.result === undefined) throw new Error(`${job.kind}: ${answer.error}`);
    return answer.result;
  };
  return { ask, stop: () => helper.child.stop() };
}
