// Ends a client's connection so that it does not look like an orderly end.

import type { Socket } from "node:net";

/** Resets a connection. One that is not made yet, or a Unix socket, which knows no reset, is closed. */
export function resetSocket(socket: Socket): void {
  // Node refuses to reset what is no TCP connection; only such a connection has a remote address.
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
