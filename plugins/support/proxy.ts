// What the HTTP and the SOCKS proxy have in common: listening where the manifest says, a bound on connections, and
// nothing left behind. Must not know a protocol.

import type { Socket } from "node:net";
import type { FrontEnd, HostContext, NoRouterError, ProxyEntrance } from "../../core/mod.ts";
import { type Listener, listen } from "./listen.ts";
import { listenError } from "./net_errors.ts";
import { isForeign, isLocal, placeOf } from "./place.ts";
import { RETRY_MS } from "./retry.ts";

/** Clients that are being told that they are one too many; more of them are told nothing. */
const MOST_TURNED_AWAY = 256;

/** A client of a proxy. */
export interface ProxyClient {
  /** Paused, with an error listener. */
  readonly socket: Socket;
  /** It is on another machine, see {@link isForeign}. */
  readonly foreign: boolean;
  /** The address of this machine that it connected to; undefined on a Unix socket. */
  readonly near: string | undefined;
}

/** What makes one proxy out of this. */
export interface ProxyProtocol {
  readonly name: "http" | "socks";
  /** Serves a client. */
  serve(client: ProxyClient, entrance: ProxyEntrance): void;
  /** A client that is one too many: answered in the protocol's own words, then ended. */
  turnAway(socket: Socket): void;
}

/** The front-end of a proxy. */
export function proxyFrontEnd(context: HostContext, protocol: ProxyProtocol): FrontEnd {
  const { name } = protocol;
  const clients = new Set<Socket>();
  /** They take no place of a client: who comes when one has left is served. */
  const turnedAway = new Set<Socket>();
  let held: { readonly address: string; readonly listener: Listener } | undefined;
  let failed: string | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let opening: Promise<void> | undefined;

  function connected(client: ProxyClient, entrance: ProxyEntrance): void {
    const { socket } = client;
    socket.on("error", () => undefined);
    const full = clients.size >= context.limits.proxyConnections;
    if (full && turnedAway.size >= MOST_TURNED_AWAY) return void socket.destroy();
    const counted = full ? turnedAway : clients;
    counted.add(socket);
    socket.once("close", () => counted.delete(socket));
    if (full) protocol.turnAway(socket);
    else protocol.serve(client, entrance);
  }

  function fail(address: string, { code, message }: NoRouterError): void {
    if (!stopped) again = setTimeout(() => void open(), RETRY_MS);
    if (failed === address) return;
    failed = address;
    context.report({ type: "frontend.failed", frontend: name, address, code, message });
  }

  /** A new try and a change of the network may come at the same time: the second waits for what the first does. */
  function open(): Promise<void> {
    clearTimeout(again);
    opening ??= opened().finally(() => {
      opening = undefined;
    });
    return opening;
  }

  async function opened(): Promise<void> {
    const entrance = context.self().entrances?.[name];
    if (!entrance || held || stopped) return;
    const address = entrance.listen;
    try {
      const place = placeOf(address);
      const listener = await listen(place, (socket) =>
        connected({ socket, foreign: isForeign(place, socket), near: socket.localAddress }, entrance),
      );
      if (stopped) return listener.close();
      held = { address, listener };
      failed = undefined;
      const everybody = !isLocal(place) && !entrance.auth ? ", open to everybody who can reach it" : "";
      const serves = `the ${name.toUpperCase()} proxy${everybody}`;
      context.report({ type: "frontend.listening", frontend: name, address, serves });
    } catch (thrown) {
      fail(address, listenError(address, thrown));
    }
  }

  return {
    name,
    reconcile: open,
    async stop() {
      stopped = true;
      await opening;
      clearTimeout(again);
      held?.listener.close();
      for (const socket of [...clients, ...turnedAway]) socket.destroy();
    },
  };
}
