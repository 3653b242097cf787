// Runs code of third parties' host parts in this process, without fetching anything, and keeps it beside an agent that was
// sent. Must not trust what is kept: its hash is checked elsewhere.

import { realpathSync } from "node:fs";
import { chmod, lstat, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type CodeLoader, firstCharacters, isHash, LONGEST_FOREIGN_MESSAGE, messageOf, NoRouterError } from "../core/mod.ts";

/** Files that are kept in one folder; beyond that the oldest go. */
const MOST_KEPT = 16;
const ENDING = ".part";
/** Under such a name a file is written, which takes moments. */
const HALF = /^[0-9a-f]{64}\.part\.[0-9]+$/;
const LEFT_MS = 60 * 60 * 1000;

/** Loads code; `folder` is the agent's own, where code is kept if there is one. */
export function codeLoader(folder?: string): CodeLoader {
  return folder === undefined ? { load } : { load, ...keeper(folder) };
}

/** The folder in which an agent was started, if it is the one that holds its own file. */
export function ownFolder(started: string): string | undefined {
  const isOwn = (file: string | undefined) => {
    try {
      return file !== undefined && dirname(realpathSync(file)) === started;
    } catch {
      return false;
    }
  };
  return isOwn(process.argv[1]) || isOwn(process.execPath) ? started : undefined;
}

/** Every runtime imports a module from its own text, a compiled program too; there it reaches no file and no network. */
async function load({ bytes }: { readonly bytes: Uint8Array }): Promise<unknown> {
  const { hostToolkit } = await import("../plugins/support/toolkit.ts");
  const address = `data:text/javascript;base64,${Buffer.from(bytes).toString("base64")}`;
  const { default: exported } = await imported(address);
  if (exported === undefined)
    throw new NoRouterError(
      "plugin-invalid",
      "Host module has no default export; a host part, or a function that makes one, was wanted",
    );
  return typeof exported === "function" ? (exported as (toolkit: typeof hostToolkit) => unknown)(hostToolkit) : exported;
}

async function imported(address: string): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(address)) as { readonly default?: unknown };
  } catch (thrown) {
    // Some runtimes repeat the whole text.
    const [line = ""] = messageOf(thrown).replaceAll(address, "it").split("\n", 1);
    throw new NoRouterError(
      "plugin-invalid",
      `Host module cannot be imported: ${firstCharacters(line, LONGEST_FOREIGN_MESSAGE)}`,
      { cause: thrown },
    );
  }
}

function keeper(folder: string): Required<Pick<CodeLoader, "kept" | "keep">> {
  const pathOf = (hash: string) => join(folder, hash + ENDING);
  return {
    // A pipe or a device would be read for ever.
    kept: (hash) =>
      lstat(pathOf(hash)).then(
        (found) => (found.isFile() ? readFile(pathOf(hash)).catch(() => undefined) : undefined),
        () => undefined,
      ),
    async keep({ hash, bytes }) {
      const path = pathOf(hash);
      const made = `${path}.${process.pid}`;
      try {
        await writeFile(made, bytes, { mode: 0o600, flag: "wx" });
        await chmod(made, 0o600);
        await rename(made, path);
        await removeOldest(folder);
      } catch {
        // It is sent again the next time.
        await rm(made, { force: true }).catch(() => undefined);
      }
    },
  };
}

/** Removes what is beyond the bound, and what processes that were killed have left half written. */
async function removeOldest(folder: string): Promise<void> {
  const all = await readdir(folder);
  await Promise.all(all.filter((name) => HALF.test(name)).map((name) => removeLeft(join(folder, name)).catch(() => undefined)));
  const names = all.filter((name) => name.endsWith(ENDING) && isHash(name.slice(0, -ENDING.length)));
  if (names.length <= MOST_KEPT) return;
  const files = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })));
  const old = files.sort((a, b) => b.at - a.at).slice(MOST_KEPT);
  await Promise.all(old.map(({ name }) => rm(join(folder, name), { force: true })));
}

/** Removes a file that is too old to be still written. @throws when it is gone, or is no file */
async function removeLeft(half: string): Promise<void> {
  if (Date.now() - (await stat(half)).mtimeMs > LEFT_MS) await rm(half, { force: true });
}
