// Which TCP ports programs listen on: requests of sock_diag(7), which look at the sockets of their own namespace alone.

import { FLAG, type Received, type Request, u32 } from "./message.ts";

/** `SOCK_DIAG_BY_FAMILY`. */
const BY_FAMILY = 20;
const TCP = 6;
/** A bit for the state `TCP_LISTEN`, 10. */
const LISTENING = 1 << 10;
const SOCKET_ID_BYTES = 48;

/** A socket that listens. */
export interface ListeningSocket {
  readonly port: number;
  readonly family: 4 | 6;
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
}

/** Asks for all listening sockets of a family. */
export function askListeners(family: 4 | 6, sequence: number): Request {
  const head = Uint8Array.of(family === 4 ? 2 : 10, TCP, 0, 0);
  return { type: BY_FAMILY, flags: FLAG.dump, sequence, body: [head, u32(LISTENING), new Uint8Array(SOCKET_ID_BYTES)] };
}

/** A listening socket of an answer; undefined for any other message. */
export function listenerIn({ type, body }: Received): ListeningSocket | undefined {
  if (type !== BY_FAMILY || body.length < 4 + SOCKET_ID_BYTES) return undefined;
  const family = body[0] === 2 ? 4 : 6;
  return { port: (body[4] ?? 0) * 256 + (body[5] ?? 0), family, address: body.slice(8, family === 4 ? 12 : 24) };
}
