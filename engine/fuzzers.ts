// Builds the fuzzers of host/fuzz: with libFuzzer where clang has it, with pseudo-random inputs elsewhere.

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, runs } from "./run.ts";

const HOST = fileURLToPath(new URL("host", import.meta.url));

/** The fuzzers, each for the file of its name in host/, and how many inputs take it about a second. */
export const FUZZERS: Readonly<Record<string, number>> = { addresses: 40_000, codecs: 40_000, sha256: 5000, slabs: 2000 };

/** A fuzzer that was built. */
export interface Fuzzer {
  readonly path: string;
  /** The arguments with which it tries so many inputs. */
  readonly args: (inputs: number) => readonly string[];
}

/**
 * Builds a fuzzer into a folder.
 * @throws NoRouterError `agent-unavailable` without a compiler, or when the sources have errors
 */
export async function buildFuzzer(name: string, folder: string): Promise<Fuzzer> {
  const path = join(folder, `fuzz_${name}`);
  await mkdir(folder, { recursive: true });
  const guided = await hasLibFuzzer();
  const checks = `-fsanitize=${guided ? "fuzzer," : ""}address,undefined`;
  const sources = [`fuzz/${name}.c`, `${name}.c`, ...(guided ? [] : ["fuzz/driver.c"])];
  const words = [
    "-std=gnu11",
    "-D_GNU_SOURCE",
    "-O1",
    "-g",
    "-Wall",
    checks,
    "-fno-sanitize-recover=all",
    "-o",
    path,
    ...sources,
  ];
  await run(guided ? "clang" : "gcc", words, { cwd: HOST });
  return { path, args: (inputs) => (guided ? [`-runs=${inputs}`, "-seed=1", "-max_len=400"] : [String(inputs)]) };
}

async function hasLibFuzzer(): Promise<boolean> {
  if (!(await runs("clang"))) return false;
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  return existsSync((await run("clang", [`-print-file-name=libclang_rt.fuzzer-${arch}.a`])).trim());
}
