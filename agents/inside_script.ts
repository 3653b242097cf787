// The script of programs inside, as a clone keeps it: built anew when a file that it was built of has changed.

import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NoRouterError } from "../core/errors.ts";
import type { Bundle } from "./bundle.ts";
import { cacheFolder, kept } from "./cache.ts";

const SCRIPT = "inside.mjs";
/** What was last built, and of what: a file beside what is kept. */
const LAST = "last.json";

/** A script, and the state of each file that it was built of. */
interface Last {
  readonly version: string;
  readonly sources: readonly (readonly [path: string, state: string])[];
}

/** The path of the script. @throws NoRouterError `agent-unavailable` */
export async function keptInside(note: (line: string) => void): Promise<string> {
  const last = lastBuilt();
  if (last?.sources.every(([path, state]) => stateOf(path) === state))
    return scriptOf(last.version, async () => (await built()).bytes, note);
  const { bytes, sources } = await built();
  const version = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const script = await scriptOf(version, async () => bytes, note);
  remember({ version, sources: sources.map((path) => [path, stateOf(path)]) });
  return script;
}

type Bytes = () => Promise<Uint8Array>;

async function scriptOf(version: string, bytes: Bytes, note: (line: string) => void): Promise<string> {
  const make = async (empty: string) => {
    await writeFile(join(empty, SCRIPT), await bytes());
    return [SCRIPT];
  };
  const [script] = await kept({ shelf: "inside", version, name: "script", make, note });
  if (!script) throw new NoRouterError("internal", "Nothing was built");
  return script.path;
}

async function built(): Promise<Bundle> {
  return (await import("./bundle.ts")).bundleInside();
}

function stateOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.mtimeMs} ${found.size}` : "";
}

/** Undefined where nothing can be kept; there it is built each time. */
function lastPath(): string | undefined {
  const folder = cacheFolder("inside");
  return folder === undefined ? undefined : join(folder, LAST);
}

function lastBuilt(): Last | undefined {
  const path = lastPath();
  try {
    return path === undefined ? undefined : (JSON.parse(readFileSync(path, "utf8")) as Last);
  } catch {
    return undefined;
  }
}

function remember(last: Last): void {
  const path = lastPath();
  if (path === undefined) return;
  try {
    writeFileSync(path, JSON.stringify(last), { mode: 0o600 });
  } catch {
    // The next time.
  }
}
