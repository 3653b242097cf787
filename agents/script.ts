// The agent's script: built from the sources in a clone, read from the package elsewhere.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { messageOf, NoRouterError } from "../core/errors.ts";
import type { AgentFile } from "../core/plugin/agent_source.ts";
import { keptInside } from "./inside_script.ts";

const SOURCES = fileURLToPath(new URL("../cli/agent_main.ts", import.meta.url));
const PACKAGED = fileURLToPath(new URL("../agent.mjs", import.meta.url));
const INSIDE_SOURCES = fileURLToPath(new URL("../cli/inside_main.ts", import.meta.url));
const INSIDE_PACKAGED = fileURLToPath(new URL("../inside.mjs", import.meta.url));

/** The script with its bytes. */
export interface AgentScript extends AgentFile {
  readonly bytes: Uint8Array;
  /** The file that holds it; undefined when it was built in memory. */
  readonly path: string | undefined;
}

let made: Promise<AgentScript> | undefined;
let inside: Promise<string> | undefined;

/**
 * The script; made once in a process.
 * @throws NoRouterError `agent-unavailable`
 */
export function agentScript(): Promise<AgentScript> {
  made ??= make().catch((thrown) => {
    made = undefined;
    throw thrown;
  });
  return made;
}

/**
 * The path of the script of a program inside: in the package, or built of the sources and kept; found once in a process.
 * @throws NoRouterError `agent-unavailable`
 */
export function insideScript(note: (line: string) => void): Promise<string> {
  inside ??= makeInside(note).catch((thrown) => {
    inside = undefined;
    throw thrown;
  });
  return inside;
}

async function makeInside(note: (line: string) => void): Promise<string> {
  if (!existsSync(INSIDE_SOURCES)) {
    if (existsSync(INSIDE_PACKAGED)) return INSIDE_PACKAGED;
    throw new NoRouterError("agent-unavailable", `The package is not whole: "${INSIDE_PACKAGED}" is missing`);
  }
  return keptInside(note);
}

async function make(): Promise<AgentScript> {
  if (existsSync(SOURCES)) return scriptOf(await (await import("./bundle.ts")).bundleAgent(), undefined);
  try {
    return scriptOf(await readFile(PACKAGED), PACKAGED);
  } catch (thrown) {
    throw new NoRouterError("agent-unavailable", `The package is not whole: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function scriptOf(bytes: Uint8Array, path: string | undefined): AgentScript {
  return { ...fileInMemory("agent.mjs", bytes), bytes, path };
}

/** A file of an agent whose bytes are at hand. */
export function fileInMemory(name: string, bytes: Uint8Array): AgentFile {
  let packed: Promise<Uint8Array> | undefined;
  return {
    name,
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    async open(wanted) {
      if (wanted) packed ??= promisify(gzip)(bytes, { level: 9 });
      const chunk = wanted ? ((await packed) ?? bytes) : bytes;
      return { size: chunk.length, chunks: oneChunk(chunk) };
    },
  };
}

async function* oneChunk(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk;
}
