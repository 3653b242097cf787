// Opens a TCP listener whose connections wait, half-open allowed, until somebody splices them. The only listen
// in the tree.

import { createServer, type Socket } from "node:net";
import { lendingReads } from "../../core/mod.ts";

/** A listener that can be closed. */
export interface TcpListener {
  /** The port that was given; the one asked for unless that was 0. */
  readonly port: number;
  /** Accepts no more and frees the address; connections go on. */
  close(): void;
}

/**
 * Listens on one address.
 * @throws the system's error when the address cannot be had
 */
export function listenTcp(host: string, port: number, connected: (socket: Socket) => void): Promise<TcpListener> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
    connected(lendingReads(socket));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true, backlog: 1024 }, () => {
      server.off("error", reject);
      server.on("error", () => undefined); // an accept that failed: its client sees the end, the listener goes on
      const address = server.address();
      resolve({
        port: typeof address === "object" && address !== null ? address.port : port,
        close: () => void server.close(),
      });
    });
  });
}
