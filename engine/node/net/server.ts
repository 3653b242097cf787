// Server: listens, and gives a Socket for each connection.

import {
  accept,
  builtinModule,
  chmod,
  listen,
  listenUnix,
  localName,
  remoteName,
  setNonBlocking,
  setTimer,
  unlink,
} from "engine:host";
import { checkFunction, coded, invalidArgType, invalidArgValue, listenError, systemError, unsupported } from "../errors.ts";
import { EventEmitter } from "../events/emitter.ts";
import { nextTick, tick } from "../ticks.ts";
import { isAnyPort, normalArguments, numberOf } from "./arguments.ts";
import type { AddressInfo } from "./endpoint.ts";
import { Handle, isTcpSocket, READABLE } from "./handle.ts";
import { isIP, portOf } from "./ip.ts";
import { Socket } from "./socket.ts";

const EAGAIN = -11;
const EINVAL = -22;
/** Connections for one readiness; what there is more is for the next turn of the loop. */
const MOST_ACCEPTS = 32;
const DEFAULT_BACKLOG = 511;
/** How long nothing is accepted after a failure, such as too many open files: what waits would be ready again at once. */
const PAUSE_MS = 100;

/** Options of a server. */
export interface ServerOptions {
  readonly allowHalfOpen?: boolean | undefined;
  readonly pauseOnConnect?: boolean | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | undefined;
  readonly keepAliveInitialDelay?: number | undefined;
  readonly highWaterMark?: number | undefined;
  readonly blockList?: unknown;
}

/** Options of `listen`. */
interface ListenOptions {
  readonly port?: unknown;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly fd?: number | undefined;
  readonly backlog?: number | undefined;
  readonly ipv6Only?: boolean | undefined;
  readonly readableAll?: boolean | undefined;
  readonly writableAll?: boolean | undefined;
  readonly reusePort?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Connected = (socket: Socket) => void;

/** A server of TCP or of a Unix socket. */
export class Server extends EventEmitter {
  allowHalfOpen: boolean;
  pauseOnConnect: boolean;
  noDelay: boolean;
  keepAlive: boolean;
  keepAliveInitialDelay: number;
  highWaterMark: number | undefined;
  maxConnections: number | undefined;
  _handle: Handle | null = null;
  _connections = 0;
  #path: string | undefined;
  #holds = true;
  /** Counts calls of `listen` and `close`: what a look-up finds may be too late. */
  #calls = 0;

  constructor(given?: ServerOptions | Connected | null, connected?: Connected) {
    super();
    const options = typeof given === "function" ? {} : (given ?? {});
    if (typeof options !== "object") throw invalidArgType("options", "an instance of Object", options);
    if (options.blockList) throw unsupported("a blockList");
    const listener = typeof given === "function" ? given : connected;
    if (typeof listener === "function") this.on("connection", listener);
    this.allowHalfOpen = options.allowHalfOpen === true;
    this.pauseOnConnect = Boolean(options.pauseOnConnect);
    this.noDelay = Boolean(options.noDelay);
    this.keepAlive = Boolean(options.keepAlive);
    this.keepAliveInitialDelay = Math.trunc(Number(options.keepAliveInitialDelay) / 1000) || 0;
    this.highWaterMark = options.highWaterMark;
  }

  get listening(): boolean {
    return this._handle !== null;
  }

  listen(...args: readonly unknown[]): this {
    const { options: given, callback } = normalArguments(args);
    if (this._handle) throw coded("ERR_SERVER_ALREADY_LISTEN", "Listen method has been called more than once without closing.");
    if (callback) this.once("listening", callback);
    const options = given as ListenOptions;
    const backlog = options.backlog || numberOf(args[1]) || numberOf(args[2]) || DEFAULT_BACKLOG;
    this.#calls += 1;
    if (options.signal) closeOnAbort(this, options.signal);
    if (options.reusePort) throw unsupported("reusePort");
    if (typeof options.fd === "number" && options.fd >= 0) this.#listenOn(options.fd);
    else if (isAnyPort(args, options)) this.#listenAt(0, options, backlog);
    else if (typeof options.port === "number" || typeof options.port === "string")
      this.#listenAt(portOf(options.port, "options.port"), options, backlog);
    else if (typeof options.path === "string" && options.path !== "") this.#listenAtPath(options.path, options, backlog);
    else throw invalidArgValue("options", options, 'must have the property "port" or "path"');
    return this;
  }

  /** A descriptor that listens already. */
  #listenOn(fd: number): void {
    const isTcp = isTcpSocket(fd);
    const failed = isTcp === undefined ? EINVAL : setNonBlocking(fd);
    if (failed < 0) nextTick(emitError, this, listenError(failed, undefined, undefined));
    else this.#start(new Handle(fd, isTcp === true));
  }

  #listenAt(port: number, { host, ipv6Only = false }: ListenOptions, backlog: number): void {
    if (!host) {
      const fd = listen("::", port, backlog, ipv6Only);
      if (fd >= 0) this.#start(new Handle(fd, true));
      else this.#open("0.0.0.0", port, backlog, false);
    } else if (isIP(host)) this.#open(host, port, backlog, ipv6Only);
    else {
      const call = this.#calls;
      const { lookup } = builtinModule("node:dns") as typeof import("../dns.ts");
      lookup(host, { all: true }, (error, found) => {
        if (call !== this.#calls) return;
        const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [];
        const address = addresses.find((one) => !/^fe[89ab]/i.test(one)) ?? addresses[0];
        if (error || address === undefined) this.emit("error", error);
        else this.#open(address, port, backlog, ipv6Only);
      });
    }
  }

  #open(address: string, port: number, backlog: number, ipv6Only: boolean): void {
    const fd = listen(address, port, backlog, ipv6Only);
    if (fd < 0) nextTick(emitError, this, listenError(fd, address, port));
    else this.#start(new Handle(fd, true));
  }

  #listenAtPath(path: string, { readableAll, writableAll }: ListenOptions, backlog: number): void {
    const fd = path.includes("\0", 1) ? EINVAL : listenUnix(path, backlog);
    if (fd < 0) {
      nextTick(emitError, this, listenError(fd, path, -1));
      return;
    }
    this.#path = path;
    this.#start(new Handle(fd, false));
    if (readableAll || writableAll) chmod(path, 0o700 | (readableAll ? 0o044 : 0) | (writableAll ? 0o022 : 0));
  }

  #start(handle: Handle): void {
    this._handle = handle;
    handle.owner = { _ready: () => this.#accept(handle), destroy: (error) => this.emit("error", error) };
    if (!this.#holds) handle.hold(false);
    handle.want(READABLE);
    tick(emitListening, this as Server);
  }

  #accept(listener: Handle): void {
    for (let count = 0; count < MOST_ACCEPTS && listener === this._handle; count += 1) {
      const fd = accept(listener.fd);
      if (fd < 0) {
        if (fd !== EAGAIN) this.#pause(listener, fd);
        return;
      }
      const handle = new Handle(fd, listener.isTcp);
      if (this.maxConnections !== undefined && this.maxConnections !== null && this._connections >= this.maxConnections) {
        this.emit("drop", listener.isTcp ? namesOf(fd) : undefined);
        handle.close();
      } else this.#give(handle);
    }
  }

  #pause(listener: Handle, failed: number): void {
    listener.want(0);
    const pause = setTimer(() => listener.want(READABLE), PAUSE_MS, false);
    if (!this.#holds) pause.unref(); // else the loop stays for it, as it does for the listener
    this.emit("error", systemError(failed, "accept"));
  }

  #give(handle: Handle): void {
    const socket = this.#socketOf(handle);
    this._connections += 1;
    socket.server = this;
    socket._server = this;
    this.emit("connection", socket);
  }

  /** A connection for which there is no memory is closed: nobody else would. */
  #socketOf(handle: Handle): Socket {
    try {
      const socket = new Socket();
      if (this.allowHalfOpen) socket.allowHalfOpen = true;
      if (this.pauseOnConnect) socket.readableFlowing = false;
      if (this.highWaterMark !== undefined) {
        socket._rMark = this.highWaterMark;
        socket._wMark = this.highWaterMark;
      }
      socket._attach(handle, !this.pauseOnConnect);
      if (this.noDelay) socket.setNoDelay(true);
      if (this.keepAlive) socket.setKeepAlive(true, this.keepAliveInitialDelay * 1000);
      return socket;
    } catch (error) {
      handle.close();
      throw error;
    }
  }

  address(): AddressInfo | string | null {
    if (this._handle === null) return this.#path ?? null;
    if (!this._handle.isTcp) return this.#path ?? null;
    const name = localName(this._handle.fd);
    return name ? { address: name[0], family: `IPv${name[2]}`, port: name[1] } : null;
  }

  getConnections(callback: (error: Error | null, count: number) => void): this {
    nextTick(callback, null, this._connections);
    return this;
  }

  close(callback?: (error?: Error) => void): this {
    this.#calls += 1;
    if (callback !== undefined) {
      checkFunction(callback, "callback");
      const isRunning = this._handle !== null;
      this.once("close", () => (isRunning ? callback() : callback(coded("ERR_SERVER_NOT_RUNNING", "Server is not running."))));
    }
    if (this._handle !== null) {
      this._handle.close();
      this._handle = null;
      if (this.#path !== undefined && !this.#path.startsWith("\0")) unlink(this.#path);
    }
    this._closeIfIdle();
    return this;
  }

  _connectionClosed(): void {
    this._connections -= 1;
    this._closeIfIdle();
  }

  _closeIfIdle(): void {
    if (this._handle === null && this._connections === 0) tick(emitClose, this as Server);
  }

  ref(): this {
    this.#holds = true;
    this._handle?.hold(true);
    return this;
  }

  unref(): this {
    this.#holds = false;
    this._handle?.hold(false);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this._handle === null) return;
    await new Promise<void>((resolve) => this.close(() => resolve()));
  }
}

function closeOnAbort(server: Server, signal: AbortSignal): void {
  const abort = () => void server.close();
  if (signal.aborted) nextTick(abort);
  else {
    signal.addEventListener("abort", abort);
    server.once("close", () => signal.removeEventListener("abort", abort));
  }
}

function namesOf(fd: number): Record<string, unknown> {
  const [localAddress, localPort, local] = localName(fd) ?? [];
  const [remoteAddress, remotePort, remote] = remoteName(fd) ?? [];
  return { localAddress, localPort, localFamily: `IPv${local}`, remoteAddress, remotePort, remoteFamily: `IPv${remote}` };
}

function emitListening(server: Server): void {
  if (server._handle) server.emit("listening");
}

function emitError(server: Server, error: Error): void {
  server.emit("error", error);
}

function emitClose(server: Server): void {
  server.emit("close");
}
