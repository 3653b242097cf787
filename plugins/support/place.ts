// Where to listen and what to write, from texts of the manifest: `address:port`, `unix:` and a path, a path with `~`.
// What they stand for is known on the host alone.

import type { Socket } from "node:net";
import { resolve } from "node:path";
import { isLocalHost, NoRouterError, type Place } from "../../core/mod.ts";
import { homeFolder } from "./home.ts";
import { isAbstract } from "./unix_socket.ts";

/** Where a front-end is to listen. @throws NoRouterError as {@link expandPath} */
export function placeOf(listen: string): Place {
  if (listen.startsWith("unix:")) return { path: expandSocketPath(listen.slice("unix:".length)) };
  const colon = listen.lastIndexOf(":");
  return { host: listen.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(listen.slice(colon + 1)) };
}

/** True for an address that stands for all of a machine's. */
export function isEvery(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** True when only programs of this machine can reach it. */
export function isLocal(place: Place): boolean {
  return "path" in place || isLocalHost(place.host);
}

/**
 * True for a client on another machine: its address is neither loopback nor the one of this machine that it connected to. Ask when
 * the client is accepted: one that resets its connection has no address any more, and counts as foreign unless `place` is a Unix socket.
 */
export function isForeign(
  place: Place,
  { remoteAddress, localAddress }: Partial<Pick<Socket, "remoteAddress" | "localAddress">>,
): boolean {
  if ("path" in place) return false;
  return remoteAddress === undefined || (!isLocalHost(remoteAddress) && remoteAddress !== localAddress);
}

/**
 * An absolute path: `~` at its start is the user's home, `${NAME}` and `$NAME` are the agent's environment.
 * @throws NoRouterError `file-failed` for a variable that is not set, or a user without a home
 */
export function expandPath(path: string): string {
  return absolute(withVariables(path), path);
}

/** The same for a Unix socket, where `@` and a name are an abstract one. A file of such a name is `./@name`. @throws the same */
export function expandSocketPath(path: string): string {
  const expanded = withVariables(path);
  return isAbstract(expanded) ? expanded : absolute(expanded, path);
}

function withVariables(path: string): string {
  return path.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced: string | undefined, plain: string | undefined) => {
    const name = braced ?? plain ?? "";
    const value = process.env[name];
    if (value === undefined)
      throw new NoRouterError("file-failed", `Path '${path}' names the variable '${name}', which is not set`);
    return value;
  });
}

function absolute(expanded: string, path: string): string {
  return resolve(
    expanded.replace(/^~(?=\/|$)/, () => {
      const home = homeFolder();
      if (home === undefined) throw new NoRouterError("file-failed", `Path '${path}' is in the home of a user who has none`);
      return home;
    }),
  );
}
