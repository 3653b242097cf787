// A network that lives as long as one program inside: `norouter exec --manifest`.

import { formatDiagnostic } from "../../core/manifest/mod.ts";
import { type Manager, NoRouterError } from "../../core/mod.ts";
import { networkNamed, type RunningNetwork } from "../../plugins/api/client.ts";
import { type Io, loadManifest } from "../load/io.ts";
import { settled, type View } from "../ui/view.ts";
import { makeNetwork } from "./run_network.ts";

/** A network that runs in this process. */
export interface OwnNetwork extends RunningNetwork {
  stop(): Promise<void>;
}

/**
 * Starts the network of a manifest; nothing of it is shown but what a program at a terminal has to know.
 * @throws NoRouterError as `run`, with the first error of the manifest
 */
export async function startOwnNetwork(file: string, debug: boolean, io: Io): Promise<OwnNetwork> {
  const loaded = await loadManifest(file, io);
  const { manifest, diagnostics, code, text } = loaded;
  for (const finding of diagnostics) io.stderr(`${formatDiagnostic(finding)}\n`);
  if (!manifest) throw new NoRouterError(code, `The network of "${file}" cannot be started`);
  const view = silentView((line) => io.stderr(`norouter: ${line}\n`));
  // Beside a network of the same manifest that runs.
  const options = {
    file,
    name: `exec-${process.pid}`,
    api: true,
    journal: false,
    json: false,
    debug,
    view,
    write: () => undefined,
  } as const;
  const { manager, control, named, name } = await makeNetwork(loaded, options, io);
  const stop = () => manager.stop("the program has ended");
  try {
    await named;
    await control.begin(text, { ...loaded, manifest });
    await allStarted(manager);
    return { ...(await networkNamed(name)), stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** Resolves when each host is ready or has failed. */
function allStarted(manager: Manager): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!settled(manager.network)) return;
      leave();
      resolve();
    };
    const leave = manager.subscribe(look);
    look();
  });
}

function silentView(note: (line: string) => void): View {
  const nothing = () => undefined;
  return { show: nothing, progress: nothing, stopping: nothing, note, close: nothing };
}
