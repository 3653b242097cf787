// What an agent's owner lets streams reach, for an egress that dials: names before they are looked up, addresses after that.

import type { Socket } from "node:net";
import { destinationOf, type Guard, NoRouterError, type Place, showPlace, type TcpPlace } from "../../core/mod.ts";
import { type ConnectOptions, connectTo, connectToSocket } from "./connect.ts";
import type { LookedUp } from "./look_up.ts";
import { expandSocketPath } from "./place.ts";

/** Where to, and which addresses of a name may be dialled. */
interface Target extends TcpPlace {
  readonly choose?: (found: readonly LookedUp[]) => readonly LookedUp[];
}

/** The same target, of which no address is dialled that the guard refuses. @throws NoRouterError `denied` */
export function guarded<T extends Target>(guard: Guard | undefined, target: T): T {
  if (!guard) return target;
  const { host, port, choose = (found) => found } = target;
  const { address } = destinationOf(host, port);
  if (!address && !guard.mayLookUp(host, port)) throw refusedBy(guard, target);
  const name = address ? undefined : host;
  return {
    ...target,
    choose(found) {
      const wanted = choose(found);
      const allowed = wanted.filter((one) => guard.mayReach({ host: one.address, port }, name));
      if (allowed.length === 0 && wanted.length > 0) throw refusedBy(guard, target);
      return allowed;
    },
  };
}

/** How a place is connected to. */
interface Attempt extends Omit<ConnectOptions, "host" | "port" | "choose"> {
  readonly guard: Guard | undefined;
}

/** Connects to a target of the manifest on this host, as far as the owner of the machine lets. @throws as {@link connectTo}; NoRouterError `denied` */
export async function connectGuarded(place: Place, { guard, ...attempt }: Attempt): Promise<Socket> {
  if (!("path" in place)) return connectTo({ ...guarded(guard, place), ...attempt });
  const path = expandSocketPath(place.path);
  if (guard && !guard.mayReach({ path })) throw refusedBy(guard, place, path);
  return connectToSocket(path, attempt);
}

/**
 * The failure of a target that the guard refuses, which hears of it.
 * @param path What the path of a Unix socket stands for: for the guard alone, since variables may be secrets.
 */
export function refusedBy(guard: Guard, place: Place, path?: string): NoRouterError {
  const bare: Place = "path" in place ? { path: place.path } : { host: place.host, port: place.port };
  guard.refused(path === undefined ? bare : { path });
  return new NoRouterError("denied", `Target ${showPlace(bare)} is not allowed there: 'norouter serve' has no '--allow' for it`);
}
