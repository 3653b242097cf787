// A UDP socket.

import {
  builtinModule,
  connectDatagrams,
  lastSender,
  localName,
  openDatagrams,
  receive,
  remoteName,
  setNonBlocking,
} from "engine:host";
import { Buffer } from "../buffer/bytes.ts";
import { addressError, checkFunction, coded, invalidArgType, systemError, unsupported } from "../errors.ts";
import { EventEmitter, errorMonitor } from "../events/emitter.ts";
import type { AddressInfo } from "../net/endpoint.ts";
import { Handle, READABLE, WRITABLE } from "../net/handle.ts";
import { isIP, portOf } from "../net/ip.ts";
import { nextTick, tick } from "../ticks.ts";
import { type DatagramOptions, datagramOf, descriptorOf, type Found, type Lookup, placeOf } from "./arguments.ts";
import { addMissingMethods } from "./missing.ts";
import { Outbox, refuse } from "./outbox.ts";

const EAGAIN = -11;
const EINVAL = -22;
const LARGEST_BYTES = 64 * 1024;
/** Datagrams for one readiness; what there is more is for the next turn of the loop. */
const MOST_RECEIVED = 32;

/** What all sockets read into; what came is copied. */
const scratch = new Buffer(LARGEST_BYTES);
const copyOf = Uint8Array.prototype.slice as (this: Buffer, from: number, to: number) => Buffer;

const LACKING = ["reusePort", "recvBufferSize", "sendBufferSize", "receiveBlockList", "sendBlockList"] as const;

/** A socket that is bound when it is used first, or by `bind`. */
export class Socket extends EventEmitter {
  readonly type: "udp4" | "udp6";
  readonly #options: DatagramOptions;
  readonly #family: 4 | 6;
  #handle: Handle | undefined;
  #bound: "no" | "soon" | "yes" = "no";
  #connected: "no" | "soon" | "yes" = "no";
  #closed = false;
  #holds = true;
  /** What waits until the socket is bound. */
  #queue: (() => void)[] | undefined;
  #outbox: Outbox | undefined;

  constructor(
    given: DatagramOptions | "udp4" | "udp6",
    listener?: (message: Buffer, from: AddressInfo & { size: number }) => void,
  ) {
    super();
    const options = typeof given === "object" && given !== null ? given : { type: given };
    if (options.type !== "udp4" && options.type !== "udp6")
      throw coded("ERR_SOCKET_BAD_TYPE", "Bad socket type specified. Valid types are: udp4, udp6", TypeError);
    for (const name of LACKING) if (options[name]) throw unsupported(`${name} of a UDP socket`);
    if (options.lookup !== undefined) checkFunction(options.lookup, "lookup");
    this.type = options.type;
    this.#options = options;
    this.#family = options.type === "udp6" ? 6 : 4;
    if (typeof listener === "function") this.on("message", listener);
    if (options.signal) this.#closeOnAbort(options.signal);
  }

  bind(...args: readonly unknown[]): this {
    this.#check();
    if (this.#bound !== "no") throw coded("ERR_SOCKET_ALREADY_BOUND", "Socket is already bound");
    const callback = args.at(-1);
    if (typeof callback === "function") this.#whenBound(callback as () => void);
    const fd = descriptorOf(args[0]);
    if (fd !== undefined) {
      this.#bound = "soon";
      nextTick(() => void (this.#closed || this.#take(fd)));
      return this;
    }
    const { port, address } = placeOf(args);
    this.#bound = "soon";
    this.#lookUp(address || (this.#family === 6 ? "::" : "0.0.0.0"), (error, found) => {
      if (!this.#closed) this.#bindTo(error, found ?? "", port);
    });
    return this;
  }

  #bindTo(error: Error | null, address: string, port: number): void {
    const { reuseAddr = false, ipv6Only = false } = this.#options;
    const fd = error ? -1 : openDatagrams(this.#family, address, port, reuseAddr, ipv6Only);
    if (fd < 0) {
      this.#bound = "no";
      this.emit("error", error ?? addressError(fd, "bind", address, port));
      return;
    }
    this.#take(fd);
  }

  /** Uses a socket that is bound. */
  #take(fd: number): void {
    setNonBlocking(fd);
    const handle = new Handle(fd, false);
    handle.owner = { _ready: (what) => this.#ready(handle, what), destroy: (failed) => this.emit("error", failed) };
    if (!this.#holds) handle.hold(false);
    this.#handle = handle;
    this.#outbox = new Outbox(handle);
    this.#bound = "yes";
    handle.want(READABLE);
    this.emit("listening");
  }

  #whenBound(callback: () => void): void {
    const forget = () => this.off("listening", bound).off(errorMonitor, forget);
    const bound = () => {
      forget();
      callback.call(this);
    };
    this.on("listening", bound).on(errorMonitor, forget);
  }

  /** Calls once the socket is bound, which it is by itself; never if that fails. */
  #bindFirst(call: () => void): void {
    if (this.#bound === "yes") {
      call();
      return;
    }
    if (this.#bound === "no") this.bind({ port: 0 });
    if (this.#queue === undefined) {
      this.#queue = [];
      const forget = () => {
        this.off("listening", flush).off(errorMonitor, forget);
        this.#queue = undefined;
      };
      const flush = () => {
        const queue = this.#queue ?? [];
        forget();
        for (const one of queue) one();
      };
      this.on("listening", flush).on(errorMonitor, forget);
    }
    this.#queue.push(call);
  }

  connect(port: number, address?: string | (() => void), callback?: () => void): void {
    const checked = portOf(port, "Port", false);
    const host = typeof address === "string" && address !== "" ? address : this.#family === 6 ? "::1" : "127.0.0.1";
    const done = typeof address === "function" ? address : callback;
    if (address !== undefined && typeof address !== "string" && typeof address !== "function")
      throw invalidArgType("address", "of type string", address);
    this.#check();
    if (this.#connected !== "no") throw coded("ERR_SOCKET_DGRAM_IS_CONNECTED", "Already connected");
    this.#connected = "soon";
    this.#bindFirst(() => {
      if (done) this.once("connect", done);
      this.#lookUp(host, (error, found) => this.#connectTo(error, found ?? host, checked, done));
    });
  }

  #connectTo(error: Error | null, address: string, port: number, done: ((error?: Error) => void) | undefined): void {
    if (this.#handle === undefined) return;
    const isOwn = isIP(address) === this.#family;
    const failed = error ? 0 : isOwn ? connectDatagrams(this.#handle.fd, address, port) : EINVAL;
    if (!error && failed >= 0) {
      this.#connected = "yes";
      nextTick(() => this.emit("connect"));
      return;
    }
    this.#connected = "no";
    const thrown = error ?? addressError(failed, "connect", address, port);
    if (done === undefined) nextTick(() => this.emit("error", thrown));
    else {
      this.off("connect", done);
      nextTick(done, thrown);
    }
  }

  send(...args: readonly unknown[]): void {
    const datagram = datagramOf(args, this.#connected === "yes");
    this.#check();
    this.#bindFirst(() => {
      const { port, sent } = datagram;
      const address = datagram.address ?? (this.#family === 6 ? "::1" : "127.0.0.1");
      if (port === 0) this.#outbox?.add(datagram);
      else if (this.#options.lookup === undefined && isIP(address) === this.#family) this.#outbox?.add({ ...datagram, address });
      else
        this.#lookUp(address, (error, found) => {
          if (!error && isIP(found ?? "") !== this.#family) refuse({ ...datagram, address: found }, EINVAL);
          else if (!error) this.#outbox?.add({ ...datagram, address: found });
          else if (sent) nextTick(sent, error);
          else nextTick(() => this.emit("error", error));
        });
    });
  }

  #ready(handle: Handle, what: number): void {
    if (what & WRITABLE) this.#outbox?.flush();
    for (let count = 0; count < MOST_RECEIVED && handle === this.#handle; count += 1) {
      const size = receive(handle.fd, scratch);
      if (size === EAGAIN) return;
      if (size < 0) {
        this.emit("error", systemError(size, "recvmsg"));
        return;
      }
      const [address, port, family] = lastSender() ?? ["", 0, this.#family];
      this.emit("message", copyOf.call(scratch, 0, size), { address, family: `IPv${family}`, port, size });
    }
  }

  close(callback?: () => void): this {
    if (typeof callback === "function") this.on("close", callback);
    if (this.#queue !== undefined) {
      this.#queue.push(() => this.close());
      return this;
    }
    this.#check();
    this.#closed = true;
    this.#handle?.close();
    this.#outbox?.cancel();
    this.#handle = undefined;
    this.#outbox = undefined;
    tick(emitClose, this as Socket);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => this.close(resolve));
  }

  address(): AddressInfo {
    this.#check();
    const name = this.#handle && localName(this.#handle.fd);
    if (name === undefined) throw systemError(-9, "getsockname");
    return { address: name[0], family: `IPv${name[2]}`, port: name[1] };
  }

  remoteAddress(): AddressInfo {
    this.#check();
    const name = this.#handle && this.#connected === "yes" ? remoteName(this.#handle.fd) : undefined;
    if (name === undefined) throw coded("ERR_SOCKET_DGRAM_NOT_CONNECTED", "Not connected");
    return { address: name[0], family: `IPv${name[2]}`, port: name[1] };
  }

  ref(): this {
    this.#holds = true;
    this.#handle?.hold(true);
    return this;
  }

  unref(): this {
    this.#holds = false;
    this.#handle?.hold(false);
    return this;
  }

  getSendQueueSize(): number {
    return this.#outbox?.bytes ?? 0;
  }

  getSendQueueCount(): number {
    return this.#outbox?.count ?? 0;
  }

  #check(): void {
    if (this.#closed) throw coded("ERR_SOCKET_DGRAM_NOT_RUNNING", "Not running");
  }

  /** An address of the socket's family is itself. */
  #lookUp(name: string, done: Found): void {
    const { lookup = isIP(name) === this.#family ? same : (builtinModule("node:dns") as { lookup: Lookup }).lookup } =
      this.#options;
    lookup(name, this.#family, done);
  }

  #closeOnAbort(signal: AbortSignal): void {
    const abort = () => {
      if (!this.#closed) this.close();
    };
    if (signal.aborted) abort();
    else {
      signal.addEventListener("abort", abort);
      this.once("close", () => signal.removeEventListener("abort", abort));
    }
  }
}

function same(address: string, _family: number, done: Found): void {
  nextTick(done, null, address);
}

function emitClose(socket: Socket): void {
  socket.emit("close");
}

addMissingMethods(Socket.prototype);
