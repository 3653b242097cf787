// Opens a TCP or Unix-socket listener whose connections wait, half-open allowed, until somebody splices them. The only
// listen in the tree.

import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";

/** A listener that can be closed. */
export interface Listener {
  /** The port that was given; the one asked for unless that was 0. */
  readonly port: number;
  /** Accepts no more and frees the address; connections go on. */
  close(): void;
}

/** Where to listen: an address and a port, or the path of a Unix socket. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * Listens on a place. A Unix socket is open to its own user alone; one that a killed process left behind is replaced.
 * @throws the system's error when the place cannot be had
 */
export async function listen(place: Place, connected: (socket: Socket) => void): Promise<Listener> {
  if ("path" in place) await removeStale(place.path);
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: !("path" in place) }, connected);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...place, exclusive: true, backlog: 1024 }, () => {
      server.off("error", reject);
      server.on("error", () => undefined); // an accept that failed: its client sees the end, the listener goes on
      if ("path" in place) chmodSync(place.path, 0o600);
      const address = server.address();
      resolve({
        port: typeof address === "object" && address !== null ? address.port : 0,
        close: () => void server.close(),
      });
    });
  });
}

/** Removes a socket on which nobody listens. Anything else stays, and is in use. */
async function removeStale(path: string): Promise<void> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return;
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
  if (!alive) unlinkSync(path);
}
