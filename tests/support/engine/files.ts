// Which test files have to do with the engine, and why others cannot run on it.

import { dirname } from "node:path";
import { agentArgv } from "../cli.ts";
import { agentSources, filesWith } from "./bundle.ts";

/** The engine's own modules, whose tests say what Node does. */
const ENGINE_MODULES = "engine/node/";

/** The command line, of which the agent's script has its entry, is the manager's. */
const COMMAND_LINE = "cli/";

/** What hosts do not have, and so neither does the engine; a module that is missing there and is not named here is a failure. */
const ABSENT: Readonly<Record<string, string>> = {
  esbuild: "makes agents",
  http: "speaks HTTP with the runtime's own client or server",
  http2: "speaks HTTP with the runtime's own client or server",
  https: "speaks HTTP with the runtime's own client or server",
  zlib: "packs agents",
};

/** Test files by what of them is on the engine. */
export interface FilesOnEngine {
  /** All of it: unit tests of the engine's modules, and of folders of which the agent's script has a part. */
  readonly whole: ReadonlySet<string>;
  /** The agents that they start with `agentArgv`. */
  readonly agents: ReadonlySet<string>;
}

/** Chooses from test files; a file is in one set at most. */
export async function filesOnEngine(files: readonly string[]): Promise<FilesOnEngine> {
  const folders = new Set((await agentSources()).map(dirname).filter((folder) => !`${folder}/`.startsWith(COMMAND_LINE)));
  // What remains of a file, and of what it imports, in a bundle tells whether it uses a function.
  const agents = await filesWith(files, `function ${agentArgv.name}(`);
  const ofHosts = (file: string) => file.startsWith(ENGINE_MODULES) || folders.has(dirname(file));
  return { whole: new Set(files.filter((file) => !agents.has(file) && ofHosts(file))), agents };
}

/** Why a file cannot run on the engine, by what its bundle imports; undefined where it can. */
export function leftOutFor(imports: readonly string[]): string | undefined {
  const name = imports.find((one) => Object.hasOwn(ABSENT, one));
  return name === undefined ? undefined : `${ABSENT[name]} (${name})`;
}
