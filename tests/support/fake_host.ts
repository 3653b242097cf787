// For tests: a host made of a shell with a home, a PATH of chosen tools and an agent of a few lines, on this machine.

import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync } from "node:fs";
import { gzipSync } from "node:zlib";
import {
  type AgentFile,
  type AgentSource,
  type Carrier,
  type CarrierEnd,
  type HostSettings,
  type Limits,
  withLimits,
} from "../../core/mod.ts";
import { withAgent } from "../../transports/support/install/install.ts";
import { processCarrier } from "../../transports/support/process_carrier.ts";
import { pathOf } from "./engines.ts";
import { type TempDir, tempDir } from "./lifetime.ts";

/** The version of the fake agents. */
export const VERSION = "7.7.7";

const TOOLS = [
  "df",
  "env",
  "id",
  "mkdir",
  "uname",
  "chmod",
  "rm",
  "mv",
  "wc",
  "cat",
  "sleep",
  "head",
  "gzip",
  "sha256sum",
  "sh",
  "ls",
  "find",
  "timeout",
  "touch",
];

/** A file of an agent, its bytes given. */
export function agentFile(name: string, bytes: Uint8Array, sha256 = createHash("sha256").update(bytes).digest("hex")): AgentFile {
  return {
    name,
    size: bytes.length,
    sha256,
    open: (packed) => {
      const sent = packed ? gzipSync(bytes) : bytes;
      return Promise.resolve({ size: sent.length, chunks: chunksOf(sent) });
    },
  };
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

const text = (value: string) => new TextEncoder().encode(value);

/** Both forms say what they are and what they were given, and then send back what they get. */
export const SCRIPT = text(
  `import { writeSync } from "node:fs"; writeSync(1, "script " + process.argv.slice(2).join(" ") + "\\n"); process.stdin.pipe(process.stdout);`,
);
export const PROGRAM = text(`#!/bin/sh\necho "program $*"\nexec cat\n`);

/** Runs no script: it says what it was to run, and sends back what it gets. */
export const ENGINE = text(
  `#!/bin/sh\n[ -s "$1" ] || exit 9\n[ "$2" != version ] || exit 0\nshift\necho "engine $*"\nexec cat\n`,
);

/** A source of the fake agents; `program` replaces the files of the program, and is then what hosts without a runtime get. */
export function fakeSource(program?: readonly AgentFile[], engine: AgentFile = agentFile("engine", ENGINE)): AgentSource {
  return {
    version: VERSION,
    ...(program && { choice: "bun" }),
    script: () => Promise.resolve(agentFile("agent.mjs", SCRIPT)),
    engine: () => Promise.resolve(engine),
    program: () => Promise.resolve(program ?? [agentFile("agent", PROGRAM)]),
  };
}

/** A home and a PATH. */
export interface FakeHost {
  readonly home: string;
  readonly path: string;
  /** The command that runs a shell there. */
  argv(shell?: readonly string[]): string[];
  remove(): void;
}

/** A host with these tools and further programs by name. */
export function fakeHost(programs: Readonly<Record<string, string>> = {}, without: readonly string[] = []): FakeHost {
  const dir: TempDir = tempDir("host");
  const [home, path] = [`${dir.path}/home`, `${dir.path}/bin`];
  for (const folder of [home, path]) mkdirSync(folder);
  for (const tool of TOOLS.filter((one) => !without.includes(one))) symlinkSync(pathOf(tool) ?? "", `${path}/${tool}`);
  for (const [name, target] of Object.entries(programs)) symlinkSync(target, `${path}/${name}`);
  const argv = (shell: readonly string[] = ["sh"]) => ["env", "-i", `HOME=${home}`, `PATH=${path}`, ...shell];
  return { home, path, argv, remove: dir.remove };
}

/** What came of a start. */
export interface Started {
  readonly carrier: Carrier;
  output(): string;
  readonly ends: readonly CarrierEnd[];
  /** How many bytes were sent. */
  sent(): number;
  readonly debug: readonly string[];
}

/** Gets an agent started behind a command and starts its carrier. */
export async function startOn(
  argv: readonly string[],
  agents: AgentSource = fakeSource(),
  overrides: Partial<Limits> = {},
  signal: AbortSignal = new AbortController().signal,
  settings: HostSettings = {},
): Promise<Started> {
  const limits = withLimits({ stopMs: 500, ...overrides });
  const debug: string[] = [];
  let sent = 0;
  const shell = processCarrier({ argv, limits, debug: () => undefined });
  const progress = ({ done }: { readonly done: number }) => {
    sent = done;
  };
  const carrier = await withAgent(shell, { agents, limits, signal, settings, progress, debug: (line) => void debug.push(line) });
  const [chunks, ends]: [Uint8Array[], CarrierEnd[]] = [[], []];
  carrier.start({
    data: (chunk) => void chunks.push(chunk.slice()),
    drain: () => undefined,
    closed: (end) => void ends.push(end),
  });
  return { carrier, ends, debug, output: () => Buffer.concat(chunks).toString(), sent: () => sent };
}
