// Opens a TCP or Unix-socket listener whose connections wait, half-open allowed, until somebody splices them. The only
// listen in the tree.

import { lstatSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { NoRouterError, type Place, type TcpPlace, type UnixPlace } from "../../core/mod.ts";
import { systemCodeOf } from "./files.ts";
import { DEAF, lacksFiles, onShortage, tellShortage } from "./shortage.ts";
import { bindAt, bytesTooLong, isAbstract, type SocketAccess, systemPath } from "./unix_socket.ts";

/** After a lack of files a listener opens anew when so many are free again, which is looked at this often. */
const SPARE = 8;
const AGAIN_MS = 100;

/** A listener that can be closed. */
export interface Listener {
  /** The port that was given; the one asked for unless that was 0. 0 for a Unix socket. */
  readonly port: number;
  /** Accepts no more and frees the address; connections go on. */
  close(): void;
}

/**
 * Listens on a place. A Unix socket is open to its own user alone unless `access` says otherwise; one that a killed process left
 * behind is replaced. An abstract one is open to every user of the machine.
 * @throws NoRouterError for a Unix socket, as {@link bindAt} or for what is at its path; else the system's error
 */
export async function listen(place: Place, connected: (socket: Socket) => void, access?: SocketAccess): Promise<Listener> {
  if (!("path" in place)) return listenOnPort(place, connected);
  const server = serverOf(connected, false);
  try {
    const remove = await boundTo(place, server, access);
    return {
      port: 0,
      close() {
        server.close();
        remove();
      },
    };
  } catch (thrown) {
    server.close();
    throw socketError(place, thrown);
  }
}

/** The same on a descriptor of a socket that listens already, or is bound; errors of single connections are left alone. */
export function listenOn(fd: number, connected: (socket: Socket) => void): Pick<Listener, "close"> {
  const server = serverOf(connected, true).on("error", () => undefined);
  server.listen({ fd });
  return { close: () => void server.close() };
}

/** Gives what removes the socket. */
async function boundTo({ path }: UnixPlace, server: Server, access?: SocketAccess): Promise<() => void> {
  if (!isAbstract(path)) return bindAt(path, (own) => opened(server, { path: own }), access);
  const tooLong = bytesTooLong(path);
  if (tooLong > 0) throw new NoRouterError("address-unavailable", `The socket's name is ${tooLong} bytes too long`);
  await opened(server, { path: systemPath(path, "address-unavailable") });
  return () => undefined;
}

/** Says of a path what the system's own words do not. */
function socketError({ path }: UnixPlace, thrown: unknown): unknown {
  const system = systemCodeOf(thrown);
  const options = { cause: thrown };
  if (isAbstract(path) || thrown instanceof NoRouterError) return thrown;
  if (system === "ENOENT" || system === "ENOTDIR")
    return new NoRouterError("address-unavailable", `There is no folder ${dirname(path)}; make it`, options);
  if (system === "EACCES" || system === "EPERM" || system === "EROFS")
    return new NoRouterError("address-denied", `The user that runs this cannot write to ${dirname(path)}`, options);
  if (system !== "EADDRINUSE" || lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== false) return thrown;
  return new NoRouterError("address-in-use", "What is there is no socket, and stays", options);
}

async function listenOnPort(place: TcpPlace, connected: (socket: Socket) => void): Promise<Listener> {
  let server = serverOf(connected, true);
  await opened(server, place);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  let closed = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  const reopen = async () => {
    if (lacksFiles(SPARE)) return wait();
    const next = serverOf(connected, true);
    await opened(next, { ...place, port }).then(
      () => {
        again = undefined;
        server = next;
        if (closed) server.close();
      },
      () => wait(),
    );
  };
  const wait = () => {
    if (!closed) again = setTimeout(() => void reopen(), AGAIN_MS);
  };
  const forget = onShortage(() => {
    if (again !== undefined) return;
    server.close();
    wait();
  });
  return {
    port,
    close() {
      closed = true;
      forget();
      clearTimeout(again);
      server.close();
    },
  };
}

function serverOf(connected: (socket: Socket) => void, noDelay: boolean): Server {
  return createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay }, (socket) => {
    if (DEAF && lacksFiles(1)) tellShortage();
    connected(socket);
  });
}

function opened(server: Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...place, exclusive: true, backlog: 1024 }, () => {
      server.off("error", reject);
      server.on("error", () => undefined); // an accept that failed: its client sees the end, the listener goes on
      resolve();
    });
  });
}
