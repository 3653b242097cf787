// A name server's sockets: UDP datagrams and TCP connections to a service.

import { type BindOptions, createSocket, type SocketType } from "node:dgram";
import type { Socket } from "node:net";
import type { TcpPlace } from "../../core/mod.ts";
import { type Listener, listen, listenOn } from "../support/listen.ts";
import { isEvery, isLocal } from "../support/place.ts";
import { everyAddress, listenOnEach, type NameListener } from "./every_address.ts";
import type { DnsLimits } from "./limits.ts";
import { Pipeline } from "./pipeline.ts";
import type { NameService } from "./service.ts";

/**
 * Answers datagrams, from the address that each was sent to.
 * @param more Addresses that an address for all of a machine's stands for as well: those that no interface names.
 * @throws the system's error when the place cannot be had
 */
export function listenUdp(place: TcpPlace, service: NameService, more: () => Iterable<string> = () => []): Promise<NameListener> {
  const { host, port } = place;
  if (!isEvery(host)) return listenOne(place, service);
  return listenOnEach(
    () => [...everyAddress(host), ...more()],
    port,
    (one) => listenOne(one, service),
  );
}

function listenOne({ host, port }: TcpPlace, service: NameService): Promise<NameListener> {
  return serveDatagrams(host.includes(":") ? "udp6" : "udp4", { address: host, port, exclusive: true }, service);
}

/** The same for a socket that is bound already. */
export function listenUdpOn(fd: number, service: NameService): Promise<NameListener> {
  return serveDatagrams("udp4", { fd }, service);
}

function serveDatagrams(type: SocketType, at: BindOptions, service: NameService): Promise<NameListener> {
  const socket = createSocket({ type });
  let open = true;
  socket.on("message", (message, from) => {
    const send = (answer: Uint8Array | undefined) => {
      // An answer that cannot be sent is lost, as datagrams may be.
      if (answer && open && from.port !== 0) socket.send(answer, from.port, from.address, () => undefined);
    };
    const answer = service.answer(message, "udp", clientOf(from));
    if (answer instanceof Promise) void answer.then(send);
    else send(answer);
  });
  const close = (): Promise<void> => {
    const wasOpen = open;
    open = false;
    return new Promise((resolve) => (wasOpen ? void socket.close(resolve) : resolve()));
  };
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      void close();
      reject(error);
    };
    socket.once("error", failed);
    socket.bind(at, () => {
      socket.off("error", failed);
      socket.on("error", () => undefined);
      resolve({ close });
    });
  });
}

/** Who sent a datagram: another machine, or one socket of this one. Connections are bounded by themselves. */
function clientOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return isLocal({ host: address, port }) ? `${address} ${port}` : address;
}

/** What TCP listeners of one host share. */
export interface TcpClients {
  /** The connections of all. */
  readonly sockets: Set<Socket>;
  readonly limits: DnsLimits;
}

/**
 * Answers connections; those that are one too many are closed, and all are when the listener is.
 * @throws the system's error when the place cannot be had
 */
export function listenTcp(place: TcpPlace, service: NameService, clients: TcpClients): Promise<NameListener> {
  return serveConnections((connected) => listen(place, connected), service, clients);
}

/** The same for a socket that listens already. */
export function listenTcpOn(fd: number, service: NameService, clients: TcpClients): Promise<NameListener> {
  return serveConnections(async (connected) => listenOn(fd, connected), service, clients);
}

async function serveConnections(
  begin: (connected: (socket: Socket) => void) => Promise<Pick<Listener, "close">>,
  service: NameService,
  { sockets, limits }: TcpClients,
): Promise<NameListener> {
  const own = new Set<Socket>();
  let open = true;
  const listener = await begin((socket) => {
    socket.on("error", () => undefined);
    if (!open || sockets.size >= limits.proxyConnections) return void socket.destroy();
    for (const set of [sockets, own]) set.add(socket);
    socket.once("close", () => [sockets, own].map((set) => set.delete(socket)));
    serveConnection(socket, service, limits);
  });
  return {
    close() {
      open = false;
      listener.close();
      for (const socket of own) socket.destroy();
    },
  };
}

function serveConnection(socket: Socket, service: NameService, limits: DnsLimits): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const line = new Pipeline(service, {
    write: (bytes) => {
      wait();
      return socket.write(bytes);
    },
    resume: () => void socket.resume(),
    end: () => void socket.end(),
  });

  /** A client must finish what it began, take its answers, and ask again before long. */
  function wait(): void {
    clearTimeout(timer);
    timer = setTimeout(
      () => (line.underWay > 0 ? wait() : socket.destroy()),
      line.begun ? limits.handshakeMs : limits.keepAliveMs,
    );
  }

  socket.on("data", (chunk: Uint8Array) => {
    const wasBegun = line.begun;
    const next = line.push(chunk);
    if (next === "broken") return void socket.destroy();
    if (next === "pause") socket.pause();
    if (!wasBegun || !line.begun) wait(); // bytes one by one give no more time
  });
  socket.on("drain", () => line.drained());
  socket.on("end", () => line.end());
  socket.once("close", () => clearTimeout(timer));
  wait();
  socket.resume();
}
