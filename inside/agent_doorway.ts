// The agent's side of the program's network: the sockets that the front made there, and what is said over them.

import { beginConnecting, close, read, socketError, unwatch, watch, write } from "engine:host";
import { Socket } from "node:net";
import { isIpv4, isLoopback } from "../core/mod.ts";
import type { Doorway, HeldConnection } from "../plugins/inside/doorway.ts";
import { bytesOf } from "./netlink/links.ts";
import { messagesIn, requestBytes } from "./netlink/message.ts";
import { heldPacketIn, numberOfPacket, type Verdict, verdictOn } from "./netlink/queue.ts";
import { vipChange } from "./netlink/rules.ts";
import { perform } from "./netlink/socket.ts";
import { portsOf } from "./ports.ts";

const BUFFER_BYTES = 64 * 1024;
/** Fresh sockets that are at hand, and how many may be left when more are asked for. */
const SPARE = 16;
const FEW = 8;
const WRITABLE = 2;
const READABLE = 1;

/** Descriptors that the front made. */
export interface NetworkSockets {
  readonly tcp4: number;
  readonly tcp6: number;
  readonly rules: number;
  readonly sockets: number;
  readonly queue: number | undefined;
}

/** What the front does for the doorway. */
export interface FrontCalls {
  /** Asks for fresh sockets. */
  want(family: 4 | 6, count: number): void;
  ready(): void;
}

/** A doorway that is given fresh sockets. */
export interface OpenDoorway extends Doorway {
  take(family: 4 | 6, sockets: readonly number[]): void;
}

/** Makes the doorway of an agent. */
export function openDoorway(vip: string, made: NetworkSockets, front: FrontCalls): OpenDoorway {
  const { tcp4, tcp6, rules, sockets, queue } = made;
  const supplies = { 4: new Supply(4, front), 6: new Supply(6, front) };
  let vips: ReadonlySet<string> = new Set();
  return {
    diverted: [tcp4, tcp6],
    held: queue === undefined ? undefined : (begun) => watchQueue(queue, begun),
    vips(addresses) {
      const wanted = new Set(addresses.filter((one) => isIpv4(one) && isLoopback(one)));
      const added = [...wanted].filter((one) => !vips.has(one)).map(bytesOf);
      const gone = [...vips].filter((one) => !wanted.has(one)).map(bytesOf);
      vips = wanted;
      if (added.length + gone.length > 0) perform(rules, vipChange(added, gone, 1).requests());
    },
    connect: async (address, port) => connected(await supplies[isIpv4(address) ? 4 : 6].next(), address, port),
    listening: () => portsOf(sockets, vip),
    ready: () => front.ready(),
    take: (family, sockets) => supplies[family].add(sockets),
  };
}

function watchQueue(queue: number, begun: (connection: HeldConnection) => void): void {
  const buffer = new Uint8Array(BUFFER_BYTES);
  const decide = (id: number, verdict: Verdict) => void write(queue, requestBytes(verdictOn(id, verdict)), 0);
  watch(queue, READABLE, () => {
    for (let size = read(queue, buffer); size > 0; size = read(queue, buffer)) {
      for (const message of messagesIn(buffer.subarray(0, size))) {
        const id = numberOfPacket(message);
        if (id === undefined) continue;
        const packet = heldPacketIn(message);
        if (!packet) decide(id, "drop");
        else
          begun({
            ...packet,
            go: () => decide(id, "go"),
            refuse: (why) => decide(id, why),
            wait: () => decide(id, "drop"),
          });
      }
    }
  });
}

/** There is no descriptor left for a socket. */
class NoFiles extends Error {
  readonly code = "EMFILE";
}

interface Waiter {
  resolve(fd: number): void;
  reject(error: Error): void;
}

/** Sockets that were made in the program's network and are not used yet. */
class Supply {
  readonly #family: 4 | 6;
  readonly #front: FrontCalls;
  readonly #fresh: number[] = [];
  readonly #waiting: Waiter[] = [];
  #isAsked = false;

  constructor(family: 4 | 6, front: FrontCalls) {
    this.#family = family;
    this.#front = front;
  }

  next(): Promise<number> {
    const fd = this.#fresh.shift();
    const wait = () => new Promise<number>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const taken = fd === undefined ? wait() : Promise.resolve(fd);
    this.#fill();
    return taken;
  }

  add(sockets: readonly number[]): void {
    this.#isAsked = false;
    for (const fd of sockets) {
      const waiter = this.#waiting.shift();
      if (waiter) waiter.resolve(fd);
      else this.#fresh.push(fd);
    }
    // The front can open no more files; whoever waits must not wait for ever.
    if (sockets.length === 0) for (const { reject } of this.#waiting.splice(0)) reject(new NoFiles());
    else this.#fill();
  }

  #fill(): void {
    if (this.#isAsked || this.#fresh.length - this.#waiting.length >= FEW) return;
    this.#isAsked = true;
    this.#front.want(this.#family, SPARE);
  }
}

function connected(fd: number, address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (errno: number) => {
      close(fd);
      reject(Object.assign(new Error(`connect ${address}:${port}`), { code: CODES[-errno] ?? "EHOSTUNREACH" }));
    };
    const begun = beginConnecting(fd, address, port);
    if (begun < 0) return fail(begun);
    watch(fd, WRITABLE, () => {
      unwatch(fd);
      const failed = socketError(fd);
      if (failed < 0) fail(failed);
      else resolve(new Socket({ fd, allowHalfOpen: true, readable: true, writable: true }).pause());
    });
  });
}

/** Error numbers of connect(2) on Linux. */
const CODES: Readonly<Record<number, string>> = {
  111: "ECONNREFUSED",
  110: "ETIMEDOUT",
  113: "EHOSTUNREACH",
  101: "ENETUNREACH",
};
