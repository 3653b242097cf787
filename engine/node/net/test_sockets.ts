// What tests of sockets share: both ends of a connection, closed with the test.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket, type SocketConstructorOpts } from "node:net";
import { afterEach } from "node:test";

/** What is destroyed or closed after each test. */
export const opened: { destroy?: () => unknown; close?: () => unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0)) (one.destroy ?? one.close)?.call(one);
});

/** Options of the client, and of the server. */
export interface PairOptions extends SocketConstructorOpts {
  readonly serverOptions?: { allowHalfOpen?: boolean; pauseOnConnect?: boolean; noDelay?: boolean };
  readonly onread?: { buffer: Uint8Array | (() => Uint8Array); callback: (bytes: number, buffer: Uint8Array) => boolean };
}

/** Both ends of a TCP connection. */
export async function pair({ serverOptions = {}, ...options }: PairOptions = {}) {
  const server = createServer(serverOptions);
  opened.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, "connection");
  const client = connect({ port, host: "127.0.0.1", ...options });
  const [far] = (await accepted) as [Socket];
  if (client.connecting) await once(client, "connect");
  opened.push(client, far);
  return { server, client, far, port };
}

/** What a socket emits. */
export function record(socket: Socket, ...names: string[]): string[] {
  const events: string[] = [];
  for (const name of names) {
    socket.on(name, (...args: unknown[]) => {
      const shown = args.map((one) => (one instanceof Error ? (one as NodeJS.ErrnoException).code : String(one)));
      events.push([name, ...shown].join(" "));
    });
  }
  return events;
}

/** Whatever comes before. */
export function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => void socket.once("close", resolve));
}

/** What was sent within this machine before has come by then, and was read where somebody reads: what another connection sent later has. */
export async function settled(): Promise<void> {
  const { client, far } = await pair();
  far.write("later");
  await once(client, "data");
}
