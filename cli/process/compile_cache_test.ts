// What Node has compiled is kept where nobody else could put code, read at the next start, and not at all elsewhere.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { runToEnd } from "../../tests/support/child.ts";
import { programArgv } from "../../tests/support/cli.ts";
import { tempDir } from "../../tests/support/lifetime.ts";
import { IS_DENO } from "../load/plugin_files.ts";

const dir = tempDir("compiled");
after(() => dir.remove());
const KEEPS = !process.versions.bun && !IS_DENO;
const SLOW = { timeout: 60_000 };

/** The cache folder of this name, made with a mode. */
function cache(name: string, mode = 0o700): string {
  const folder = `${dir.path}/${name}`;
  mkdirSync(folder);
  chmodSync(folder, mode);
  return folder;
}

/** Runs a command that loads little. */
async function run(env: Readonly<Record<string, string>>): Promise<void> {
  // Bun without a home keeps things of its own where it is started.
  const options = { cwd: dir.path, env: { NODE_COMPILE_CACHE: "", ...env } };
  const { code, stdout } = await runToEnd([...programArgv(), "show-example"], options);
  assert.deepEqual([code, stdout.includes("hosts:")], [0, true]);
}

/** What norouter keeps in a cache folder; other runtimes have their own things there. */
function filesIn(folder: string): string[] {
  const place = `${folder}/norouter`;
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(place, { recursive: true, withFileTypes: true }).flatMap((one) => (one.isFile() ? [one.name] : []));
}

test("what was compiled is kept for this user alone, and read the next time", SLOW, async () => {
  const folder = cache("kept");
  await run({ XDG_CACHE_HOME: folder });
  const kept = filesIn(folder);
  assert.equal(kept.length > 0, KEEPS);
  if (!KEEPS) return;
  assert.equal(statSync(`${folder}/norouter/compiled`).mode & 0o777, 0o700);
  await run({ XDG_CACHE_HOME: folder });
  assert.deepEqual(filesIn(folder).sort(), kept.sort());
});

test(
  "nothing is kept where another user could change it, where nothing can be written, or where it is not wanted",
  SLOW,
  async () => {
    const open = cache("open", 0o777);
    const file = cache("file");
    writeFileSync(`${file}/norouter`, "");
    const off = cache("off");
    await run({ XDG_CACHE_HOME: open });
    await run({ XDG_CACHE_HOME: file });
    await run({ XDG_CACHE_HOME: off, NODE_DISABLE_COMPILE_CACHE: "1" });
    await run({ XDG_CACHE_HOME: "", HOME: "" });
    // The kernel makes no folder there, which Node's own way to make folders does not take for an answer.
    await run({ XDG_CACHE_HOME: "/proc/cache" });
    assert.deepEqual([open, file, off].map(filesIn), [[], [], []]);
  },
);
