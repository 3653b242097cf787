// Opens a TCP or Unix-socket listener whose connections wait, half-open allowed, until somebody splices them. The only
// listen in the tree.

import { createServer, type Server, type Socket } from "node:net";
import { bindAt } from "./unix_socket.ts";

/** A listener that can be closed. */
export interface Listener {
  /** The port that was given; the one asked for unless that was 0. 0 for a Unix socket. */
  readonly port: number;
  /** Accepts no more and frees the address; connections go on. */
  close(): void;
}

/** Where to listen: an address and a port, or the path of a Unix socket. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * Listens on a place. A Unix socket is open to its own user alone; one that a killed process left behind is replaced.
 * @throws the system's error when the place cannot be had, or as {@link bindAt}
 */
export async function listen(place: Place, connected: (socket: Socket) => void): Promise<Listener> {
  const isPath = "path" in place;
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: !isPath }, connected);
  if (!isPath) {
    await opened(server, place);
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return { port, close: () => void server.close() };
  }
  try {
    const remove = await bindAt(place.path, (path) => opened(server, { path }));
    return {
      port: 0,
      close() {
        server.close();
        remove();
      },
    };
  } catch (thrown) {
    server.close();
    throw thrown;
  }
}

function opened(server: Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...place, exclusive: true, backlog: 1024 }, () => {
      server.off("error", reject);
      server.on("error", () => undefined); // an accept that failed: its client sees the end, the listener goes on
      resolve();
    });
  });
}
