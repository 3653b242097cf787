// Listens for managers over TLS: bounds strangers, knows peers, and gives each what it asks for and may have.

import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import { messageOf, NoRouterError, showPlace, type TcpPlace } from "../../../core/mod.ts";
import { HANDSHAKE_MS, MOST_ASKING_OF_PEER, MOST_COMMANDS } from "../limits.ts";
import type { Request } from "../requests.ts";
import { type AgentMakings, Agents } from "./agents.ts";
import { type Permissions, permissionsOf, type Rule } from "./allow.ts";
import { runCommand } from "./commands.ts";
import { Gate, sourceOf, type Visit } from "./gate.ts";
import { clean, type Log, Refusals } from "./log.ts";
import type { Peer, Peers } from "./peers.ts";
import { type Asked, answer, hear, refuse, turnAway } from "./visitor.ts";

/** What is served, and to whom. */
export interface ServeOptions {
  readonly peers: Peers;
  readonly rules: readonly Rule[];
  readonly makings: AgentMakings;
  readonly log: Log;
}

/** A connection whose peer is not known yet. */
interface Stranger {
  readonly raw: Socket;
  readonly visit: Visit;
  readonly ends: string;
  readonly from: string;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** Why its handshake failed. */
  why: string;
}

/** A listener for managers. */
export class TlsListener {
  readonly #options: ServeOptions;
  readonly #gate = new Gate();
  readonly #refusals: Refusals;
  readonly #agents: Agents;
  readonly #tls: TlsServer;
  readonly #servers = new Set<Server>();
  /** By both ends of the connection: one client may use one port of its own for several addresses of this machine. */
  readonly #strangers = new Map<string, Stranger>();
  /** Connections of peers that have no agent, or none yet, and whose they are. */
  readonly #asking = new Map<Socket, string>();
  readonly #commands = new Map<string, number>();
  readonly #stopped = new AbortController();

  constructor(options: ServeOptions) {
    const { peers, makings, log } = options;
    this.#options = options;
    this.#refusals = new Refusals(log);
    this.#agents = new Agents(makings, log, this.#refusals);
    // Ends of handshakes are bounded by each stranger's own timer.
    this.#tls = createTlsServer({ ...peers.tls, handshakeTimeout: 2 * HANDSHAKE_MS });
    this.#tls.on("secureConnection", (socket) => this.#secured(socket));
    this.#tls.on("tlsClientError", (error, socket) => this.#failed(error, socket));
  }

  /** Listens on one more place. @returns The port. @throws NoRouterError `address-in-use` and the like */
  async listen(place: TcpPlace): Promise<number> {
    const server = createTcpServer({ pauseOnConnect: true, noDelay: true }, (raw) => this.#arrived(raw));
    await new Promise<void>((resolve, reject) => {
      server.once("error", (thrown) => reject(listenError(place, thrown)));
      server.listen({ ...place, exclusive: true, backlog: 256 }, resolve);
    });
    server.on("error", () => undefined);
    this.#servers.add(server);
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : place.port;
  }

  /** Lets nobody in any more and parts from all peers in order. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const server of this.#servers) server.close();
    for (const { raw } of this.#strangers.values()) raw.destroy();
    for (const raw of this.#asking.keys()) raw.destroy();
    await this.#agents.stop();
    this.#refusals.stop();
  }

  #arrived(raw: Socket): void {
    const { remoteAddress, remotePort } = raw;
    raw.on("error", () => undefined);
    if (remoteAddress === undefined || this.#stopped.signal.aborted) return void raw.destroy();
    const from = showPlace({ host: remoteAddress, port: remotePort ?? 0 });
    const visit = this.#gate.enter(remoteAddress);
    if (!visit) {
      this.#tellRefused(from, remoteAddress, "too many connections that have not said who they are");
      return void raw.destroy();
    }
    const ends = endsOf(raw);
    const why = "it ended the connection before it said who it is";
    const stranger: Stranger = { raw, visit, ends, from, timer: undefined, why };
    // The system gives the same ends out again before a reset is seen here: what had them is gone.
    this.#strangers.get(ends)?.raw.destroy();
    this.#strangers.set(ends, stranger);
    raw.once("close", () => this.#gone(stranger));
    if (visit.waitMs === 0) this.#begin(stranger);
    else stranger.timer = setTimeout(() => this.#begin(stranger), visit.waitMs);
  }

  #begin(stranger: Stranger): void {
    const { raw } = stranger;
    if (raw.destroyed) return;
    raw.setKeepAlive(true, 30_000);
    stranger.timer = setTimeout(() => {
      stranger.why = `it did not say who it is within ${HANDSHAKE_MS / 1000} s`;
      raw.destroy();
    }, HANDSHAKE_MS);
    this.#tls.emit("connection", raw);
  }

  /** A connection ended that is a stranger's still. */
  #gone(stranger: Stranger): void {
    clearTimeout(stranger.timer);
    stranger.visit.failed();
    if (this.#strangers.get(stranger.ends) !== stranger) return;
    this.#strangers.delete(stranger.ends);
    if (!this.#stopped.signal.aborted) this.#tellRefused(stranger.from, stranger.raw.remoteAddress, stranger.why);
  }

  #failed(error: Error, socket: TLSSocket): void {
    const stranger = this.#strangerOf(socket);
    if (stranger) stranger.why = `its handshake failed: ${(error as { code?: string }).code ?? error.message}`;
    socket.destroy();
    stranger?.raw.destroy();
  }

  #secured(socket: TLSSocket): void {
    const stranger = this.#strangerOf(socket);
    socket.on("error", () => undefined);
    if (!stranger) return void socket.destroy();
    const peer = this.#options.peers.peerAt(socket);
    if (peer) return void this.#greet(socket, peer, stranger);
    stranger.why = "it has no secret or certificate that is known here";
    turnAway(socket);
    // It has heard the answer, or does not want to.
    clearTimeout(stranger.timer);
    stranger.timer = setTimeout(() => stranger.raw.destroy(), TURNED_AWAY_MS);
  }

  /** The key was right: from here on it is a peer, whatever becomes of its request. */
  async #greet(socket: TLSSocket, peer: Peer, { raw, visit, ends, from, timer }: Stranger): Promise<void> {
    this.#strangers.delete(ends);
    visit.known();
    this.#asking.set(raw, peer.name);
    raw.once("close", () => this.#asking.delete(raw));
    const ofPeer = [...this.#asking.values()].filter((name) => name === peer.name).length;
    const isCrowded = ofPeer > MOST_ASKING_OF_PEER;
    try {
      if (isCrowded) throw new NoRouterError("too-many-connections", `${ofPeer} connections of "${peer.name}" have no agent yet`);
      const asked = await hear(socket, peer);
      clearTimeout(timer);
      await this.#give(asked, from);
      if (asked.request.want === "agent") return void this.#asking.delete(raw);
    } catch (thrown) {
      const error = refuse(socket, thrown);
      const text = `peer "${clean(peer.name)}" at ${from} gets nothing: ${clean(error.message)}`;
      this.#refusals.add(`peer ${peer.name}`, { type: "peer.refused", peer: peer.name, from, code: error.code, text });
    } finally {
      clearTimeout(timer);
    }
    // All is said. A peer that stays all the same would keep the connection for good.
    if (socket.destroyed) return void raw.destroy();
    const late = setTimeout(() => raw.destroy(), isCrowded ? TURNED_AWAY_MS : HANDSHAKE_MS);
    raw.once("close", () => clearTimeout(late));
  }

  async #give(asked: Asked, from: string): Promise<void> {
    const { peer, request } = asked;
    const permissions = permissionsOf(this.#options.rules, peer.name);
    if (request.want === "agent") return this.#agents.serve({ ...asked, session: request.session }, permissions, from);
    await this.#run(asked, request, permissions);
  }

  async #run({ peer, socket }: Asked, request: Request & { want: "run" }, { mayRun }: Permissions): Promise<void> {
    const { command, timeoutMs } = request;
    // Other words may be secrets.
    const [program = ""] = typeof command === "string" ? command.trim().split(/\s/) : command;
    const who = `peer "${clean(peer.name)}"`;
    const told = { peer: peer.name, program: clean(program) };
    if (!mayRun(command)) {
      const text = `${who} may not run ${told.program}; '--allow run:COMMAND' or '--allow run' lets it`;
      this.#refusals.add(`run ${peer.name}`, { type: "command.refused", ...told, text });
      throw new NoRouterError("denied", "'norouter serve' does not allow the command there: it has no '--allow run' for it");
    }
    const running = this.#commands.get(peer.name) ?? 0;
    if (running >= MOST_COMMANDS)
      throw new NoRouterError("too-many-connections", `${running} commands of "${peer.name}" run already`);
    this.#commands.set(peer.name, running + 1);
    const gone = new AbortController();
    socket.once("close", () => gone.abort());
    socket.resume();
    try {
      const signal = AbortSignal.any([gone.signal, this.#stopped.signal]);
      const result = await runCommand({ command, timeoutMs, signal });
      const { exitCode, signal: ended } = result;
      this.#options.log({
        type: "command.ran",
        ...told,
        text: `${who} ran ${told.program}: ${exitCode ?? ended ?? "it was ended"}`,
      });
      answer(socket, { result });
      socket.end();
    } finally {
      this.#commands.set(peer.name, (this.#commands.get(peer.name) ?? 1) - 1);
    }
  }

  #strangerOf(socket: TLSSocket): Stranger | undefined {
    return this.#strangers.get(endsOf(socket));
  }

  #tellRefused(from: string, address: string | undefined, why: string): void {
    const kind = sourceOf(address);
    this.#refusals.add(kind, { type: "peer.refused", from, text: `${from} is not let in: ${clean(why)}` });
  }
}

/** How long a stranger has to take the answer that it is one. */
const TURNED_AWAY_MS = 1000;

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return JSON.stringify([remoteAddress, remotePort, localAddress, localPort]);
}

function listenError(place: TcpPlace, thrown: Error): NoRouterError {
  const { code } = thrown as { code?: string };
  const known = { EADDRINUSE: "address-in-use", EADDRNOTAVAIL: "address-unavailable", EACCES: "address-denied" } as const;
  const found = known[code as keyof typeof known] ?? "address-unavailable";
  return new NoRouterError(found, `'norouter serve' cannot listen on ${showPlace(place)}: ${code ?? messageOf(thrown)}`, {
    cause: thrown,
  });
}
