// Whether somebody answers at the socket of a network, and which names are free.

import { connect } from "node:net";
import { NoRouterError } from "../../core/mod.ts";
import { MOST_NAMES, socketFolders, socketsThere } from "./socket_path.ts";

/** Whether somebody listens at a socket. */
export function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}

/** The names under which a network may go, the wanted one first: `NAME`, `NAME-2`, `NAME-3` and so on. */
export function* namesLike(wanted: string): Generator<string> {
  yield wanted;
  for (let number = 2; number <= MOST_NAMES; number += 1) yield `${wanted}-${number}`;
}

/**
 * The first of {@link namesLike} that no network that runs has. Another may take it before a socket has it.
 * @throws NoRouterError `name-taken`
 */
export async function freeName(wanted: string, folders: readonly string[] = socketFolders()): Promise<string> {
  const there = socketsThere(folders);
  for (const name of namesLike(wanted)) {
    const served = await Promise.all(there.filter((one) => one.name === name).map(({ path }) => isServed(path)));
    if (!served.includes(true)) return name;
  }
  throw new NoRouterError("name-taken", `${MOST_NAMES} networks "${wanted}" run already`);
}
