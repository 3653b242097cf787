// From messages to a link: the connection moves to a socket whose reads cost less, where the runtime has that. Must lose nothing that was
// read or written before.

import { Socket, type SocketConstructorOpts } from "node:net";
import type { TLSSocket } from "node:tls";
import { LENDS_READS, NoRouterError, withGatheredReads } from "../../core/mod.ts";
import type { Connected } from "../support/socket_carrier.ts";

/** Node's own handle of a connection that is encrypted. */
interface Handle {
  onerror: (error: Error) => void;
}

/**
 * Takes a connection over from who read messages from it. One of the two ends with the other.
 * @param early What was read and is no message.
 */
export async function takeOver(old: TLSSocket, early: Uint8Array): Promise<Connected> {
  if (!LENDS_READS) return { socket: old, early };
  // The handle takes no write while another one is under way.
  await new Promise<void>((resolve) => void old.write("", () => resolve()));
  const { _handle: handle } = old as { _handle?: Handle | null };
  if (!handle || old.destroyed) return { socket: old, early };
  const pieces = [early];
  for (let piece = old.read() as Buffer | null; piece; piece = old.read() as Buffer | null) pieces.push(piece);
  const { allowHalfOpen } = old;
  const socket = withGatheredReads((reads) => new Socket({ handle, allowHalfOpen, ...reads } as SocketConstructorOpts));
  handle.onerror = (error) => void socket.destroy(error);
  (old as { _handle?: Handle | null })._handle = null;
  old.once("end", () => socket.push(null)).once("close", () => socket.destroy());
  socket.once("close", () => old.destroy());
  return { socket, early: Buffer.concat(pieces) };
}

/** What the end of a connection that worked means. */
export function lostConnection(address: string, error: Error): NoRouterError {
  const code = (error as { code?: string }).code ?? error.message;
  return new NoRouterError("host-unreachable", `Connection to ${address} was lost: ${code}`, { cause: error });
}
