// `norouter exec`: runs a program inside a network.

import { insideStart } from "../../agents/inside_start.ts";
import { networkNamed } from "../../plugins/api/client.ts";
import type { ExecValues } from "../exec_args.ts";
import type { Io } from "../load/io.ts";
import { type Ending, endAs, runAsOwn } from "../process/run_as_own.ts";
import { addExecHost } from "./exec_host.ts";
import { startOwnNetwork } from "./exec_network.ts";

/**
 * Runs a program inside a network, and ends as it ends: with its exit code, which is returned, or by its signal.
 * @throws NoRouterError `no-network`, `usage`, `agent-unavailable`, or what the network refuses its host with
 */
export async function exec(args: ExecValues, io: Io): Promise<number> {
  const { program, manifest, debug } = args;
  if (args.check) return (await import("./exec_check.ts")).checkExec(args.json, io);
  const start = await insideStart((line) => io.stderr(`norouter: ${line}\n`));
  const own = manifest === undefined ? undefined : await startOwnNetwork(manifest, debug, io);
  let ending: Ending;
  try {
    const network = own ?? (await networkNamed(args.name));
    const host = await addExecHost(network.path, args, start.socket);
    // What is made is given to who removes it in one go: no signal comes between.
    ending = await runAsOwn(start.begin({ ...host, program, link: "socket", holds: true, debug }));
  } finally {
    start.remove();
    await own?.stop();
  }
  return endAs(ending);
}
