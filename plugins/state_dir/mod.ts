// Keeps the network's names and proxy settings in files for the programs on the host. Must never fail the host, and
// never removes what it did not write.

import { lstat, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type FrontEnd, type HostContext, type Network, type NoRouterError, PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { fileError, makeFolder, removeEmptyFolders, replaceFile } from "../support/files.ts";
import { tellsTheSame } from "../support/host_lines.ts";
import { expandPath } from "../support/place.ts";
import { RETRY_MS } from "../support/retry.ts";
import { runName } from "../support/run.ts";
import { checkPath } from "../support/trusted_path.ts";
import { stateFiles } from "./contents.ts";
import { ADVICE, checkFolder } from "./ownership.ts";

const NAME = "state-dir";

/** The state directory. */
export const stateDirPlugin: Plugin = {
  name: NAME,
  api: PLUGIN_API,
  setup: (context) => context.frontEnd(stateDirFrontEnd),
};

function stateDirFrontEnd(context: HostContext): FrontEnd {
  /** What was written, by path. */
  const written = new Map<string, string>();
  /** The network that the files tell of; undefined while some could not be written. */
  let shown: Network | undefined;
  /** Folders that were made, the innermost first. */
  let folders: readonly string[] = [];
  /** Tells this agent's files from those of others. */
  let run: string | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  /** What was reported last; empty before the first report. */
  let told = "";

  function tell(address: string, failure?: NoRouterError): void {
    const news = failure ? `${failure.code} ${address}` : "served";
    if (news === told) return;
    told = news;
    if (!failure) context.report({ type: "frontend.listening", frontend: NAME, address, serves: "names and proxy settings" });
    else context.report({ type: "frontend.failed", frontend: NAME, address, code: failure.code, message: failure.message });
  }

  /** Writes what differs from what was written. */
  async function write(folder: string, network: Network): Promise<void> {
    const { vip } = context.self();
    run ??= runName(vip);
    const files = stateFiles(network, context.self(), folder, run);
    const changed = [...files]
      .map(([name, text]) => [join(folder, name), text] as const)
      .filter(([path, text]) => written.get(path) !== text);
    if (changed.length === 0) return;
    await checkPath(folder, ADVICE);
    const made = await makeFolder(folder);
    if (made.length > folders.length) folders = made;
    // What was missing at the first look may be somebody else's by now.
    await checkPath(folder, ADVICE);
    await checkFolder(folder, [...files.keys()], { run, vip });
    for (const [path, text] of changed) {
      await replaceFile(path, Buffer.from(text), { mode: 0o644 }).catch((thrown: unknown) => {
        throw fileError(path, thrown);
      });
      written.set(path, text);
    }
  }

  async function update(): Promise<void> {
    clearTimeout(again);
    const wanted = context.self().entrances?.stateDir;
    const network = context.network();
    if (stopped || wanted === undefined || (shown && tellsTheSame(shown, network))) return;
    shown = undefined;
    let folder = wanted;
    try {
      folder = expandPath(wanted);
      await write(folder, network);
      shown = network;
      tell(folder);
    } catch (thrown) {
      tell(folder, fileError(folder, thrown));
      // Such as until the agent that was here before is gone.
      if (!stopped) again = setTimeout(() => void inTurn(), RETRY_MS);
    }
  }

  function inTurn(): Promise<void> {
    running = running.then(update);
    return running;
  }

  return {
    name: NAME,
    reconcile: inTurn,
    async stop() {
      stopped = true;
      clearTimeout(again);
      await running;
      for (const [path, text] of written) {
        // What differs is another network's by now.
        if ((await textOf(path)) === text) await rm(path, { force: true }).catch(() => undefined);
      }
      written.clear();
      await removeEmptyFolders(folders);
    },
  };
}

/** A file's text; undefined for what is no file, and for what cannot be read. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isFile() ? await readFile(path, "utf8") : undefined;
  } catch {
    return undefined;
  }
}
