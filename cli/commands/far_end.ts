// What `verify` sends in place of the agent: a far end that does what the cases of transports want of it. Must not need
// anything of this package on the host, so it is text that runs as it is.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileAgent } from "../../agents/bun.ts";
import { copyLibraries } from "../../agents/programs.ts";
import { fileInMemory } from "../../agents/script.ts";
import { store } from "../../agents/store.ts";
import type { AgentFile, AgentPlatform, AgentSource } from "../../core/plugin/agent_source.ts";
import { VERSION } from "../../core/version.ts";

/**
 * One module for Node, Deno and Bun. Its first line of input is what it does: `echo` sends back what it gets, `deaf` reads
 * nothing and ends after a minute, `leave` ends with code 7 at the next byte.
 */
const FAR_END = `import process from "node:process";
const { stdin, stdout, stderr } = process;
let line = "";
function first(chunk) {
  const end = chunk.indexOf(10);
  line += chunk.subarray(0, end < 0 ? chunk.length : end).toString();
  if (end < 0) return;
  stdin.off("data", first);
  stdin.pause();
  const rest = chunk.subarray(end + 1);
  if (line === "deaf") setTimeout(() => process.exit(0), 60_000);
  else if (line === "leave") rest.length > 0 ? leave() : stdin.once("data", leave).resume();
  else {
    if (rest.length > 0) stdout.write(rest);
    stdin.pipe(stdout);
  }
}
function leave() {
  stderr.write("last words\\n", () => stdout.write("bye", () => process.exit(7)));
}
stdin.on("data", first);
`;

/** The far end as one JavaScript module; the same in a clone and in an installed package. */
export function farEndScript(): Uint8Array {
  return new TextEncoder().encode(FAR_END);
}

/** A source of far ends, with a look at whether a transport asked for one. */
export interface FarEndSource extends AgentSource {
  readonly asked: boolean;
  /** Removes what was made on this machine. */
  remove(): Promise<void>;
}

/** Gives transports the far end where they ask for the agent. */
export function farEndSource(): FarEndSource {
  let asked = false;
  let folder: Promise<string> | undefined;
  const programs = new Map<string, Promise<readonly AgentFile[]>>();
  return {
    sparesOthers: true,
    version: `${VERSION}-far-end`, // so that a 'norouter' that is installed on the host is not taken for it
    get asked() {
      return asked;
    },
    script: async () => {
      asked = true;
      return fileInMemory("agent.mjs", farEndScript());
    },
    program: async (platform) => {
      folder ??= mkdtemp(join(tmpdir(), "norouter-verify-"));
      const name = `${platform.os}-${platform.arch}${platform.glibc ? "" : "-libraries"}`;
      const made = programs.get(name) ?? programOf(join(await folder, name), platform);
      programs.set(name, made);
      return made;
    },
    remove: async () => {
      if (folder) await rm(await folder, { recursive: true, force: true });
    },
  };
}

/** The far end as a program, with the libraries it needs where the host has no glibc. */
function programOf(folder: string, platform: AgentPlatform): Promise<readonly AgentFile[]> {
  return store(folder, async (empty) => {
    await compileAgent(empty, farEndScript(), platform);
    const withLibraries = platform.os === "linux" && !platform.glibc;
    return ["agent", ...(withLibraries ? await copyLibraries(empty, join(empty, "agent")) : [])];
  });
}
