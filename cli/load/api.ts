// The API of a network that `run` starts: its name, and what becomes of a network that cannot have one.

import { ERRORS, NoRouterError, type Plugin } from "../../core/mod.ts";
import { checkedNetworkName } from "../../plugins/support/network_name.ts";
import { loadApi } from "../builtins.ts";

/** What of a command's words concerns the API. */
export interface ApiArgs {
  /** Path of the manifest, or "-". */
  readonly file: string;
  readonly name?: string | undefined;
}

/**
 * What a network without an API is called.
 * @throws NoRouterError `usage` for what is no name
 */
export async function nameWithoutApi({ file, name: asked }: ApiArgs): Promise<string> {
  return asked === undefined ? (await loadApi()).nameOfManifest(file) : checkedNetworkName(asked);
}

/** Where lines go. */
export interface ApiLines {
  readonly debug: (line: string) => void;
  /** For people. */
  readonly note: (line: string) => void;
}

/** What a network is called, and its API as a plugin. */
export interface RunApi {
  /** No network that runs has this name. */
  readonly name: string;
  readonly plugin: Plugin;
  /** Settles when it is known whether a name that was asked for could be had; at once when none was. */
  readonly named: Promise<void>;
}

/**
 * The API of a network. One whose name was asked for does not start without it; any other does, and says so.
 * @throws NoRouterError `usage` for what is no name, `name-taken` for one that was asked for and is taken; `named` rejects alike
 */
export async function apiOf({ file, name: asked }: ApiArgs, { debug, note }: ApiLines): Promise<RunApi> {
  const { apiPlugin, freeName, nameOfManifest } = await loadApi();
  const wanted = asked === undefined ? nameOfManifest(file) : checkedNetworkName(asked);
  const free = await freeName(wanted);
  if (asked !== undefined && free !== asked) throw new NoRouterError("name-taken", `A network "${asked}" runs already`);
  const named = Promise.withResolvers<void>();
  if (asked === undefined) named.resolve();
  const opened = ({ name, path }: { readonly name: string; readonly path: string }) => {
    debug(`The network is called "${name}" and can be asked at ${path}`);
    if (name !== wanted) note(`This network is called "${name}": a network "${wanted}" runs already`);
    named.resolve();
  };
  const failed = (error: NoRouterError) => {
    if (asked === undefined)
      for (const line of [`The network has no API: ${error.message}`, `  ${ERRORS[error.code].advice}`]) note(line);
    named.reject(error);
  };
  named.promise.catch(() => undefined);
  const plugin = apiPlugin({ name: free, orAnother: asked === undefined, opened, failed, debug });
  return { name: free, plugin, named: named.promise };
}
