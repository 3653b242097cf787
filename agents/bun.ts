// Compiles a script to a program with `bun build --compile`.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NoRouterError } from "../core/errors.ts";
import type { AgentPlatform } from "../core/plugin/agent_source.ts";
import { RUNTIME_SWITCHES } from "../transports/support/runtime_switches.ts";
import { wantsGlibc } from "./libraries.ts";
import { platformName } from "./platform.ts";

/** Above what a download of another platform's base takes on a slow line, about 40 MB. */
const LONGEST_MS = 600_000;
/** Last lines of what Bun prints that explain a failure. */
const LAST_LINES = 5;
const SCRIPT = "agent.mjs";

/** In a clone, in a package, and beside a package. */
const PLACES: readonly string[] = ["../node_modules/.bin/bun", "../../node_modules/.bin/bun", "../../../.bin/bun"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/**
 * Compiles a script to the program `agent` in `folder`, and leaves nothing else there.
 * @throws NoRouterError `agent-unavailable` without Bun, or when it cannot make a program for the platform
 */
export async function compileAgent(folder: string, script: Uint8Array, platform: AgentPlatform): Promise<void> {
  const bun = await findBun();
  const own = platform.os === process.platform && platform.arch === process.arch;
  // A Bun made for musl would give a program for musl.
  const present = own && (platform.os !== "linux" || (await wantsGlibc(bun.path)));
  await writeFile(join(folder, SCRIPT), script);
  const { ended, output } = await run(bun.path, [...compileWords(present ? undefined : platform), SCRIPT], folder);
  await rm(join(folder, SCRIPT));
  if (ended) return;
  const name = platformName({ ...platform, glibc: true });
  const reason = output === "" ? "" : `: ${output}`;
  throw new NoRouterError("agent-unavailable", `Bun ${bun.version} could not make a program for ${name}${reason}`);
}

/** Without the two last options a program reads `.env` and `bunfig.toml` in whatever folder it is started. */
function compileWords(target: AgentPlatform | undefined): string[] {
  const words = ["build", "--compile", "--minify", "--outfile=agent"];
  if (target) words.push(`--target=bun-${target.os}-${target.arch}`);
  return [...words, "--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"];
}

interface Bun {
  readonly path: string;
  readonly version: string;
}

async function findBun(): Promise<Bun> {
  const bun = (await presentBun()) ?? ((await installInClone()) ? await presentBun() : undefined);
  if (bun !== undefined) return bun;
  throw new NoRouterError(
    "agent-unavailable",
    "An agent that needs no runtime is made with Bun, which is not here; 'npm install -g bun' installs it",
  );
}

let installing: Promise<boolean> | undefined;

/** A clone is installed without what only some manifests need; a package has no bootstrap beside it. */
function installInClone(): Promise<boolean> {
  const bootstrap = new URL("../cli/bootstrap.mjs", import.meta.url);
  if (!existsSync(bootstrap)) return Promise.resolve(false);
  installing ??= import(bootstrap.href).then(({ installTools }: { installTools: InstallTools }) => installTools(["bun"]));
  return installing;
}

type InstallTools = (tools: readonly string[]) => Promise<boolean>;

async function presentBun(): Promise<Bun | undefined> {
  const name = process.platform === "win32" ? "bun.exe" : "bun";
  const inPath = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => (isAbsolute(folder) ? join(folder, name) : []));
  const own = process.versions.bun === undefined ? [] : [process.execPath];
  for (const path of [...own, ...PLACES, ...inPath].filter((place) => existsSync(place))) {
    const { ended, output } = await run(path, ["--version"], ".");
    if (ended) return { path, version: output };
  }
  return undefined;
}

/** What would make another program of Bun, or of one that it makes. */
const SWITCHES: ReadonlySet<string> = new Set([...RUNTIME_SWITCHES, "LD_PRELOAD"]);

/** What a program printed, and whether it ended well. */
function run(program: string, words: readonly string[], cwd: string): Promise<{ ended: boolean; output: string }> {
  return new Promise((resolve) => {
    let output = "";
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !SWITCHES.has(name)));
    const child = spawn(program, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: LONGEST_MS });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("error", () => resolve({ ended: false, output }));
    child.on("close", (code) => resolve({ ended: code === 0, output: lastLines(output) }));
  });
}

function lastLines(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines
    .filter((line) => line !== "")
    .slice(-LAST_LINES)
    .join("; "); // one sentence, whatever it said
}
