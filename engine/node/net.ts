// node:net.

import { normalArguments } from "./net/arguments.ts";
import { defaults } from "./net/connecting.ts";
import { isIP, isIPv4, isIPv6 } from "./net/ip.ts";
import type { SocketOptions } from "./net/options.ts";
import { Server, type ServerOptions } from "./net/server.ts";
import { Socket } from "./net/socket.ts";

export { isIP, isIPv4, isIPv6, Server, Socket, Socket as Stream };

/** A new connection, in all the forms that `socket.connect` has. */
export function connect(...args: readonly unknown[]): Socket {
  const { options } = normalArguments(args);
  const { timeout } = options as { timeout?: number };
  const socket = new Socket(options as SocketOptions);
  if (timeout) socket.setTimeout(timeout);
  return socket.connect(...args);
}

/** The same. */
export const createConnection: typeof connect = connect;

/** A new server that does not listen yet. */
export function createServer(
  options?: ServerOptions | ((socket: Socket) => void) | null,
  connected?: (socket: Socket) => void,
): Server {
  return new Server(options, connected);
}

/** Whether connections to names try all addresses of both families. */
export function getDefaultAutoSelectFamily(): boolean {
  return defaults.autoSelectFamily;
}

/** Sets it. */
export function setDefaultAutoSelectFamily(value: boolean): void {
  defaults.autoSelectFamily = Boolean(value);
}

/** How long each address but the last is tried, in milliseconds. */
export function getDefaultAutoSelectFamilyAttemptTimeout(): number {
  return defaults.attemptMs;
}

/** Sets it; 10 at least. */
export function setDefaultAutoSelectFamilyAttemptTimeout(ms: number): void {
  defaults.attemptMs = Math.max(10, ms);
}

export default {
  Server,
  Socket,
  Stream: Socket,
  connect,
  createConnection,
  createServer,
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  isIP,
  isIPv4,
  isIPv6,
  setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout,
};
