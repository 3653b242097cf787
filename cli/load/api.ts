// The API of a network that `run` starts: its name, and what becomes of a network that cannot have one.

import { ERRORS, type NoRouterError, type Plugin } from "../../core/mod.ts";
import { loadApi } from "../builtins.ts";

/** What of a command's words concerns the API. */
export interface ApiArgs {
  /** Path of the manifest, or "-". */
  readonly file: string;
  readonly name?: string | undefined;
}

/** Where lines go. */
export interface ApiLines {
  readonly debug: (line: string) => void;
  /** For people. */
  readonly note: (line: string) => void;
}

/** The API as a plugin. */
export interface RunApi {
  readonly plugin: Plugin;
  /** Settles when it is known whether a name that was asked for could be had; at once when none was. */
  readonly named: Promise<void>;
}

/**
 * The API of a network. One whose name was asked for does not start without it; any other does, and says so.
 * @throws NoRouterError `usage` for what is no name; `named` rejects as `address-in-use` and the like
 */
export async function apiOf({ file, name: asked }: ApiArgs, { debug, note }: ApiLines): Promise<RunApi> {
  const { apiPlugin, checkedName, nameOfManifest } = await loadApi();
  const wanted = asked === undefined ? nameOfManifest(file) : checkedName(asked);
  const named = Promise.withResolvers<void>();
  if (asked === undefined) named.resolve();
  const opened = ({ name, path }: { readonly name: string; readonly path: string }) => {
    debug(`The network is called "${name}" and can be asked at ${path}`);
    if (name !== wanted) note(`This network is called "${name}": a network "${wanted}" runs already`);
    named.resolve();
  };
  const failed = (error: NoRouterError) => {
    if (asked === undefined) note(`The network has no API: ${error.message}\n  ${ERRORS[error.code].advice}`);
    named.reject(error);
  };
  named.promise.catch(() => undefined);
  const any = asked === undefined;
  const plugin = apiPlugin({ name: wanted, orAnother: any, waits: any, opened, failed, debug });
  return { plugin, named: named.promise };
}
