// Front-ends that write files, where files are as in containers: mounted one by one, read-only, or on a disk that is full.

import type { ListenerFact } from "../../core/ledger/events.ts";
import { runToEnd } from "./child.ts";
import { PROJECT, runtimeArgv } from "./cli.ts";

/** What the front-end is and what happens to it. */
export interface Play {
  /** The file that the front-end of /etc/hosts keeps, or else: */
  readonly etcHosts?: string;
  /** the folder of the state directory. */
  readonly stateDir?: string;
  /** The names of the network's hosts, the own one first; `stop`; or a shell command. */
  readonly steps: readonly (readonly string[] | string)[];
}

/** What came of it. */
export interface Outcome {
  readonly facts: readonly ListenerFact[];
  /** What each of the shell commands printed. */
  readonly outputs: readonly string[];
}

/**
 * Acts a play in a mount namespace of its own, as its root, after `mounts`, a shell script whose $1 is `folder`. Needs `userns`.
 * The runtime of this process runs it.
 */
export async function inMounts(folder: string, mounts: string, play: Play): Promise<Outcome> {
  const shell = ["unshare", "-Urm", "--", "sh", "-euc", `${mounts}\nshift; exec "$@"`, "sh", folder];
  const argv = [...shell, ...runtimeArgv(), `${PROJECT}/tests/support/mounts_main.ts`];
  const ended = await runToEnd(argv, { input: JSON.stringify(play), cwd: PROJECT });
  if (ended.code !== 0) throw new Error(`The play ended with ${ended.code ?? ended.signal}: ${ended.stderr}`);
  return JSON.parse(ended.stdout) as Outcome;
}
