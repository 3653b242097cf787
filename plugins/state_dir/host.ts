// Keeps the network's names and proxy settings in files for the programs on the host. Must never fail the host, and
// never removes what it did not write.

import { lstat, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type FrontEnd, type HostContext, type HostPart, PLUGIN_API } from "../../core/mod.ts";
import { checkPath, fileError, replaceFile, systemCodeOf } from "../support/files.ts";
import { makeFolder, removeEmptyFolders } from "../support/folders.ts";
import { type Holding, keeper } from "../support/keeper.ts";
import { expandPath } from "../support/place.ts";
import type { ProxySettings } from "../support/proxy_settings.ts";
import { runName } from "../support/run_name.ts";
import { stateFiles, type Told, tellSame } from "./contents.ts";
import { ADVICE, checkFolder } from "./ownership.ts";
import { DEFAULT_FOLDER, type StateDirSettings } from "./settings.ts";

const NAME = "state-dir";
const SERVES = "the folder with the names of all hosts and proxy settings";

/** The state directory. */
export const stateDirHost: HostPart = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(stateDirFrontEnd),
};

/** What the files are to tell of. */
interface Wanted extends Told {
  /** Why there can be no such folder. */
  readonly unusable?: unknown;
  /** Nobody named the folder: that it cannot be there is nobody's mistake. */
  readonly unasked: boolean;
}

function stateDirFrontEnd(context: HostContext): FrontEnd {
  /** Folders on read-only file systems, such as that of an agent beside a container. */
  const readOnly = new Set<string>();
  const folders = keeper<Wanted>({
    frontend: NAME,
    context,
    hold: (folder) => whereWritable(folder, readOnly),
    same: (before, now, isHeld) => isHeld && tellSame(before, now),
    serves: (folder) => (readOnly.has(folder) ? "no files, as the file system is read-only" : SERVES),
    failure: fileError,
  });

  /** The folder, and what to write there. */
  function wantedNow(): [string, Wanted][] {
    const { pathOnAgent } = context.settings<StateDirSettings>("stateDir") ?? {};
    if (pathOnAgent === undefined) return [];
    const told = {
      unasked: pathOnAgent === DEFAULT_FOLDER,
      network: context.network(),
      self: context.self(),
      loopback: context.settings("loopback") !== undefined,
      proxies: { http: context.settings<ProxySettings>("http"), socks: context.settings<ProxySettings>("socks") },
    };
    try {
      return [[expandPath(pathOnAgent), told]];
    } catch (thrown) {
      return [[pathOnAgent, { ...told, unusable: thrown }]];
    }
  }

  return {
    name: NAME,
    reconcile: () => folders.keep(new Map(wantedNow())),
    stop: () => folders.stop(),
  };
}

/** The files in one folder; none in one that nobody asked for and that nothing can be written to. */
function whereWritable(folder: string, readOnly: Set<string>): Holding<Wanted> {
  const files = filesIn(folder);
  return {
    ...files,
    open: async (wanted) => {
      readOnly.delete(folder);
      try {
        await files.open(wanted);
      } catch (thrown) {
        if (!wanted.unasked || !isReadOnly(thrown) || files.isWritten()) throw thrown;
        readOnly.add(folder);
      }
    },
  };
}

function isReadOnly(thrown: unknown): boolean {
  return [thrown, (thrown as Error).cause].some((one) => systemCodeOf(one) === "EROFS");
}

/** The files in one folder. */
function filesIn(folder: string): Holding<Wanted> & { isWritten(): boolean } {
  /** What was written, by path. */
  const written = new Map<string, string>();
  /** Folders that were made, the innermost first. */
  let made: readonly string[] = [];
  /** Tells this agent's files from those of others. */
  let owner: { readonly vip: string; readonly run: string } | undefined;

  /** Writes what differs from what was written. */
  async function open({ unusable, ...told }: Wanted): Promise<void> {
    if (unusable) throw unusable;
    const { vip } = told.self;
    if (owner && owner.vip !== vip) await close();
    owner ??= { vip, run: runName(vip) };
    const files = stateFiles(told, folder, owner.run);
    const changed = [...files]
      .map(([name, text]) => [join(folder, name), text] as const)
      .filter(([path, text]) => written.get(path) !== text);
    if (changed.length === 0) return;
    await checkPath(folder, ADVICE);
    const more = await makeFolder(folder);
    if (more.length > made.length) made = more;
    // What was missing at the first look may be somebody else's by now.
    await checkPath(folder, ADVICE);
    await checkFolder(folder, [...files.keys()], owner);
    for (const [path, text] of changed) {
      await replaceFile(path, Buffer.from(text), { mode: 0o644 }).catch((thrown: unknown) => {
        throw fileError(path, thrown);
      });
      written.set(path, text);
    }
  }

  async function close(): Promise<void> {
    for (const [path, text] of written) {
      // What differs is another network's by now.
      if ((await textOf(path)) === text) await rm(path, { force: true }).catch(() => undefined);
    }
    written.clear();
    await removeEmptyFolders(made);
    made = [];
    owner = undefined;
  }

  return { open, close, isWritten: () => written.size > 0 };
}

/** A file's text; undefined for what is no file, and for what cannot be read. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isFile() ? await readFile(path, "utf8") : undefined;
  } catch {
    return undefined;
  }
}
