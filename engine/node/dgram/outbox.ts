// Datagrams on their way: tried at once; what the system does not take waits until it does.

import { send } from "engine:host";
import { addressError } from "../errors.ts";
import { type Handle, READABLE, WRITABLE } from "../net/handle.ts";
import { nextTick } from "../ticks.ts";
import type { Datagram } from "./arguments.ts";

const EAGAIN = -11;
const ECANCELED = -125;

/** The datagrams of one socket that wait. */
export class Outbox {
  readonly #handle: Handle;
  readonly #waiting: Datagram[] = [];

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  get count(): number {
    return this.#waiting.length;
  }

  get bytes(): number {
    return this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  add(datagram: Datagram): void {
    if (this.#waiting.length === 0 && this.#send(datagram)) return;
    this.#waiting.push(datagram);
    this.#handle.want((READABLE | WRITABLE) as 3);
  }

  /** The system takes datagrams again. */
  flush(): void {
    let first = this.#waiting[0];
    while (first !== undefined && this.#send(first)) {
      this.#waiting.shift();
      first = this.#waiting[0];
    }
    if (first === undefined) this.#handle.want(READABLE);
  }

  /** The socket is closed: what waits is not sent any more. */
  cancel(): void {
    for (const datagram of this.#waiting.splice(0)) refuse(datagram, ECANCELED);
  }

  /** False if the system takes none now. */
  #send({ bytes, address, port, sent }: Datagram): boolean {
    const { fd } = this.#handle;
    const count = port === 0 ? send(fd, bytes) : send(fd, bytes, address, port);
    if (count === EAGAIN) return false;
    if (count < 0) refuse({ bytes, address, port, sent }, count);
    else if (sent !== undefined) nextTick(sent, null, count);
    return true;
  }
}

/** Tells that a datagram is not sent. */
export function refuse({ address, port, sent }: Datagram, errno: number): void {
  if (sent !== undefined) nextTick(sent, addressError(errno, "send", address ?? "", port));
}
