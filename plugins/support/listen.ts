// Opens a TCP or Unix-socket listener whose connections wait, half-open allowed, until somebody splices them. The only
// listen in the tree.

import { createServer, type Server, type Socket } from "node:net";
import type { Place, TcpPlace } from "../../core/mod.ts";
import { DEAF, lacksFiles, onShortage, tellShortage } from "./shortage.ts";
import { bindAt } from "./unix_socket.ts";

/** After a lack of files a listener opens anew when so many are free again, which is looked at this often. */
const SPARE = 8;
const AGAIN_MS = 100;

/** A listener that can be closed. */
export interface Listener {
  /** The port that was given; the one asked for unless that was 0. 0 for a Unix socket. */
  readonly port: number;
  /** Accepts no more and frees the address; connections go on. */
  close(): void;
}

/**
 * Listens on a place. A Unix socket is open to its own user alone; one that a killed process left behind is replaced.
 * @throws the system's error when the place cannot be had, or as {@link bindAt}
 */
export async function listen(place: Place, connected: (socket: Socket) => void): Promise<Listener> {
  if (!("path" in place)) return listenOnPort(place, connected);
  const server = serverOf(connected, false);
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

async function listenOnPort(place: TcpPlace, connected: (socket: Socket) => void): Promise<Listener> {
  let server = serverOf(connected, true);
  await opened(server, place);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  let closed = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  const reopen = async () => {
    if (lacksFiles(SPARE)) return wait();
    const next = serverOf(connected, true);
    await opened(next, { ...place, port }).then(
      () => {
        again = undefined;
        server = next;
        if (closed) server.close();
      },
      () => wait(),
    );
  };
  const wait = () => {
    if (!closed) again = setTimeout(() => void reopen(), AGAIN_MS);
  };
  const forget = onShortage(() => {
    if (again !== undefined) return;
    server.close();
    wait();
  });
  return {
    port,
    close() {
      closed = true;
      forget();
      clearTimeout(again);
      server.close();
    },
  };
}

function serverOf(connected: (socket: Socket) => void, noDelay: boolean): Server {
  return createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay }, (socket) => {
    if (DEAF && lacksFiles(1)) tellShortage();
    connected(socket);
  });
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
