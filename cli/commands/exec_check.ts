// `norouter exec --check`: tries each way in which a program can be run inside, and says what forbids it.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { insideStart } from "../../agents/inside_start.ts";
import { safeJson } from "../../core/manifest/mod.ts";
import { type InsideTrial, messageOf } from "../../core/mod.ts";
import type { Io } from "../load/io.ts";
import { wrapped } from "../ui/wrap.ts";
import { adviceFor } from "./exec_advice.ts";

/** A way, in the order in which they are taken. */
const WAYS = [
  { name: "held", what: "a network of its own, connections held until their targets answer", holds: true },
  { name: "plain", what: "a network of its own, connections made at once", holds: false },
] as const;

/** What became of a way. */
interface Tried extends InsideTrial {
  readonly way: string;
  readonly advice: readonly string[];
}

/** Tries the ways and prints what came of each; returns 0 when one of them works, else 71. */
export async function checkExec(json: boolean, io: Io): Promise<number> {
  const tried: Tried[] = [];
  for (const { name, holds } of WAYS) {
    const trial = await tryOne(holds, io);
    tried.push({ way: name, ...trial, advice: trial.works ? [] : adviceFor(trial, readSystem) });
  }
  if (json) io.stdout(`${safeJson({ ways: tried }, 2)}\n`);
  else for (const [at, { what }] of WAYS.entries()) for (const line of linesOf(what, tried[at] as Tried)) io.stdout(`${line}\n`);
  return tried.some(({ works }) => works) ? 0 : 71;
}

async function tryOne(holds: boolean, io: Io): Promise<InsideTrial> {
  const start = await insideStart((line) => io.stderr(`norouter: ${line}\n`));
  try {
    const [program = "", ...words] = start.trial(holds);
    const { stdout } = await promisify(execFile)(program, words);
    return JSON.parse(stdout) as InsideTrial;
  } catch (thrown) {
    return { works: false, lacks: [], failed: { step: "the engine", errno: 0, text: messageOf(thrown) } };
  } finally {
    start.remove();
  }
}

function linesOf(what: string, { works, lacks, failed, advice }: Tried): string[] {
  const state = works ? "works" : failed ? `does not work: ${failed.step}: ${failed.text}` : "does not work";
  const without = lacks.map((lack) => `without ${lack}`);
  return [...wrapped("", `${what}: ${state}`), ...[...without, ...advice].flatMap((line) => wrapped("  ", line))];
}

/** A file of /proc or /etc; undefined where there is none. */
function readSystem(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
