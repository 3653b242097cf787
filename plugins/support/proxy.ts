// What the HTTP and the SOCKS proxy have in common: listening where the settings say, a bound on connections, and
// nothing left behind. Must not know a protocol.

import type { Socket } from "node:net";
import { type FrontEnd, type HostContext, limitsOf } from "../../core/mod.ts";
import { type Gate, gateOf } from "./gate.ts";
import { type Keeper, keeper, listening } from "./keeper.ts";
import { CLIENT_LIMIT_ROWS, PROXY_LIMIT_ROWS } from "./limits.ts";
import { listen } from "./listen.ts";
import { listenError } from "./net_errors.ts";
import { isForeign, isLocal, placeOf } from "./place.ts";
import type { ProxySettings } from "./proxy_settings.ts";

/** A client of a proxy. */
export interface ProxyClient {
  /** Paused, with an error listener. */
  readonly socket: Socket;
  /** It is on another machine, see {@link isForeign}. */
  readonly foreign: boolean;
  /** The address of this machine that it connected to; undefined on a Unix socket. */
  readonly near: string | undefined;
  /** Says whether the client has yet to say what it wants, as it has at first. Who has is left alone when the proxy goes. */
  waits(yet: boolean): void;
}

/** A proxy while it serves. */
export interface ServedProxy {
  /** Its settings now; undefined when there is no such proxy any more, and nothing may enter. */
  settings(): ProxySettings | undefined;
  readonly gate: Gate;
}

/** What makes one proxy out of this. */
export interface ProxyProtocol {
  /** Of the front-end, and of the key of the host at which its settings stand. */
  readonly name: string;
  /** Serves a client, by the settings at the time of each thing that it asks for. */
  serve(client: ProxyClient, proxy: ServedProxy): void;
  /** A client that is one too many: answered in the protocol's own words, then ended. */
  turnAway(socket: Socket): void;
  /** There is no such proxy any more. */
  gone?(): void;
}

/** The front-end of a proxy. */
export function proxyFrontEnd(context: HostContext, protocol: ProxyProtocol): FrontEnd {
  const { name } = protocol;
  const limits = limitsOf(context, { ...CLIENT_LIMIT_ROWS, ...PROXY_LIMIT_ROWS });
  const clients = new Set<Socket>();
  /** Those that have not said yet what they want. */
  const waiting = new Set<Socket>();
  /** They take no place of a client: who comes when one has left is served. */
  const turnedAway = new Set<Socket>();
  let settings: ProxySettings | undefined;
  const proxy: ServedProxy = { settings: () => settings, gate: gateOf(() => settings, limits.passwordChecks) };
  const listeners = proxyListeners(context, name, connected);

  function connected(socket: Socket, foreign: boolean): void {
    socket.on("error", () => undefined);
    if (!settings) return void socket.destroy();
    const full = clients.size >= limits.proxyConnections;
    if (full && turnedAway.size >= limits.turnedAway) return void socket.destroy();
    const counted = full ? turnedAway : clients;
    counted.add(socket);
    socket.once("close", () => {
      counted.delete(socket);
      waiting.delete(socket);
    });
    if (full) return void protocol.turnAway(socket);
    const waits = (yet: boolean) => void (yet && !socket.destroyed ? waiting.add(socket) : waiting.delete(socket));
    waits(true);
    protocol.serve({ socket, foreign, near: socket.localAddress, waits }, proxy);
  }

  return {
    name,
    async reconcile() {
      settings = context.settings<ProxySettings>(name);
      await listeners.keep(new Map(settings ? [[settings.listen, settings]] : []));
      if (settings) return;
      for (const socket of waiting) socket.destroy();
      protocol.gone?.();
    },
    async stop() {
      await listeners.stop();
      for (const socket of [...clients, ...turnedAway]) socket.destroy();
    },
  };
}

/** What keeps a proxy listening where its settings say. */
function proxyListeners(
  context: HostContext,
  name: string,
  connected: (socket: Socket, foreign: boolean) => void,
): Keeper<ProxySettings> {
  return keeper({
    frontend: name,
    context,
    hold: (address) =>
      listening(async () => {
        const place = placeOf(address);
        return listen(place, (socket) => connected(socket, isForeign(place, socket)));
      }),
    same: ({ auth }, now) => !auth === !now.auth, // of which the log tells
    serves: (address, { auth }) =>
      `the ${name.toUpperCase()} proxy${auth || isLocal(placeOf(address)) ? "" : ", open to everybody who can reach it"}`,
    failure: listenError,
  });
}
