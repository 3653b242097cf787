// Puts together what `run` runs: a manager with its journal, the one way in to it, and its API.

import { resolve } from "node:path";
import { codeLoader } from "../../agents/code_loader.ts";
import {
  type AgentChoice,
  createControl,
  createManager,
  type HostId,
  type Manager,
  type OwnControl,
  registryOf,
  type StartProgress,
  setUp,
} from "../../core/mod.ts";
import { apiOf, nameWithoutApi } from "../load/api.ts";
import { isLeftOut } from "../load/choose_plugins.ts";
import { type Io, type LoadedManifest, readManifestAgain } from "../load/io.ts";
import { readerFor } from "../load/read_again.ts";
import { ownInfo } from "../process/runtime.ts";
import type { View } from "../ui/view.ts";
import { openJournal } from "./run_journal.ts";
import { tellChange } from "./run_reload.ts";

/** A network that can begin. */
export interface MadeNetwork {
  /** What it is called. */
  readonly name: string;
  readonly manager: Manager;
  readonly control: OwnControl;
  /** Rejects when a name that was asked for cannot be had. */
  readonly named: Promise<void> | undefined;
}

/** How it is run and shown. */
export interface NetworkOptions {
  /** The manifest's path, or "-". */
  readonly file: string;
  readonly name?: string | undefined;
  readonly api?: boolean;
  readonly journal?: string | false | undefined;
  readonly agent?: AgentChoice | undefined;
  readonly json: boolean;
  readonly debug: boolean;
  readonly view: View;
  /** Writes to standard output. */
  readonly write: (text: string) => void;
}

/** Puts a network together. @throws NoRouterError as `apiOf` and `openJournal` */
export async function makeNetwork(loaded: LoadedManifest, options: NetworkOptions, io: Io): Promise<MadeNetwork> {
  const { file, view, write } = options;
  const note = (line: string) => view.note(line);
  const debug = options.debug ? note : () => undefined;
  const isQuiet = options.api === false || isLeftOut("api", loaded.entries);
  const api = isQuiet ? undefined : await apiOf(options, { debug, note });
  const limits = loaded.manifest?.limits;
  const name = api?.name ?? (await nameWithoutApi(options));
  const store = await openJournal({ kind: loaded.registry.store, journal: options.journal, name, limits, note });
  const { agentSource } = await import("../../agents/mod.ts");
  const manager = createManager({
    plugins: api ? registryOf([...loaded.registry.parts, setUp(api.plugin)]) : loaded.registry,
    agent: ownInfo(),
    agents: agentSource({ note, choice: options.agent }),
    codeLoader: codeLoader(),
    hostCode: loaded.hostCode,
    folder: loaded.folder,
    name,
    limits,
    progress: (host: HostId, step: StartProgress) => view.progress(host, step),
    stopping: () => view.stopping(),
    debug,
    ...(store && { store }),
  });
  manager.subscribe((events, network) => view.show(events, network));
  const control = createControl({
    manager,
    read: readerFor({ ...loaded, limits }),
    // Standard input is read once.
    manifest: file === "-" ? { file: "standard input" } : { file, path: resolve(file), load: () => readManifestAgain(file, io) },
    explain: async (question) => (await import("./explain.ts")).explainLive(question),
    told: (outcome) => tellChange(outcome, { note, ...(options.json && { json: write }) }),
    debug,
  });
  return { name, manager, control, named: api?.named };
}
