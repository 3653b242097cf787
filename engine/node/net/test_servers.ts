// What tests of servers share: servers and clients that go with the test.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach } from "node:test";

const servers: Server[] = [];
/** Both ends of all connections. */
export const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A server that is closed with the test. */
export function serve(...args: Parameters<typeof createServer>): Server {
  const server = createServer(...args);
  server.on("connection", (socket) => sockets.push(socket.on("error", () => undefined)));
  servers.push(server);
  return server;
}

/** Listens, and tells where. */
export async function listening(
  server: Server,
  options: Parameters<Server["listen"]>[0] = { port: 0, host: "127.0.0.1" },
): Promise<AddressInfo> {
  server.listen(options);
  await once(server, "listening");
  return server.address() as AddressInfo;
}

/** `connect`; the socket is destroyed with the test. */
export function dial(...args: unknown[]): Socket {
  const socket = Reflect.apply(connect as (...all: unknown[]) => Socket, undefined, args);
  sockets.push(socket);
  return socket;
}

/** An error of the system. */
export type SystemError = NodeJS.ErrnoException & { address?: string; port?: number };

/** The error of a socket or server that comes next. */
export async function failure(of: Socket | Server): Promise<SystemError> {
  const [error] = (await once(of, "error")) as [SystemError];
  return error;
}
