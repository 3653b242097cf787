// From messages to a link: the connection moves to a socket whose reads cost less, where the runtime has that. Must lose nothing that was
// read or written before.

import { Socket, type SocketConstructorOpts } from "node:net";
import type { TLSSocket } from "node:tls";
import { LENDS_READS, withGatheredReads } from "../../core/mod.ts";

/** A connection as a carrier wants it. */
export interface Taken {
  readonly socket: Socket;
  /** What came before anything that the socket reads. */
  readonly early: Uint8Array;
}

/** Node's own handle of a connection that is encrypted. */
interface Handle {
  onerror: (error: Error) => void;
}

/**
 * Takes a connection over from who read messages from it. One of the two ends with the other.
 * @param early What was read and is no message.
 */
export async function takeOver(old: TLSSocket, early: Uint8Array): Promise<Taken> {
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
