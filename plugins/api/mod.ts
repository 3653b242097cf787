// The API of a running network as an observer: it has a name, a Unix socket of that name, and what programs ask over it.

import { lstatSync } from "node:fs";
import { type Control, NoRouterError, type Observation, PLUGIN_API, type Plugin } from "../../core/mod.ts";
import { fileError, systemCodeOf } from "../support/files.ts";
import { listenError } from "../support/net_errors.ts";
import { bytesTooLongToBind } from "../support/unix_socket.ts";
import { namesLike } from "./probe.ts";
import { type ApiServer, serveApi } from "./server.ts";
import { makeSocketFolder, socketFolders, socketPath } from "./socket_path.ts";
import { followStreams } from "./streams.ts";

export { API_BOUNDS } from "./bounds.ts";
export { freeName } from "./probe.ts";
export { nameOfManifest, socketFolders, socketPath, socketsThere } from "./socket_path.ts";

/** What listening says where something has the path. */
const TAKEN: ReadonlySet<string> = new Set(["EADDRINUSE", "address-in-use"]);

/** What an API is told. */
export interface ApiOptions {
  /** What the network is called; letters, digits, `.`, `_` and `-`. */
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
  const serve = async (): Promise<ApiServer | undefined> => {
    try {
      const { server, name, path } = await open(control, { ...options, debug }, streams);
      opened?.({ name, path });
      return server;
    } catch (thrown) {
      streams.stop();
      failed?.(thrown instanceof NoRouterError ? thrown : listenError("the API's socket", thrown));
      return undefined;
    }
  };
  const serving = serve();
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
  for (const name of orAnother ? namesLike(wanted) : [wanted]) {
    const path = socketPath(await usableFolder(folders ?? socketFolders(), name), name);
    try {
      return { server: await serveApi({ path, called: name, control, streams, debug }), name, path };
    } catch (thrown) {
      if (!TAKEN.has(systemCodeOf(thrown))) throw listenError(path, thrown);
      if (!orAnother && lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false)
        throw new NoRouterError("file-failed", `Cannot listen on ${path}: what is there is no socket`);
    }
  }
  throw new NoRouterError("name-taken", `A network "${wanted}" runs already`);
}

/** The first folder that can be had for a socket of this name. */
async function usableFolder(folders: readonly string[], name: string): Promise<string> {
  let failure: unknown;
  for (const folder of folders) {
    try {
      const path = socketPath(folder, name);
      const tooLong = bytesTooLongToBind(path);
      const wanted = "set 'XDG_RUNTIME_DIR' to a folder with a short path";
      if (tooLong > 0)
        throw new NoRouterError("file-failed", `The socket's path ${path} is ${tooLong} bytes too long; ${wanted}`);
      await makeSocketFolder(folder);
      return folder;
    } catch (thrown) {
      failure ??= thrown instanceof NoRouterError ? thrown : fileError(folder, thrown);
    }
  }
  throw failure ?? new NoRouterError("file-failed", "The user has no home for its socket; set 'XDG_STATE_HOME' to a folder");
}
