// Ends a client's connection so that it does not look like an orderly end.

import type { Socket } from "node:net";

/** Resets a connection. One that is not made yet, or a Unix socket, which knows no reset, is closed. */
export function resetSocket(socket: Socket): void {
  // Node refuses to reset what is no TCP connection; only such a connection has a remote address.
  if (socket.remoteAddress === undefined) socket.destroy();
  else if (isShuttingDown(socket)) socket.once("finish", () => resetSocket(socket));
  else socket.resetAndDestroy();
}

/**
 * For a turn, once the system has all bytes: libuv resets no connection that is being shut down (EINVAL), and Node then never
 * closes it, so that its file and its process stay.
 */
function isShuttingDown({ writableEnded, writableFinished, writableLength }: Socket): boolean {
  return writableEnded && !writableFinished && writableLength === 0;
}

/** The same once the system has taken what was written; a connection that is not made yet is closed at once. */
export function resetBehindWrites(socket: Socket): void {
  if (socket.connecting || socket.writableLength === 0) return void resetSocket(socket);
  const reset = () => resetSocket(socket);
  if (socket.writableEnded) socket.once("finish", reset);
  else socket.write("", reset);
}
