// The API of a running network as an observer: it has a name, a Unix socket of that name, and what programs ask over it.

import { type Control, NoRouterError, type Observation, PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { systemCodeOf } from "../support/files.ts";
import { listenError } from "../support/net_errors.ts";
import { makeSocketFolder, socketFolders, socketPath } from "./place.ts";
import { type ApiServer, serveApi } from "./server.ts";
import { followStreams } from "./streams.ts";

export { API_BOUNDS } from "./bounds.ts";
export * from "./client.ts";
export { checkedName, nameOfManifest, socketFolders, socketPath, socketsThere } from "./place.ts";

/** What an API is told. */
export interface ApiOptions {
  /** What the network is called; see `checkedName`. */
  readonly name: string;
  /** Takes `NAME-2`, `NAME-3` and so on when another network has the name. Default: false. */
  readonly orAnother?: boolean;
  /** Where its socket may be, the preferred folder first. Default: {@link socketFolders}. */
  readonly folders?: readonly string[];
  /** Called once: it listens there under that name. */
  readonly opened?: (place: { readonly name: string; readonly path: string }) => void;
  /** Called once: it cannot listen. */
  readonly failed?: (error: NoRouterError) => void;
  readonly debug?: (line: string) => void;
}

/** So many networks of one name are a mistake. */
const MOST_NAMES = 100;

/** The API as a plugin; the network does without it when it cannot listen. */
export function apiPlugin(options: ApiOptions): Plugin {
  return {
    name: "api",
    api: PLUGIN_API,
    setup: (context) => context.observer({ name: "api", observe: (control) => observe(control, options) }),
  };
}

function observe(control: Control, options: ApiOptions): Observation {
  const { opened, failed, debug = () => undefined } = options;
  const streams = followStreams(control);
  const serving = open(control, { ...options, debug }, streams).then(
    ({ server, name, path }) => {
      opened?.({ name, path });
      return server;
    },
    (thrown: unknown) => {
      streams.stop();
      failed?.(thrown instanceof NoRouterError ? thrown : listenError("the API's socket", thrown));
      return undefined;
    },
  );
  return {
    async stop() {
      await (await serving)?.stop();
      streams.stop();
    },
  };
}

interface Opened {
  readonly server: ApiServer;
  readonly name: string;
  readonly path: string;
}

async function open(
  control: Control,
  { name: wanted, orAnother = false, folders, debug }: ApiOptions & { readonly debug: (line: string) => void },
  streams: ReturnType<typeof followStreams>,
): Promise<Opened> {
  const folder = await usableFolder(folders ?? socketFolders());
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    const path = socketPath(folder, name);
    try {
      return { server: await serveApi({ path, called: name, control, streams, debug }), name, path };
    } catch (thrown) {
      if (systemCodeOf(thrown) !== "EADDRINUSE") throw listenError(path, thrown);
      if (!orAnother || number >= MOST_NAMES)
        throw new NoRouterError("address-in-use", `A network "${name}" runs already, at ${path}`, { cause: thrown });
    }
  }
}

/** The first folder that can be had. */
async function usableFolder(folders: readonly string[]): Promise<string> {
  let failure: unknown;
  for (const folder of folders) {
    try {
      await makeSocketFolder(folder);
      return folder;
    } catch (thrown) {
      failure ??= listenError(folder, thrown);
    }
  }
  throw failure;
}
