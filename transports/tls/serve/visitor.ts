// One connection from its first byte until it is known what its peer wants: a handshake, the greeting, a request. Must tell strangers
// nothing but that they are not let in.

import type { TLSSocket } from "node:tls";
import { asNoRouterError, NoRouterError } from "../../../core/mod.ts";
import { encoded, MessageReader, NOTHING } from "../messages.ts";
import { type Answer, type Request, requestOf, VERSION_OF_MESSAGES } from "../requests.ts";
import type { Peer } from "./peers.ts";

/** A peer that is known, and what it wants. */
export interface Asked {
  readonly socket: TLSSocket;
  readonly peer: Peer;
  readonly request: Request;
  /** What came behind the request. */
  readonly early: Buffer;
}

/** Says no to a stranger, who learns nothing else. */
export function turnAway(socket: TLSSocket): void {
  socket.on("error", () => undefined);
  socket.resume();
  socket.end(NOTHING);
}

/** Greets a peer and hears what it wants. @throws an error of the connection, or NoRouterError for a request that is none */
export async function hear(socket: TLSSocket, peer: Peer): Promise<Asked> {
  const reader = new MessageReader(socket);
  const { proof } = peer;
  socket.write(encoded({ version: VERSION_OF_MESSAGES, ...(proof === undefined ? {} : { proof }) }));
  const request = requestOf(await reader.next());
  return { socket, peer, request, early: reader.release() };
}

/** Answers a request. */
export function answer(socket: TLSSocket, what: Answer): void {
  socket.write(encoded(what));
}

/** Refuses a request of a peer that is known, and ends the connection. */
export function refuse(socket: TLSSocket, thrown: unknown): NoRouterError {
  const error = thrown instanceof NoRouterError ? thrown : asNoRouterError(thrown);
  socket.resume();
  socket.end(encoded({ error: { code: error.code, message: error.message } }));
  return error;
}
