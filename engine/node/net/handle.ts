// A descriptor that is watched, and whom it serves. A handle can move from one socket to another.

import { close, type Interest, reset, setHolding, setInterest, socketFamily, unwatch, watch } from "engine:host";
import { systemError } from "../errors.ts";

/** The bit for reading, in what a descriptor is watched for and in what happened. */
export const READABLE = 1;
/** The bit for writing. */
export const WRITABLE = 2;

/** Whom a handle serves. */
export interface HandleOwner {
  /** The descriptor is ready for something: bits as the host has them. */
  _ready(what: number): void;
  /** It cannot be watched. */
  destroy(error: Error): unknown;
}

/** A descriptor of a socket, a listener, or a pipe. */
export class Handle {
  /** -1 once it is closed. */
  fd: number;
  /** TCP, which has addresses and can be reset. */
  readonly isTcp: boolean;
  owner: HandleOwner | undefined;
  /** Options of TCP as they were passed on. */
  noDelay = false;
  keepAlive: number | undefined = undefined;
  #interest: Interest = 0;
  #isWatched = false;
  #holds = true;

  constructor(fd: number, isTcp: boolean) {
    this.fd = fd;
    this.isTcp = isTcp;
  }

  /** Watches for reading, writing, both, or nothing; the loop does not stay for a descriptor that waits for nothing. */
  want(interest: Interest): void {
    const before = this.#interest;
    if (interest === before || this.fd < 0) return;
    this.#interest = interest;
    if (this.#isWatched && this.#holds && (before === 0 || interest === 0)) setHolding(this.fd, interest !== 0);
    const failed = this.#isWatched ? setInterest(this.fd, interest) : this.#watch(interest);
    if (failed < 0) this.owner?.destroy(systemError(failed, "epoll_ctl"));
  }

  #watch(interest: Interest): number {
    const failed = watch(this.fd, interest, (what) => this.owner?._ready(what));
    if (failed < 0) return failed;
    this.#isWatched = true;
    if (!this.#holds) setHolding(this.fd, false);
    return failed;
  }

  /** Whether the loop stays for it. */
  hold(holds: boolean): void {
    this.#holds = holds;
    if (this.#isWatched) setHolding(this.fd, holds && this.#interest !== 0);
  }

  hasRef(): boolean {
    return this.fd >= 0 && this.#holds;
  }

  close(): void {
    if (this.fd >= 0) close(this.fd);
    this.#gone();
  }

  /** Closes a TCP connection with RST. */
  reset(): void {
    if (this.fd >= 0) reset(this.fd);
    this.#gone();
  }

  /** Watches no more, and leaves the descriptor open. */
  release(): void {
    if (this.#isWatched) unwatch(this.fd);
    this.#gone();
  }

  #gone(): void {
    this.fd = -1;
    this.owner = undefined;
  }
}

const AF_INET = 2;
const AF_INET6 = 10;

/** Whether a descriptor is of TCP; undefined for one that is no socket. */
export function isTcpSocket(fd: number): boolean | undefined {
  const family = socketFamily(fd);
  return family < 0 ? undefined : family === AF_INET || family === AF_INET6;
}
