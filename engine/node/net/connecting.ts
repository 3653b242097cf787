// How a Socket gets its connection: the name is looked up, its addresses are tried one after another.

import { builtinModule, clearTimer, connect, connectUnix, setTimer, socketError, type Timer } from "engine:host";
import { addressError, checkFunction, coded, invalidArgType, type SystemError } from "../errors.ts";
import * as bits from "../stream/bits.ts";
import { nextTick } from "../ticks.ts";
import { setImmediate } from "../timers/timers.ts";
import { normalArguments } from "./arguments.ts";
import type { Endpoint } from "./endpoint.ts";
import { Handle, WRITABLE } from "./handle.ts";
import { isIP, portOf } from "./ip.ts";

const EINVAL = -22;
const ETIMEDOUT = -110;

/** One address of a name. */
interface Found {
  readonly address: string;
  readonly family: number;
}

/** A function such as `dns.lookup`. */
export type Lookup = (
  host: string,
  options: { readonly all?: boolean; readonly family: unknown; readonly hints: unknown },
  done: (error: Error | null, found?: string | readonly Found[], family?: number) => void,
) => void;

/** Options of `connect`; the rest of them is for the Socket. */
export interface ConnectOptions {
  readonly port?: number | string | undefined;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly family?: number | string | undefined;
  readonly hints?: number | undefined;
  readonly lookup?: Lookup | undefined;
  readonly autoSelectFamily?: boolean | undefined;
  readonly autoSelectFamilyAttemptTimeout?: number | undefined;
}

/** Whether names are tried at all their addresses, and for how long at each but the last. */
export const defaults = { autoSelectFamily: true, attemptMs: 250 };

/** `socket.connect`. */
export function connectSocket(self: Endpoint, args: readonly unknown[]): void {
  const { options: given, callback } = normalArguments(args);
  const options = given as ConnectOptions;
  if (callback) self.once("connect", callback);
  const { path } = options;
  if (options.port === undefined && (path === undefined || path === null))
    throw coded("ERR_MISSING_ARGS", 'The "options" or "port" or "path" argument must be specified', TypeError);
  if (self.destroyed) revive(self);
  self._idle?.refresh();
  if (path) {
    if (typeof path !== "string") throw invalidArgType("options.path", "of type string", path);
    self.connecting = true;
    connectToPath(self, path);
  } else lookUpAndConnect(self, options);
}

/** How the readable half is used, and the ticks that are on their way: what a new connection does not change. */
const KEPT = bits.R_FLOWING | bits.R_PAUSED | bits.R_LISTENED | bits.R_RESUMING | bits.R_MORE | bits.R_USED | bits.R_OFF;

/** A socket that was destroyed begins anew. */
function revive(self: Endpoint): void {
  self._wState &= bits.AUTO_DESTROY | bits.EMITS_CLOSE | bits.HAS_READABLE | bits.HAS_WRITABLE | bits.W_TEXT | bits.W_BYTES;
  const before = self._rState;
  self._rState = bits.R_SYNC | (before & KEPT);
  if (before & bits.R_PAUSED) self._rState |= bits.R_STOPPED; // one that is stopped by a listener to `readable` is to read
  if (before & bits.R_OFF) self._rState |= bits.R_ENDED | bits.R_END_EMITTED;
  self._sError = undefined;
  self._rLength = 0;
  self._rQueue = undefined;
  self._wLength = 0;
  self._names = undefined;
  self._reads = false;
  self._hadError = false;
  self._closes = false;
  self._resets = false;
}

function connectToPath(self: Endpoint, path: string): void {
  const fd = path.includes("\0", 1) ? EINVAL : connectUnix(path);
  if (fd < 0) {
    self.destroy(addressError(fd, "connect", path));
    return;
  }
  self._attach(new Handle(fd, false), false);
  // A Unix socket is connected at once, which is told in the next turn of the loop, as every other connection.
  setImmediate(connectedUnlessGone, self);
}

function connectedUnlessGone(self: Endpoint): void {
  if (self.connecting) self._connected();
}

function lookUpAndConnect(self: Endpoint, options: ConnectOptions): void {
  const { localAddress, localPort, lookup, family } = options;
  const host = options.host || "localhost";
  if (typeof host !== "string") throw invalidArgType("options.host", "of type string", host);
  if (localAddress && !isIP(localAddress))
    throw coded("ERR_INVALID_IP_ADDRESS", `Invalid IP address: ${localAddress}`, TypeError);
  if (localPort && typeof localPort !== "number") throw invalidArgType("options.localPort", "of type number", localPort);
  if (typeof options.port !== "number" && typeof options.port !== "string")
    throw invalidArgType("options.port", "one of type number or string", options.port);
  const port = portOf(options.port, "Port");
  if (lookup !== undefined && lookup !== null) checkFunction(lookup, "options.lookup");
  self.connecting = true;
  const to = { host, port, localAddress, localPort: localPort ?? 0 };
  if (isIP(host)) nextTick(attemptUnlessGone, self, to, host);
  else {
    const wanted = family === "IPv4" ? 4 : family === "IPv6" ? 6 : family;
    const all = wanted !== 4 && wanted !== 6 && !localAddress && (options.autoSelectFamily ?? defaults.autoSelectFamily);
    const ask = lookup ?? (builtinModule("node:dns") as { lookup: Lookup }).lookup;
    const attemptMs = Math.max(10, options.autoSelectFamilyAttemptTimeout ?? defaults.attemptMs);
    ask(host, { family: wanted, hints: options.hints ?? 0, ...(all ? { all } : {}) }, (error, found, foundFamily) =>
      lookedUp(
        self,
        to,
        attemptMs,
        error,
        typeof found === "string" ? [{ address: found, family: foundFamily as number }] : (found ?? []),
      ),
    );
  }
}

interface Destination {
  readonly host: string;
  readonly port: number;
  readonly localAddress: string | undefined;
  readonly localPort: number;
}

function lookedUp(self: Endpoint, to: Destination, attemptMs: number, error: Error | null, found: readonly Found[]): void {
  if (!self.connecting) return;
  if (error) self.emit("lookup", error, undefined, undefined, to.host);
  else for (const { address, family } of found) if (self.connecting) self.emit("lookup", null, address, family, to.host);
  if (!self.connecting) return;
  const addresses = inTurns(found);
  const [first] = addresses;
  if (error) nextTick(fail, self, error);
  else if (first === undefined) nextTick(fail, self, unusable(found[0], to));
  else if (addresses.length === 1) attempt(self, to, first);
  else new Attempts(self, to, addresses, attemptMs).next();
}

/** What is wrong with an address that was found. */
function unusable(found: Found | undefined, { host, port }: Destination): Error {
  if (found === undefined || !isIP(found.address))
    return coded("ERR_INVALID_IP_ADDRESS", `Invalid IP address: ${found?.address}`, TypeError);
  const error = coded("ERR_INVALID_ADDRESS_FAMILY", `Invalid address family: ${found.family} ${host}:${port}`, RangeError);
  return Object.assign(error, { host, port });
}

function fail(self: Endpoint, error: Error): void {
  self.destroy(error);
}

/** Families take turns, beginning with that of the first address. */
function inTurns(found: readonly Found[]): string[] {
  const usable = found.filter(({ address, family }) => isIP(address) && (family === 4 || family === 6));
  const addresses = [...new Set(usable.map(({ address }) => address))];
  const first = addresses.filter((one) => isIP(one) === isIP(addresses[0]));
  const others = addresses.filter((one) => isIP(one) !== isIP(addresses[0]));
  const longest = Math.max(first.length, others.length);
  return Array.from({ length: longest }, (_, at) => [first[at], others[at]])
    .flat()
    .filter((one) => one !== undefined);
}

/** Begins to connect; how it ends is told by the descriptor, but for what fails at once. */
function open(self: Endpoint, { port, localAddress, localPort }: Destination, address: string): number {
  if (self._events?.connectionAttempt !== undefined) self.emit("connectionAttempt", address, port, isIP(address));
  const own = localAddress ?? (localPort === 0 ? undefined : isIP(address) === 6 ? "::" : "0.0.0.0");
  const fd = own === undefined ? connect(address, port) : connect(address, port, own, localPort);
  if (fd < 0) return fd;
  const handle = new Handle(fd, true);
  self._attach(handle, false);
  handle.want(WRITABLE);
  return fd;
}

function attemptUnlessGone(self: Endpoint, to: Destination, address: string): void {
  if (self.connecting) attempt(self, to, address);
}

function attempt(self: Endpoint, to: Destination, address: string): void {
  const failed = open(self, to, address);
  if (failed < 0) self.destroy(connectError(failed, to, address));
  else self._connectFailed = (errno) => self.destroy(connectError(errno, to, address));
}

function connectError(errno: number, { port, localAddress, localPort }: Destination, address: string): SystemError {
  const local = localAddress && localPort ? `${localAddress}:${localPort}` : undefined;
  const error = addressError(errno, "connect", address, port, local);
  return local === undefined ? error : Object.assign(error, { localAddress, localPort });
}

/** The descriptor that connects is ready: there is a connection, or there is none. */
export function connectionReady(self: Endpoint): void {
  const handle = self._handle;
  if (handle === null) return;
  const errno = socketError(handle.fd);
  if (errno < 0) self._connectFailed?.(errno);
  else self._connected();
}

/** The socket is destroyed while it connects. */
export function stopConnecting(self: Endpoint): void {
  self._stopConnecting?.();
  self._stopConnecting = undefined;
}

/** Several addresses of a name, one after another: the next when one has failed, or takes too long. */
class Attempts {
  readonly #socket: Endpoint;
  readonly #to: Destination;
  readonly #addresses: readonly string[];
  readonly #attemptMs: number;
  readonly #errors: Error[] = [];
  #at = 0;
  #timer: Timer | undefined;

  constructor(socket: Endpoint, to: Destination, addresses: readonly string[], attemptMs: number) {
    this.#socket = socket;
    this.#to = to;
    this.#addresses = addresses;
    this.#attemptMs = attemptMs;
    socket.autoSelectFamilyAttemptedAddresses = [];
    socket._stopConnecting = () => this.#stop();
  }

  next(): void {
    this.#stop();
    const socket = this.#socket;
    const address = this.#addresses[this.#at];
    if (!socket.connecting) return;
    if (address === undefined) {
      socket.destroy(aggregate(this.#errors));
      return;
    }
    this.#at += 1;
    socket.autoSelectFamilyAttemptedAddresses?.push(`${address}:${this.#to.port}`);
    const failed = open(socket, this.#to, address);
    if (failed < 0) {
      this.#failed(failed, address);
      return;
    }
    socket._connectFailed = (errno) => this.#failed(errno, address);
    if (this.#at < this.#addresses.length) this.#timer = setTimer(() => this.#late(address), this.#attemptMs, false);
  }

  #late(address: string): void {
    this.#socket.emit("connectionAttemptTimeout", address, this.#to.port, isIP(address));
    this.#leave(connectError(ETIMEDOUT, this.#to, address));
  }

  #failed(errno: number, address: string): void {
    const error = connectError(errno, this.#to, address);
    this.#socket.emit("connectionAttemptFailed", address, this.#to.port, isIP(address), error);
    this.#leave(error);
  }

  #leave(error: Error): void {
    this.#errors.push(error);
    if (!this.#socket.connecting) return;
    this.#socket._handle?.close();
    this.#socket._handle = null;
    this.next();
  }

  #stop(): void {
    if (this.#timer !== undefined) clearTimer(this.#timer);
    this.#timer = undefined;
  }
}

function aggregate(errors: readonly Error[]): Error {
  const error = new AggregateError(errors);
  return Object.assign(error, { code: (errors[0] as SystemError | undefined)?.code });
}
